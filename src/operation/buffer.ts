// Memory that is either yours or the kernel's, never both, and pools of it.
import { isUint8Array } from "node:util/types";

import { bug } from "../base/assert.ts";
import { ownError, rangeError, shown, typeError } from "../base/errors.ts";
import { BUFFER_ALIGNMENT_BYTES, TRANSFER_BYTES_MAX } from "../base/limits.ts";
import { allocate, type LendableMemory } from "../kernel/lendable.ts";

const encoder = new TextEncoder();

// What the rest of the library may do with a buffer, and its users may not.
export let isIoBuffer: (value: unknown) => value is IoBuffer;
export let memoryOf: (buffer: IoBuffer) => LendableMemory;
/** The kernel's from here on. */
export let lendBuffer: (buffer: IoBuffer) => void;
export let giveBackBuffer: (buffer: IoBuffer) => void;
/** Throws unless the buffer can be lent. */
export let checkLendable: (buffer: IoBuffer) => void;
export let poolOf: (buffer: IoBuffer) => BufferPool | null;
let assignPool: (buffer: IoBuffer, pool: BufferPool | null) => void;
/** An abandoned operation keeps this buffer until its real end. */
export let quarantineBuffer: (buffer: IoBuffer) => void;
/** That end has come: a pool's buffer goes back to its pool. */
export let endQuarantine: (buffer: IoBuffer) => void;

/**
 * Memory for reads and writes, aligned to 4 KiB so that `O_DIRECT` works: not so where the native
 * shim is missing.
 *
 * While an operation has it, the buffer belongs to the kernel: `bytes` throws, and views taken
 * earlier are detached and read as empty. It comes back, the same memory without a copy, with every
 * outcome of the operation: success, failure or cancel.
 *
 * @example
 * ```ts
 * import { IoBuffer, open } from "overlapped";
 * await using file = await open("/etc/hostname");
 * const buffer = new IoBuffer(4096);
 * const count = await file.read(buffer);
 * console.log(new TextDecoder().decode(buffer.bytes.subarray(0, count)));
 * ```
 */
export class IoBuffer {
  readonly #memory: LendableMemory;
  #bytes: Uint8Array | null = null;
  #pool: BufferPool | null = null;

  /**
   * @param byteLength 1 to 2_147_479_552 bytes. The memory is zeroed.
   * @throws {TypeError} `ERR_INVALID_ARG_TYPE` if `byteLength` is not a number.
   * @throws {RangeError} `ERR_OUT_OF_RANGE` if it is not an integer in that range.
   * @throws {IoError} `ERR_NO_MEMORY`.
   */
  constructor(byteLength: number) {
    checkByteLength(byteLength);
    this.#memory = allocate(byteLength, BUFFER_ALIGNMENT_BYTES);
  }

  /**
   * A buffer with a copy of `data`; text as UTF-8. Must not be empty.
   *
   * @throws As the constructor does; what is empty is out of range.
   *
   * @example
   * ```ts
   * import { IoBuffer } from "overlapped";
   * console.log(IoBuffer.from("déjà vu").byteLength); // 9
   * ```
   */
  static from(data: string | Uint8Array): IoBuffer {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    if (!isUint8Array(bytes)) {
      throw typeError(`Cannot make a buffer from ${shown(data)}: wanted text or a Uint8Array`);
    }
    const buffer = new IoBuffer(bytes.byteLength);
    buffer.bytes.set(bytes);
    return buffer;
  }

  /** Bytes that it has room for, whoever has it now. */
  get byteLength(): number {
    return this.#memory.byteLength;
  }

  /** Whether the kernel has it now. */
  get isLent(): boolean {
    return this.#memory.isLent;
  }

