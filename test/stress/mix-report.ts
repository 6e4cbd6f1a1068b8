// What the random mix tells of itself.

import type { Status } from "./mix.ts";

export const ROUNDS = 10;

export interface MixReport {
  /** How many operations ended how, opens among them. */
  readonly counts: Readonly<Record<Status, number>>;
  /** Abandoned reads that had taken bytes, which went to the next ones. */
  readonly putBack: number;
  /** After each round, with everything collected. */
  readonly residentBytes: readonly number[];
}
