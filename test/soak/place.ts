// Where the soak happens, and with what luck.

import type { Lot } from "./lot.ts";

export interface Place {
  readonly lot: Lot;
  /** A folder of this thread's own, on a disk. */
  readonly folder: string;
  /** A file full of one byte that is not 0, to be read past the page cache with these flags. */
  readonly disk: string;
  readonly diskBytes: number;
  readonly diskFlags: number;
  /** FIFOs that nobody else has, of which each actor takes one at a time. */
  readonly fifos: string[];
  nextName(): string;
}

/** One piece of the soak's work, which leaves nothing behind. */
export type Actor = (place: Place) => Promise<void>;

/** With a FIFO that nobody else has meanwhile; without one, not at all. */
export async function withFifo(place: Place, work: (fifo: string) => Promise<void>): Promise<void> {
  const fifo = place.fifos.pop();
  if (fifo === undefined) return;
  try {
    await work(fifo);
  } finally {
    place.fifos.push(fifo);
  }
}
