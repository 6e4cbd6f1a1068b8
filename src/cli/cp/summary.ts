// What is said at the end of a copy that a signal ended, and about what the kernel still holds.

import type { InFlight } from "../../index.ts";
import type { Tally } from "./context.ts";
import { count, formatBytes } from "./messages.ts";

/** Operations that are listed one by one. */
const listedMax = 8;

/** `canceled: 300 MiB of 1.00 GiB written, 0 of 1 file copied; …; nothing is held`. */
export function describeCancel(tally: Tally, held: readonly InFlight[]): string {
  const { bytesWritten, bytesTotal, filesCopied, filesTotal, partsRemoved, isWalkDone } = tally;
  const more = isWalkDone ? "" : " or more";
  const parts = [
    `${formatBytes(bytesWritten)} of ${formatBytes(bytesTotal)}${more} written, ` +
      `${filesCopied} of ${count(filesTotal, "file")}${more} copied completely`,
  ];
  if (partsRemoved > 0) parts.push(`${count(partsRemoved, "part file")} removed`);
  parts.push(held.length === 0 ? "nothing is held by the kernel" : describeHeld(held));
  return `canceled: ${parts.join("; ")}`;
}

/** `the kernel still holds 2 operations: fsync of '/a' for 6 s, read …`. */
export function describeHeld(held: readonly InFlight[]): string {
  const listed = held.slice(0, listedMax).map(describeOne);
  if (held.length > listedMax) listed.push(`${held.length - listedMax} more`);
  return `the kernel still holds ${count(held.length, "operation")}: ${listed.join(", ")}`;
}

function describeOne(operation: InFlight): string {
  const { kind, path, fd, ageMs } = operation;
  const subject = path === undefined ? `descriptor ${fd}` : JSON.stringify(path);
  return `${kind} of ${subject} for ${Math.round(ageMs / 1000)} s`;
}
