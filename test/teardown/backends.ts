// The backends, each a reason to run a scenario once more in a process of its own, which is told by
// the environment which one it has.

import { loadAddon } from "../../src/kernel/addon.ts";
import { noRing } from "../native/ring-available.ts";

export interface BackendOfTest {
  readonly name: "uring" | "portable" | "without the shim";
  /** For the `skip` option: false, or why it is not there. */
  readonly skip: string | false;
  readonly env: Readonly<Record<string, string>>;
}

function backend(name: "uring" | "portable", skip: string | false): BackendOfTest {
  return { name, skip, env: { OVERLAPPED_BACKEND: name } };
}

export const BACKENDS: readonly BackendOfTest[] = [
  backend("uring", noRing),
  backend("portable", loadAddon().reason ?? false),
];

/** For scenarios that need nothing of the shim, such as `pipe()`. It is there always. */
export const WITHOUT_SHIM: BackendOfTest = {
  name: "without the shim",
  skip: false,
  env: { OVERLAPPED_BACKEND: "portable", OVERLAPPED_SHIM: "off" },
};
