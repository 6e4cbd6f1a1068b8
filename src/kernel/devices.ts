// Which files may wait for ever, and of which Node can keep itself from waiting. Numbers of devices
// are those of Documentation/admin-guide/devices.txt of Linux.

import type { BigIntStats } from "node:fs";

/** The only character devices that never wait: null, zero, full, random, urandom. */
const MEMORY_MAJOR = 1n;
const MEMORY_MINORS: ReadonlySet<bigint> = new Set([3n, 5n, 7n, 8n, 9n]);
const KERNEL_LOG_MINOR = 11n;

/** Drivers that do as O_NONBLOCK says: terminals, input, pseudo-terminals, serial lines by USB. */
const HEEDING_MAJORS: readonly (readonly [first: bigint, last: bigint])[] = [
  [4n, 5n],
  [13n, 13n],
  [128n, 143n],
  [166n, 166n],
  [188n, 188n],
  [204n, 204n],
];

/** Regular files, directories, block devices and some others: what answers soon, or not at all. */
export function isPrompt(stats: BigIntStats): boolean {
  if (stats.isFIFO() || stats.isSocket()) return false;
  if (!stats.isCharacterDevice()) return true;
  const { major, minor } = numbersOf(stats);
  return major === MEMORY_MAJOR && MEMORY_MINORS.has(minor);
}

/**
 * A device whose driver is not known to heed O_NONBLOCK: then a read would stop the whole thread,
 * or on a thread of the pool wait for ever, where no cancel reaches it.
 */
export function mayBlock(stats: BigIntStats): boolean {
  if (!stats.isCharacterDevice() || isPrompt(stats)) return false;
  const { major, minor } = numbersOf(stats);
  if (major === MEMORY_MAJOR) return minor !== KERNEL_LOG_MINOR;
  return !HEEDING_MAJORS.some(([first, last]) => first <= major && major <= last);
}

function numbersOf({ rdev }: BigIntStats): { readonly major: bigint; readonly minor: bigint } {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xffff_f000n);
  return { major, minor: (rdev & 0xffn) | ((rdev >> 12n) & 0xfff_ff00n) };
}
