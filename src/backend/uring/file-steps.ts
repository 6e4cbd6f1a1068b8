// Reading a small file whole takes several requests, one after the other, with nobody asked in
// between: this is where the time of reading small files goes. What turns out to be something else
// is handed over as it is, open, with the bytes that were read.
//
//   open ──► read, and again until the file ends ──► close ──► content
//     │       ├─ the room is full, or it has to wait ────────► opened, with what was read
//     │       └─ failed, or asked to stop ───────────► close ──► that
//     └─ a stream, or a file that no ring reads ─────────────► opened

import { assert, bug } from "../../base/assert.ts";
import { EAGAIN } from "../../kernel/errno.ts";
import type { ScratchMemory } from "../../kernel/memory.ts";
import { O_CLOEXEC, O_RDONLY } from "../../kernel/open-flags.ts";
import type { Completion, FileRequest, Request, RingRequest } from "../contract.ts";
import type { ScratchPool } from "../scratch.ts";
import type { UringKernel } from "./kernel.ts";

const NOTHING = new Uint8Array(0);
const CANCELED: Completion = { kind: "canceled" };

export function takesSteps(request: Request): request is FileRequest {
  return request.kind === "readFile";
}

export class FileSteps {
  /** Whether it counts among those that are at work; for the backend. */
  isAdmitted = false;
  readonly request: FileRequest;
  readonly #pool: ScratchPool;
  readonly #kernel: Pick<UringKernel, "seekable" | "waitsInside">;
  #fd = -1;
  #scratch: ScratchMemory | null = null;
  #count = 0;
  #result: Completion | null = null;

  constructor(
    request: FileRequest,
    pool: ScratchPool,
    kernel: Pick<UringKernel, "seekable" | "waitsInside">,
  ) {
    this.request = request;
    this.#pool = pool;
    this.#kernel = kernel;
  }

  /** Bytes that it may bring. */
  get length(): number {
    return this.request.length;
  }

  get hasDescriptor(): boolean {
    return this.#fd !== -1;
  }

  get descriptor(): number {
    return this.#fd;
  }

  /** Only the descriptor is to be closed. */
  get isOver(): boolean {
    return this.#result !== null;
  }

  /** What it all came to, once `next` has no more. Its bytes are good until `release`. */
  get result(): Completion {
    return this.#result ?? bug("file steps: no result yet");
  }

  first(): RingRequest {
    const { path } = this.request;
    return { kind: "open", path, flags: O_RDONLY | O_CLOEXEC, mode: 0 };
  }

  /** What follows on the completion of the step before; null if nothing does. */
  next(completion: Completion, isCancelWanted: boolean): RingRequest | null {
    if (this.#result !== null) {
      const isTold = completion.kind === "failed" && this.#result.kind === "content";
      if (isTold) this.#result = completion; // The close has failed.
      return null;
    }
    if (this.hasDescriptor) return this.#afterRead(completion, isCancelWanted);
    if (completion.kind !== "opened") {
      this.#result = completion;
      return null;
    }
    this.#fd = completion.fd;
    if (isCancelWanted) return this.stop();
    // A read would take bytes of a stream, and find its end where nobody writes yet.
    const isOfRing = this.#isSeekable(false) && !this.#kernel.waitsInside(completion.fd);
    return isOfRing ? this.#read() : this.#handOver();
  }

  /** It is asked to stop between two steps: the descriptor is closed all the same. */
  stop(): RingRequest {
    assert(this.hasDescriptor, "file steps: nothing to close");
    return this.#close(CANCELED);
  }

  /** Whoever was told is done with the bytes. */
  release(): void {
    if (this.#scratch !== null) this.#pool.give(this.#scratch);
    this.#scratch = null;
  }

  #afterRead(completion: Completion, isCancelWanted: boolean): RingRequest | null {
    if (completion.kind === "failed") {
      return completion.errno === EAGAIN ? this.#handOver() : this.#close(completion);
    }
    if (completion.kind !== "done") return this.#close(completion);
    this.#count += completion.value;
    if (completion.value === 0) return this.#close({ kind: "content", bytes: this.#bytes() });
    if (this.#count === this.length) return this.#handOver();
    return isCancelWanted ? this.stop() : this.#read();
  }

  #read(): RingRequest {
    this.#scratch ??= this.#pool.take(this.length);
    const [fd, offset, memory] = [this.#fd, this.#count, this.#scratch.memory];
    return { kind: "read", fd, memory, offset, length: this.length - offset, position: offset };
  }

  #close(result: Completion): RingRequest {
    this.#result = result;
    return { kind: "close", fd: this.#fd };
  }

  #handOver(): null {
    const isStream = !this.#isSeekable(true);
    this.#result = { kind: "opened", fd: this.#fd, isStream, bytes: this.#bytes() };
    return null;
  }

  /** With `isToWait`, reads of the descriptor wait from here on, as they do by default. */
  #isSeekable(isToWait: boolean): boolean {
    return this.#kernel.seekable(this.#fd, isToWait) === 1;
  }

  #bytes(): Uint8Array {
    return this.#scratch?.bytes.subarray(0, this.#count) ?? NOTHING;
  }
}
