// Finds and loads the native shim, and says why when it cannot. Nobody else loads it.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { TEARDOWN_MS } from "../base/limits.ts";
import type { DescriptorsShim } from "./descriptors.ts";
import type { TerminalsShim } from "./terminal.ts";

/** What `setup` tells of a new ring: both mappings, and where things are in them, in bytes. */
export interface RingDescription {
  readonly ring: number;
  readonly rings: ArrayBuffer;
  readonly sqes: ArrayBuffer;
  readonly features: number;
  readonly sqEntries: number;
  readonly cqEntries: number;
  readonly sqHead: number;
  readonly sqTail: number;
  readonly sqFlags: number;
  readonly cqHead: number;
  readonly cqTail: number;
  readonly cqOverflow: number;
  readonly cqes: number;
}

/** A block of native memory. Opaque; the block lives at least as long. */
export type BlockHandle = { readonly __block: never };

/** The shim. Numbers below zero are errnos. `native/README.md` says who owns what. */
export interface Addon {
  readonly abiVersion: number;
  readonly pageSize: number;
  /** By block index: 1 while the kernel may touch the block. */
  readonly ledger: ArrayBuffer;
  /** By descriptor: 1 while it belongs to this thread, whose end closes it. */
  readonly descriptors: ArrayBuffer;
  /**
   * For one backend. Two words for each operation slot: the generation that the kernel has, or 0;
   * and whether it opens a descriptor. The end of the thread cancels what is there.
   */
  readonly roster: () => ArrayBuffer | number;
  readonly configure: (drainMs: number) => void;
  readonly setup: (entries: number, cqEntries: number, flags: number) => RingDescription | number;
  readonly enter: (ring: number, submit: number, wait: number, flags: number) => number;
  readonly register: (ring: number, op: number, arg: Uint8Array | null, count: number) => number;
  readonly closeRing: (ring: number, rings: ArrayBuffer, sqes: ArrayBuffer) => void;
  readonly watch: (ring: number, onReadable: () => void) => void;
  readonly hold: (ring: number, isHeld: boolean) => void;
  /** Calls back when that many calls have ended; number and result of each are in `results`. */
  readonly openCalls: (callback: (count: number) => void, results: Float64Array) => void;
  readonly call: (kind: number, number: number, words: Float64Array) => number;
  readonly cancelCall: (number: number) => boolean;
  readonly seekable: (fd: number, isBlocking: boolean) => number;
  readonly allocate: (bytes: number, alignment: number, out: Uint32Array) => BlockHandle | number;
  readonly wrap: (handle: BlockHandle) => ArrayBuffer;
  readonly detach: (arrayBuffer: ArrayBuffer) => void;
  readonly counters: (out: Float64Array) => void;
  readonly descriptorCalls: DescriptorsShim;
  readonly terminalCalls: TerminalsShim;
}

export type AddonResult =
  | { readonly addon: Addon; readonly reason: null }
  | { readonly addon: null; readonly reason: string };

const ABI_VERSION = 5;
const ROOT = new URL("../../../", import.meta.url);
const FILE = new URL("build/Release/overlapped.node", ROOT);
const WHY = new URL("build/why-no-ring.txt", ROOT);

/** npm 12 and later run a dependency's install script only if the project allows it. */
const NEVER_BUILT =
  "its install script did not run; allow it, then run `npm rebuild overlapped`, " +
  "or run `node node_modules/overlapped/scripts/install.mjs`";

let loaded: AddonResult | null = null;

/** Loads once per thread; the answer, good or bad, is remembered. */
export function loadAddon(): AddonResult {
  loaded ??= load();
  return loaded;
}

function load(): AddonResult {
  if (process.platform !== "linux") return none(`io_uring is Linux's; this is ${process.platform}`);
  if (!existsSync(FILE)) {
    const why = existsSync(WHY) ? readFileSync(WHY, "utf8").trim() : NEVER_BUILT;
    return none(`native shim is missing: ${why}`);
  }
  try {
    const addon = createRequire(import.meta.url)(fileURLToPath(FILE)) as Addon;
    if (addon.abiVersion !== ABI_VERSION) {
      return none(`native shim has ABI ${addon.abiVersion}, not ${ABI_VERSION}: rebuild it`);
    }
    addon.configure(TEARDOWN_MS);
    return { addon, reason: null };
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_NO_EXTERNAL_MEMORY") {
      return none("this runtime forbids ArrayBuffers over native memory, as Electron does");
    }
    return none(`native shim cannot be loaded: ${error instanceof Error ? error.message : error}`);
  }
}

function none(reason: string): AddonResult {
  return { addon: null, reason };
}
