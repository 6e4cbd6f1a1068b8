// What the command line asks for, and how a rate is written there.

import { InvalidArgumentError } from "commander";

export interface CopyRequest {
  readonly sources: readonly Buffer[];
  readonly destination: Buffer;
  /** Whether the destination is a directory to copy into, or the very name of the copy. */
  readonly target: "either" | "directory" | "name";
  readonly recursive: boolean;
  readonly preserve: boolean;
  readonly noClobber: boolean;
  readonly sparse: "auto" | "always" | "never";
  readonly reflink: "auto" | "always" | "never";
  readonly keepPartial: boolean;
  readonly resume: boolean;
  readonly fsync: boolean;
  readonly verify: boolean;
  readonly bytesPerSecond: number | undefined;
  readonly signal: AbortSignal;
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["K", 1024],
  ["M", 1024 ** 2],
  ["G", 1024 ** 3],
  ["T", 1024 ** 4],
]);

/** `500`, `64K`, `2.5M`, `1GiB`: bytes a second. */
export function parseRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)(?:(?<=[KMGT])iB)?$/i.exec(text);
  const unit = UNITS.get(match?.[2]?.toUpperCase() ?? "-");
  const rate = unit === undefined ? 0 : Math.floor(Number(match?.[1]) * unit);
  if (rate >= 1 && Number.isSafeInteger(rate)) return rate;
  throw new InvalidArgumentError("Wanted bytes a second, such as 500K, 20M or 1.5G.");
}
