// The kernel's hold on the memory of one request. What was there is kept aside and the memory is
// filled with poison, so that any touch from above is noticed; the bytes come at the last possible
// moment, when the request ends.
//
//   hold ──► (poison in memory; the application must not see or touch it) ──► let go

import { bug } from "../../base/assert.ts";
import type { MappedMemory, Memory, Part } from "../contract.ts";

/** What the application finds if it looks at memory that is the kernel's. */
export const POISON: number = 0xa5;

const POISONED: Buffer = Buffer.alloc(65_536, POISON);

/** Of a very long buffer only so much is poisoned at either end, for poisoning takes time. */
const EDGE_BYTES = 262_144;

interface Held {
  readonly memory: MappedMemory;
  readonly offset: number;
  readonly length: number;
  readonly edges: readonly Edge[];
}

interface Edge {
  /** Bytes from the start of the part. */
  readonly at: number;
  /** What was there, or for a write what is to be written. */
  readonly saved: Uint8Array;
}

export class Guard {
  readonly byteLength: number;
  readonly #held: readonly Held[];

  constructor(parts: readonly Part[]) {
    this.#held = parts.map(({ memory, offset, length }) => {
      const mapped = asMapped(memory);
      if (!mapped.isLent) bug("sim: memory was submitted without being lent");
      const place = mapped.kernelView().subarray(offset, offset + length);
      const edges = edgesOf(length).map(([at, end]) => {
        const saved = place.slice(at, end);
        place.fill(POISON, at, end);
        return { at, saved };
      });
      return { memory: mapped, offset, length, edges };
    });
    this.byteLength = parts.reduce((sum, { length }) => sum + length, 0);
  }

  /** What a write sends, as it was when it was submitted. */
  bytes(): Uint8Array {
    const copies = this.#held.map((held) => {
      const copy = placeOf(held).slice();
      for (const { at, saved } of held.edges) copy.set(saved, at);
      return copy;
    });
    return copies.length === 1 && copies[0] !== undefined ? copies[0] : Buffer.concat(copies);
  }

  /** What has happened to the memory behind the kernel's back, if anything. */
  violation(): string | null {
    for (const held of this.#held) {
      if (!held.memory.isLent) return "its buffer was given back before it completed";
      const place = placeOf(held);
      for (const { at, saved } of held.edges) {
        if (isPoisoned(place.subarray(at, at + saved.byteLength))) continue;
        return "its buffer was touched while in flight";
      }
    }
    return null;
  }

  /**
   * Writes what has come, and leaves the rest as it was before. A kernel does not care whether the
   * application has moved on: what has come is written all the same.
   */
  letGo(brought: Uint8Array): void {
    let from = 0;
    for (const held of this.#held) {
      const place = placeOf(held);
      if (held.memory.isLent) for (const { at, saved } of held.edges) place.set(saved, at);
      const part = brought.subarray(from, from + place.byteLength);
      place.set(part);
      from += part.byteLength;
    }
  }
}

function placeOf({ memory, offset, length }: Held): Uint8Array {
  return memory.kernelView().subarray(offset, offset + length);
}

function edgesOf(length: number): readonly (readonly [at: number, end: number])[] {
  if (length <= 2 * EDGE_BYTES) return [[0, length]];
  return [
    [0, EDGE_BYTES],
    [length - EDGE_BYTES, length],
  ];
}

function isPoisoned(place: Uint8Array): boolean {
  for (let at = 0; at < place.byteLength; at += POISONED.byteLength) {
    const part = place.subarray(at, at + POISONED.byteLength);
    if (POISONED.compare(part, 0, part.byteLength, 0, part.byteLength) !== 0) return false;
  }
  return true;
}

function asMapped(memory: Memory): MappedMemory {
  return "kernelView" in memory ? (memory as MappedMemory) : bug("sim: memory cannot be mapped");
}
