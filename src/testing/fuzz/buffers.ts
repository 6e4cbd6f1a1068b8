// The buffers of a session's program, and what it must find true of them: which are with an
// operation, and how its pool stands.

import { BufferPool, type BufferPoolOptions, IoBuffer } from "../../operation/buffer.ts";
import { fill } from "./bytes.ts";
import type { Call, Lent } from "./call.ts";
import { check } from "./finding.ts";

const NOTHING = new Uint8Array(0);

export class Buffers {
  readonly #buffers: readonly IoBuffer[];
  readonly #pool: BufferPool | null;
  /** With an operation that has not settled. */
  readonly #away: Set<IoBuffer> = new Set();
  /** Those that the pool has given and not got back. */
  readonly #taken: Set<IoBuffer> = new Set();

  constructor(byteLengths: readonly number[], pool: BufferPoolOptions | null) {
    this.#buffers = byteLengths.map((byteLength) => new IoBuffer(byteLength));
    this.#pool = pool === null ? null : new BufferPool(pool);
  }

  /** What a call is to be given, filled with bytes of its own where that is possible. */
  pick(places: readonly number[], seed: number): Lent[] {
    return places.flatMap((place) => {
      const buffer = this.#buffers[place];
      return buffer === undefined ? [] : [this.#prepare(buffer, seed + place, false)];
    });
  }

  /** One of the pool; null if it has none, as it must say. */
  pickPooled(seed: number): Lent[] | null {
    if (this.#pool === null) return null;
    const isEmpty = this.#taken.size === this.#pool.count;
    let buffer: IoBuffer;
    try {
      buffer = this.#pool.acquire();
    } catch (error) {
      check(isEmpty, "pool", () => `acquire() threw ${error}, but a buffer was free`);
      return null;
    }
    check(!isEmpty, "pool", () => "acquire() gave a buffer, but all were taken");
    check(!this.#taken.has(buffer), "pool", () => "acquire() gave a buffer that was taken");
    check(!buffer.isLent, "pool", () => "acquire() gave a buffer that the kernel has");
    this.#taken.add(buffer);
    return [this.#prepare(buffer, seed, true)];
  }

  /** Whether a call with them must be refused. */
  isAnyAway(lent: readonly Lent[]): boolean {
    return lent.some(({ buffer }) => this.#away.has(buffer));
  }

  /** A call has them. */
  onBegun(lent: readonly Lent[]): void {
    for (const { buffer } of lent) this.#away.add(buffer);
  }

  /** A call was refused: it has taken nothing. */
  onRefused(lent: readonly Lent[]): void {
    this.#release(lent);
  }

  /** They are back. Those of an orphan go to their pool by themselves. */
  onEnded(call: Call): void {
    for (const { buffer, isPooled } of call.lent) {
      this.#away.delete(buffer);
      if (isPooled && call.isAbandoned) this.#taken.delete(buffer);
    }
  }

  /** The program has looked at what came of it. */
  onSeen(call: Call): void {
    if (!call.isAbandoned) this.#release(call.lent);
  }

  checkPool(live: ReadonlySet<Call>): void {
    if (this.#pool === null) return;
    const { count, free, quarantined } = this.#pool;
    const orphans = [...live].filter(({ isAbandoned }) => isAbandoned);
    const kept = orphans.flatMap(({ lent }) => lent.filter(({ isPooled }) => isPooled)).length;
    check(quarantined === kept, "pool", () => `${quarantined} in quarantine, wanted ${kept}`);
    const wanted = count - this.#taken.size;
    check(free === wanted, "pool", () => `${free} of ${count} free, wanted ${wanted}`);
  }

  #release(lent: readonly Lent[]): void {
    for (const { buffer, isPooled } of lent) {
      if (!isPooled) continue;
      this.#pool?.release(buffer);
      this.#taken.delete(buffer);
    }
  }

  #prepare(buffer: IoBuffer, seed: number, isPooled: boolean): Lent {
    if (this.#away.has(buffer)) return { buffer, isPooled, view: NOTHING, before: NOTHING };
    const view = fill(buffer.bytes, seed);
    return { buffer, isPooled, view, before: view.slice() };
  }
}
