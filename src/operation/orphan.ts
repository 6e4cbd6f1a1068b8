// What an abandoned operation leaves behind until its real end, and how it is undone (P7).
//
//   its buffer         Quarantine   counted and capped; the caller gets it back at the end
//   bytes of a stream  PushBack     go to the next read of the handle, in order
//   a write            Fence        later writes of the handle wait, or a retry could be overtaken
//   a descriptor       closed       by the table, which sees the completion
import { assert } from "../base/assert.ts";
import { QUARANTINE_BYTES_MAX } from "../base/limits.ts";
import type { OperationRecord } from "./operation.ts";

const NOTHING = new Uint8Array(0);

export class Quarantine {
  #bytes = 0;
  #operations = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get operations(): number {
    return this.#operations;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#bytes + bytes <= QUARANTINE_BYTES_MAX;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    this.#operations++;
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
    this.#operations--;
    assert(this.#bytes >= 0 && this.#operations >= 0, "quarantine: more left than entered");
  }
}

/** Bytes that orphans took from a stream, and those that readers gave back, oldest first. */
export class PushBack {
  readonly #chunks: Uint8Array[] = [];

  /** The oldest of them, or some of those; nothing if there are none. */
  get first(): Uint8Array {
    return this.#chunks[0] ?? NOTHING;
  }

  get byteLength(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Keeps a copy: the memory they are in goes back to its owner. */
  add(bytes: Uint8Array): void {
    // Not by slice(): that of a Buffer copies nothing.
    if (bytes.byteLength > 0) this.#chunks.push(new Uint8Array(bytes));
  }

  /** The same for bytes that came before all that is here, in order: any number of chunks. */
  addFirst(chunks: readonly Uint8Array[]): void {
    const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
    let end = 0;
    for (const chunk of chunks) {
      all.set(chunk, end);
      end += chunk.byteLength;
    }
    if (end > 0) this.#chunks.unshift(all);
  }

  /** Moves as many bytes as there are and as fit; returns their number. */
  takeInto(target: Uint8Array): number {
    let count = 0;
    while (count < target.byteLength) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) break;
      const moved = chunk.subarray(0, target.byteLength - count);
      target.set(moved, count);
      count += moved.byteLength;
      if (moved.byteLength === chunk.byteLength) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(moved.byteLength);
    }
    return count;
  }
}

/** Up while abandoned writes of a handle are in the kernel. */
export class Fence {
  #orphans = 0;
  readonly #waiting: Set<OperationRecord> = new Set();

  get isUp(): boolean {
    return this.#orphans > 0;
  }

  raise(): void {
    this.#orphans++;
  }

  hold(record: OperationRecord): void {
    assert(this.isUp, "fence: nothing to wait for");
    this.#waiting.add(record);
  }

  /** A record that waits here has ended without its turn. */
  drop(record: OperationRecord): void {
    if (this.#waiting.size > 0) this.#waiting.delete(record);
  }

  /** An orphan has ended. Returns who may go on, in order. */
  lower(): readonly OperationRecord[] {
    this.#orphans--;
    assert(this.#orphans >= 0, "fence: lowered more often than raised");
    if (this.isUp) return [];
    const released = [...this.#waiting];
    this.#waiting.clear();
    return released;
  }
}