  /**
   * The memory, while it is yours.
   *
   * @throws {TypeError} `ERR_BUFFER_LENT` while the kernel has it; `ERR_BUFFER_TRANSFERRED` after
   *   `bytes.buffer` was transferred to somebody else.
   */
  get bytes(): Uint8Array {
    if (this.#bytes !== null && this.#bytes.byteLength !== 0) return this.#bytes;
    if (this.#memory.isLent) {
      throw typeError(
        "Cannot touch the buffer: it belongs to the kernel until its operation completes",
        "ERR_BUFFER_LENT",
      );
    }
    if (this.#memory.isTransferred) throw transferred("touch");
    this.#bytes = new Uint8Array(this.#memory.attach());
    return this.#bytes;
  }

  static {
    isIoBuffer = (value): value is IoBuffer =>
      typeof value === "object" && value !== null && #memory in value;
    memoryOf = (buffer) => buffer.#memory;
    lendBuffer = (buffer) => {
      buffer.#memory.lend();
      buffer.#bytes = null;
    };
    giveBackBuffer = (buffer) => buffer.#memory.giveBack();
    poolOf = (buffer) => buffer.#pool;
    assignPool = (buffer, pool) => {
      buffer.#pool = pool;
    };
    checkLendable = (buffer) => {
      if (buffer.#memory.isLent) {
        throw typeError(
          "Cannot use the buffer: another operation has it; wait for that one to settle",
          "ERR_BUFFER_LENT",
        );
      }
      if (buffer.#memory.isTransferred) throw transferred("use");
    };
  }
}

function transferred(verb: string): TypeError {
  return typeError(
    `Cannot ${verb} the buffer: its memory was transferred away; make a new IoBuffer`,
    "ERR_BUFFER_TRANSFERRED",
  );
}

function checkByteLength(byteLength: unknown): void {
  if (typeof byteLength !== "number") {
    throw typeError(`Cannot make a buffer of ${shown(byteLength)}: wanted a number of bytes`);
  }
  if (!Number.isInteger(byteLength) || byteLength < 1 || byteLength > TRANSFER_BYTES_MAX) {
    throw rangeError(
      `Cannot make a buffer of ${shown(byteLength)} bytes: wanted 1 to ${TRANSFER_BYTES_MAX}`,
    );
  }
}

/** How big and how many the buffers of a pool are. */
export interface BufferPoolOptions {
  /** Bytes of each buffer; 1 to 2_147_479_552. */
  readonly byteLength: number;
  /** How many buffers there may be; 1 or more. They are made when first needed. */
  readonly count: number;
}

/**
 * A bounded number of equal buffers, used again and again.
 *
 * A buffer whose operation was abandoned stays in quarantine until the kernel is done with it; then
 * it is free again by itself, and must not be released.
 *
 * @example
 * ```ts
 * import { BufferPool, open } from "overlapped";
 * const pool = new BufferPool({ byteLength: 65_536, count: 4 });
 * await using file = await open("/etc/hostname");
 * const buffer = pool.acquire();
 * await file.read(buffer);
 * pool.release(buffer);
 * ```
 */
export class BufferPool {
  /** Bytes of each buffer. */
  readonly byteLength: number;
  /** Buffers that it has in all. */
  readonly count: number;
  readonly #free: IoBuffer[] = [];
  readonly #taken: Set<IoBuffer> = new Set();
  #quarantined = 0;

  /**
   * Takes no memory yet: buffers are made when they are first acquired.
   *
   * @throws {TypeError} or {RangeError} on a wrong option.
   */
  constructor(options: BufferPoolOptions) {
    if (typeof options !== "object" || options === null) {
      throw typeError(`Cannot make a pool of ${shown(options)}: wanted { byteLength, count }`);
    }
    const { byteLength, count } = options;
    checkByteLength(byteLength);
    if (typeof count !== "number") {
      throw typeError(`Cannot make a pool of ${shown(count)} buffers: wanted a number`);
    }
    if (!Number.isInteger(count) || count < 1) {
      throw rangeError(`Cannot make a pool of ${shown(count)} buffers: wanted 1 or more`);
    }
    this.byteLength = byteLength;
    this.count = count;
  }

  /** Buffers that `acquire()` can still give; 0 to `count`. */
  get free(): number {
    return this.count - this.#taken.size;
  }

  /** Buffers that abandoned operations keep from the pool; 0 to `count`. */
  get quarantined(): number {
    return this.#quarantined;
  }

  /**
   * A buffer, with whatever it had in it when it was released.
   *
   * @throws {IoError} `ERR_POOL_EMPTY` if every buffer is in use; or as `new IoBuffer()` does.
   *
   * @example
   * ```ts
   * import { BufferPool } from "overlapped";
   * const pool = new BufferPool({ byteLength: 4096, count: 2 });
   * const buffer = pool.acquire();
   * console.log(buffer.byteLength, pool.free); // 4096 1
   * ```
   */
  acquire(): IoBuffer {
    if (this.free === 0) throw ownError("ERR_POOL_EMPTY", { syscall: "acquire a buffer" });
    const buffer = this.#free.pop() ?? new IoBuffer(this.byteLength);
    assignPool(buffer, this);
    this.#taken.add(buffer);
    return buffer;
  }

  /**
   * Gives a buffer back, whose contents stay as they are.
   *
   * @throws {TypeError} `ERR_BUFFER_LENT` if the kernel has it; `ERR_INVALID_ARG_VALUE` if it is
   *   not one that this pool has given and not got back.
   *
   * @example
   * ```ts
   * import { BufferPool } from "overlapped";
   * const pool = new BufferPool({ byteLength: 4096, count: 2 });
   * pool.release(pool.acquire());
   * console.log(pool.free); // 2
   * ```
   */
  release(buffer: IoBuffer): void {
    if (!isIoBuffer(buffer)) {
      throw typeError(`Cannot release ${shown(buffer)}: wanted an IoBuffer of this pool`);
    }
    if (!this.#taken.has(buffer)) {
      throw typeError(
        "Cannot release the buffer: this pool has not given it, or has it back already",
        "ERR_INVALID_ARG_VALUE",
      );
    }
    if (buffer.isLent) checkLendable(buffer);
    this.#takeBack(buffer);
  }

  #takeBack(buffer: IoBuffer): void {
    this.#taken.delete(buffer);
    assignPool(buffer, null);
    // One whose memory was transferred away is no use to anybody: the next is made anew.
    if (!memoryOf(buffer).isTransferred) this.#free.push(buffer);
  }

  static {
    quarantineBuffer = (buffer) => {
      const pool = buffer.isLent ? poolOf(buffer) : bug("pool: quarantined without being lent");
      if (pool !== null) pool.#quarantined++;
    };
    endQuarantine = (buffer) => {
      const pool = poolOf(buffer);
      if (pool === null) return;
      pool.#quarantined--;
      pool.#takeBack(buffer);
    };
  }
}
