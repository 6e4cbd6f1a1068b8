// The ways in which the same is done: tests that want the same of each run their child processes in
// the environment of each in turn.

import { status } from "../../src/index.ts";
import { loadAddon } from "../../src/kernel/addon.ts";

export interface Flavor {
  readonly name: "on a ring" | "portable" | "portable, without the shim";
  readonly env: Readonly<Record<"OVERLAPPED_BACKEND" | "OVERLAPPED_SHIM", string>>;
  /** False, or why it is not here. */
  readonly skip: string | false;
}

const { backend, reason, rejected } = status();
const noRing = backend === "uring" ? false : `no ring: ${reason ?? rejected[0]?.text}`;

export const ON_RING: Flavor = {
  name: "on a ring",
  env: { OVERLAPPED_BACKEND: "uring", OVERLAPPED_SHIM: "" },
  skip: noRing,
};

export const PORTABLE: Flavor = {
  name: "portable",
  env: { OVERLAPPED_BACKEND: "portable", OVERLAPPED_SHIM: "" },
  skip: loadAddon().reason ?? false,
};

export const WITHOUT_SHIM: Flavor = {
  name: "portable, without the shim",
  env: { OVERLAPPED_BACKEND: "portable", OVERLAPPED_SHIM: "off" },
  skip: false,
};

export const FLAVORS: readonly Flavor[] = [ON_RING, PORTABLE, WITHOUT_SHIM];
