// Memory where the native shim is missing: an ArrayBuffer of JavaScript's own. Lent, its bytes are
// in an ArrayBuffer that leads nowhere but here, so that what libuv's pool writes to is out of
// everybody's reach (P2), as it is with `NativeMemory`. Nothing is copied.
//
// Node keeps what it was given for a call alive until the call has ended, also at the end of a
// worker, so there is nothing to free and no way to free it early.

import { isMainThread } from "node:worker_threads";

import { assert } from "../base/assert.ts";
import { ownError } from "../base/errors.ts";
import type { LendableMemory } from "./lendable.ts";
import { findMove } from "./move.ts";

/** Without the method: the same at ten times the cost. */
function moveByClone(old: ArrayBuffer): ArrayBuffer {
  return structuredClone(old, { transfer: [old] });
}

// What makes the method on Node 20 sets a flag of V8's, which is the process's.
const own = isMainThread ? findMove() : (ArrayBuffer.prototype.transfer ?? null);

function moved(old: ArrayBuffer): ArrayBuffer {
  return own === null ? moveByClone(old) : own.call(old);
}

export class HeapMemory implements LendableMemory {
  readonly byteLength: number;
  /** Nobody can say where it is; nor does it stay there. */
  readonly addressLow = 0;
  readonly addressHigh = 0;
  /** The application's while attached, private while lent. */
  #arrayBuffer: ArrayBuffer;
  #isLent = false;

  constructor(byteLength: number) {
    try {
      this.#arrayBuffer = new ArrayBuffer(byteLength);
    } catch (cause) {
      throw ownError("ERR_NO_MEMORY", { syscall: "allocate memory", cause });
    }
    this.byteLength = byteLength;
  }

  get isLent(): boolean {
    return this.#isLent;
  }

  attach(): ArrayBuffer {
    assert(!this.#isLent, "memory: attached while lent");
    return this.#arrayBuffer;
  }

  get isTransferred(): boolean {
    return !this.#isLent && this.#arrayBuffer.byteLength === 0;
  }

  lend(): void {
    assert(!this.#isLent, "memory: lent twice");
    const attached = this.#arrayBuffer;
    assert(attached.byteLength === this.byteLength, "memory: lent without its ArrayBuffer");
    this.#arrayBuffer = moved(attached);
    assert(attached.byteLength === 0, "memory: still attached after lending");
    this.#isLent = true;
  }

  /** Its bytes, for whoever does the request meanwhile. */
  kernelView(): Uint8Array {
    return new Uint8Array(this.#arrayBuffer);
  }

  giveBack(): void {
    assert(this.#isLent, "memory: given back without being lent");
    this.#isLent = false;
  }
}
