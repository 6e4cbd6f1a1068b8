// Finds and loads the native shim, and says why when it cannot. Nobody else loads it.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { TEARDOWN_MS } from "../base/limits.ts";
import type { DescriptorsShim } from "./descriptors.ts";
import type { ReadinessShim } from "./readiness.ts";
import { otherRuntime } from "./runtime.ts";
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
  /**
   * By descriptor: not 0 while it belongs to this thread, whose end closes it. The last word: how
   * many before it may not be 0.
   */
  readonly descriptors: ArrayBuffer;
  /**
   * For one backend. Two words for each operation slot: the generation that the kernel has, or 0;
   * and whether it opens a descriptor. The end of the thread cancels what is there. The last word:
   * how many slots have been used.
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
  /** Whether a ring's reads and writes of it would wait within `enter`. */
  readonly waitsInside: (fd: number) => boolean;
  /** Whether a ring's opens may wait within `enter`, as things are mounted now. */
  readonly opensWaitInside: () => boolean;
  readonly allocate: (bytes: number, alignment: number, out: Uint32Array) => BlockHandle | number;
  readonly wrap: (handle: BlockHandle) => ArrayBuffer;
  readonly detach: (arrayBuffer: ArrayBuffer) => void;
  readonly counters: (out: Float64Array) => void;
  readonly descriptorCalls: DescriptorsShim;
  readonly readinessCalls: ReadinessShim;
  readonly terminalCalls: TerminalsShim;
}

/**
 * What is wrong with the shim: it is for another system; it was switched off; nobody built it; the
 * loader refuses it; it is of another version; this runtime forbids memory outside of its own; or
 * there is no descriptor left to load it with.
 */
export type AddonProblem =
  | "platform"
  | "off"
  | "missing"
  | "unloadable"
  | "abi"
  | "memory"
  | "descriptors";

export type AddonResult =
  | { readonly addon: Addon; readonly reason: null; readonly problem: null }
  | { readonly addon: null; readonly reason: string; readonly problem: AddonProblem };

const ABI_VERSION = 8;
const ROOT = new URL("../../../", import.meta.url);
const FILE = new URL("build/Release/overlapped.node", ROOT);
const WHY = new URL("build/why-no-ring.txt", ROOT);

/** npm 12 and later run a dependency's install script only if the project allows it. */
const NEVER_BUILT =
  "its install script did not run; allow it, then run `npm rebuild overlapped`, " +
  "or run `node node_modules/overlapped/scripts/install.mjs`";

/** As an ELF file calls processors. */
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

let loaded: AddonResult | null = null;

/** Loads once per thread; the answer, good or bad, is remembered if it cannot change. */
export function loadAddon(): AddonResult {
  if (loaded === null || loaded.problem === "descriptors") loaded = load();
  return loaded;
}

function load(): AddonResult {
  if (process.platform !== "linux") {
    return none("platform", `io_uring is Linux's; this is ${process.platform}`);
  }
  // Bun ends the process at functions of libuv that it has not got; Deno's never call back.
  if (otherRuntime !== null) {
    return none("platform", `the native shim is for Node; this is ${otherRuntime}`);
  }
  if (process.env.OVERLAPPED_SHIM === "off") {
    return none("off", "native shim is switched off by OVERLAPPED_SHIM=off");
  }
  if (!existsSync(FILE)) {
    const why = existsSync(WHY) ? readFileSync(WHY, "utf8").trim() : NEVER_BUILT;
    return none("missing", `native shim is missing: ${why}`);
  }
  try {
    const damage = damageOf(readFileSync(FILE));
    if (damage !== null) return none("unloadable", `native shim cannot be loaded: ${damage}`);
    const addon = createRequire(import.meta.url)(fileURLToPath(FILE)) as Addon;
    if (addon.abiVersion !== ABI_VERSION) {
      return none("abi", `native shim has ABI ${addon.abiVersion}, not ${ABI_VERSION}: rebuild it`);
    }
    addon.configure(TEARDOWN_MS);
    return { addon, reason: null, problem: null };
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "EMFILE" || code === "ENFILE") {
      return none("descriptors", `native shim cannot be loaded: too many files are open (${code})`);
    }
    if (code === "ERR_NO_EXTERNAL_MEMORY") {
      return none(
        "memory",
        "this runtime forbids ArrayBuffers over native memory, as Electron does",
      );
    }
    const why = (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
    return none("unloadable", `native shim cannot be loaded: ${why}`);
  }
}

/** What the loader has no words for, or wrong ones; null if it may try. */
function damageOf(file: Buffer): string | null {
  const isElf64 = file.length >= 64 && file.readUInt32BE(0) === 0x7f454c46 && file[4] === 2;
  if (!isElf64) return null;
  // The loader calls such a file missing.
  const isForeign = file.readUInt16LE(18) !== (MACHINES[process.arch] ?? file.readUInt16LE(18));
  if (isForeign) return `the file is for another processor than ${process.arch}`;
  return isCutShort(file) ? "the file is cut short" : null;
}

/** As by a disk that was full: the loader maps what is not there, and the process dies of it. */
function isCutShort(file: Buffer): boolean {
  // The table of sections comes last in a file that no tool has stripped of it.
  const sections = Number(file.readBigUInt64LE(0x28));
  return sections + file.readUInt16LE(0x3a) * file.readUInt16LE(0x3c) > file.length;
}

function none(problem: AddonProblem, reason: string): AddonResult {
  return { addon: null, reason, problem };
}
