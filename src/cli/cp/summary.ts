// What is said of a copy in one line: how far it is, and how it ended when a signal ended it.

import type { InFlight } from "../../index.ts";
import type { Account, Snapshot } from "./account.ts";
import { count, formatBytes } from "./messages.ts";
import { quotePath } from "./paths.ts";
import { formatSeconds } from "./rate.ts";

/** Operations and names that are listed one by one. */
const LISTED_MAX = 8;

/** `50 %  512 MiB of 1.00 GiB  3/7 files  800 MiB/s  ETA 1 s`. */
export function figuresOf(snapshot: Snapshot): string {
  const { bytesDone, bytesTotal, filesDone, filesTotal, isTotalKnown, bytesPerSecond } = snapshot;
  const what = snapshot.phase === "verifying" ? " verified" : "";
  const more = isTotalKnown ? "" : "+";
  const left = Math.max(0, bytesTotal - bytesDone);
  const seconds = isTotalKnown ? left / bytesPerSecond : Number.NaN;
  // Every byte is copied: what is left is syncing, renaming and removing.
  const isFinishing = left === 0 && isTotalKnown;
  const figures = [
    `${percent(bytesDone, bytesTotal)}${what}`,
    `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}${more}`,
    `${filesDone}/${filesTotal}${more} files`,
    `${formatBytes(bytesPerSecond)}/s`,
    isFinishing ? "finishing" : `ETA ${formatSeconds(seconds)}`,
  ];
  return figures.join("  ");
}

export function percent(done: number, total: number): string {
  return `${Math.floor(shareOf(done, total) * 100)} %`;
}

/** 0 to 1. */
export function shareOf(done: number, total: number): number {
  return total === 0 ? 0 : Math.min(1, done / total);
}

/** What SIGUSR1 asks for. */
export function describeStatus(snapshot: Snapshot): string {
  const { current } = snapshot;
  const parts = [figuresOf(snapshot)];
  if (current !== null) {
    const { bytesDone, bytesTotal, destination } = current;
    const figures = `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
    parts.push(`${quotePath(destination)}: ${figures}`);
  }
  return parts.join("; ");
}

/** `canceled by SIGINT: 300 MiB of 1.00 GiB copied, 0 of 1 file is complete; …`. */
export function describeCancel(
  name: NodeJS.Signals,
  account: Account,
  held: readonly InFlight[],
): string {
  const { bytesDone, bytesTotal, filesDone, filesTotal, isTotalKnown, phase } = account.snapshot();
  const more = isTotalKnown ? "" : " or more";
  const [done, whole] = phase === "copying" ? ["copied", "complete"] : ["read back", "verified"];
  const parts = [
    `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}${more} ${done}, ` +
      `${filesDone} of ${count(filesTotal, "file")}${more} ${whole}`,
  ];
  parts.push(describeRest(account) ?? "nothing half-done is left");
  parts.push(held.length === 0 ? "nothing is held by the kernel" : describeHeld(held));
  return `canceled by ${name}: ${parts.join("; ")}`;
}

/** `1238 failures; 762 files copied`. */
export function describeFailures({ failures, sum }: Account): string {
  const { files, symlinks } = sum;
  return `${count(failures, "failure")}; ${count(files + symlinks, "file")} copied`;
}

/** Part files that are still there; null if there are none. */
export function describeRest({ kept, sum }: Account): string | null {
  const { leftBehind } = sum;
  const parts: string[] = [];
  if (kept.length > 0) parts.push(`kept for --resume: ${listed(kept, quotePath)}`);
  if (leftBehind.length > 0) parts.push(`could not be removed: ${listed(leftBehind, quotePath)}`);
  return parts.length === 0 ? null : parts.join("; ");
}

/** `the kernel still holds 2 operations: fsync of '/a' for 6 s, read …`. */
export function describeHeld(held: readonly InFlight[]): string {
  return `the kernel still holds ${count(held.length, "operation")}: ${listed(held, describeOne)}`;
}

function describeOne(operation: InFlight): string {
  const { kind, path, fd, ageMs } = operation;
  const subject = path === undefined ? `descriptor ${fd}` : quotePath(path);
  return `${kind} of ${subject} for ${Math.round(ageMs / 1000)} s`;
}

function listed<T>(items: readonly T[], describe: (item: T) => string): string {
  const texts = items.slice(0, LISTED_MAX).map(describe);
  if (items.length > LISTED_MAX) texts.push(`${items.length - LISTED_MAX} more`);
  return texts.join(", ");
}
