// Memory that the kernel may reach, seen from JavaScript: either attached, when an ArrayBuffer
// leads to it, or lent, when none does. The pointer never changes and nothing is copied.
//
//   attached ──lend()──► lent ──giveBack()──► attached
//
// Two ways, chosen once. The fast one moves the ArrayBuffer to a private one and back (`move.ts`).
// The other detaches it and wraps the same memory again; it is for workers. A wrapped ArrayBuffer
// refuses to be sent to another thread; a moved one does not, and Node calls its finalizer when the
// worker ends even if another thread has it by then. (The main thread is the last to end, so there
// it is safe.)
//
// Either way the old ArrayBuffer is checked afterwards: a view that still led to memory which the
// kernel owns would be the very bug that this library is about.
import { isMainThread } from "node:worker_threads";

import { assert, bug } from "../base/assert.ts";
import { ownError, typeError } from "../base/errors.ts";
import { type Addon, type BlockHandle, loadAddon } from "./addon.ts";
import { errnoMeaning } from "./errno.ts";
import { findMove } from "./move.ts";

interface Native {
  readonly addon: Addon;
  readonly ledger: Uint32Array;
}

const SCRATCH_ALIGNMENT_BYTES = 64;
const described = new Uint32Array(3);
const move = isMainThread ? findMove() : null;

let native: Native | null = null;

/** Moved once, an ArrayBuffer of a worker could be sent away, and Node frees it with the worker. */
const KEPT_IN_WORKER = Object.create(ArrayBuffer.prototype, {
  transfer: { value: refuseToMove },
  transferToFixedLength: { value: refuseToMove },
});

function refuseToMove(): never {
  throw typeError("Cannot transfer the memory of a buffer in a worker: copy it with slice()");
}

function nativeOrThrow(): Native {
  if (native !== null) return native;
  const { addon, reason } = loadAddon();
  if (addon === null) {
    throw ownError("ERR_NO_BACKEND", { syscall: "allocate memory", cause: new Error(reason) });
  }
  native = { addon, ledger: new Uint32Array(addon.ledger) };
  return native;
}

export class NativeMemory {
  readonly byteLength: number;
  /** Low and high word of the address, as a submission entry wants them. */
  readonly addressLow: number;
  readonly addressHigh: number;
  readonly #native: Native;
  readonly #handle: BlockHandle;
  /** Place in the ledger. */
  readonly index: number;
  /** The ArrayBuffer over the block: the application's while attached, private while lent. */
  #arrayBuffer: ArrayBuffer | null = null;
  #isLent = false;

  constructor(byteLength: number, alignmentBytes: number) {
    this.#native = nativeOrThrow();
    const handle = this.#native.addon.allocate(byteLength, alignmentBytes, described);
    if (typeof handle === "number") {
      const cause = new Error(errnoMeaning(-handle));
      throw ownError("ERR_NO_MEMORY", { syscall: "allocate memory", cause });
    }
    this.#handle = handle;
    this.byteLength = byteLength;
    this.index = described[0] ?? bug("memory: no index");
    this.addressLow = described[1] ?? bug("memory: no address");
    this.addressHigh = described[2] ?? bug("memory: no address");
  }

  get isLent(): boolean {
    return this.#isLent;
  }

  /** The memory as an ArrayBuffer that is the application's to use. */
  attach(): ArrayBuffer {
    assert(!this.#isLent, "memory: attached while lent");
    return this.#wrapped();
  }

  /** Whether somebody moved the memory away with `transfer()`; it can not be lent any more. */
  get isTransferred(): boolean {
    return !this.#isLent && this.#arrayBuffer !== null && this.#arrayBuffer.byteLength === 0;
  }

  /** Takes the memory from the application. After this the kernel may have it. */
  lend(): void {
    assert(!this.#isLent, "memory: lent twice");
    const attached = this.#arrayBuffer;
    if (attached !== null) {
      assert(attached.byteLength === this.byteLength, "memory: lent without its ArrayBuffer");
      if (move !== null) {
        this.#arrayBuffer = move.call(attached);
      } else {
        this.#native.addon.detach(attached);
        this.#arrayBuffer = null;
      }
      assert(attached.byteLength === 0, "memory: still attached after lending");
    }
    this.#isLent = true;
    this.#native.ledger[this.index] = 1;
  }

  /** What is at the address, for a simulated kernel; good until it is lent or given back. */
  kernelView(): Uint8Array {
    const { ledger } = this.#native;
    // The shim wraps no lent memory, for that is never the application's; here it is the kernel's.
    ledger[this.index] = 0;
    const view = new Uint8Array(this.#wrapped());
    ledger[this.index] = this.#isLent ? 1 : 0;
    return view;
  }

  /** The kernel's last word on this memory has come: it is the application's again. */
  giveBack(): void {
    assert(this.#isLent, "memory: given back without being lent");
    this.#native.ledger[this.index] = 0;
    this.#isLent = false;
  }

  #wrapped(): ArrayBuffer {
    if (this.#arrayBuffer !== null) return this.#arrayBuffer;
    this.#arrayBuffer = this.#native.addon.wrap(this.#handle);
    if (!isMainThread) Object.setPrototypeOf(this.#arrayBuffer, KEPT_IN_WORKER);
    return this.#arrayBuffer;
  }
}

/**
 * Memory that only this library sees: paths on their way to the kernel, and its answers to statx.
 * Its view stays attached, so it is no place for what a caller can reach; the ledger still guards
 * it.
 */
export class ScratchMemory {
  readonly memory: NativeMemory;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #ledger: Uint32Array;

  constructor(byteLength: number) {
    this.memory = new NativeMemory(byteLength, SCRATCH_ALIGNMENT_BYTES);
    const arrayBuffer = this.memory.attach();
    this.bytes = new Uint8Array(arrayBuffer);
    this.view = new DataView(arrayBuffer);
    this.#ledger = nativeOrThrow().ledger;
  }

  /** The kernel may read and write it until `release()`. */
  claim(): void {
    this.#ledger[this.memory.index] = 1;
  }

  release(): void {
    this.#ledger[this.memory.index] = 0;
  }
}

export interface MemoryCounters {
  /** Bytes in native blocks of the process that are not freed. */
  readonly bytesAlive: number;
  /** Bytes left to the kernel on purpose, when a thread ended before it was done with them. */
  readonly bytesLeaked: number;
  /** Native blocks of this thread. */
  readonly blocksAlive: number;
}

export function memoryCounters(): MemoryCounters {
  const { addon } = loadAddon();
  if (addon === null) return { bytesAlive: 0, bytesLeaked: 0, blocksAlive: 0 };
  const out = new Float64Array(3);
  addon.counters(out);
  return { bytesAlive: out[0] ?? 0, bytesLeaked: out[1] ?? 0, blocksAlive: out[2] ?? 0 };
}
