// What went wrong, in words for the person at the terminal.

import { getSystemErrorMap } from "node:util";
import { IoError } from "../../index.ts";
import { quotePath } from "./paths.ts";

/** Something that is not copied. */
export interface Failure {
  readonly code: string;
  /** What it is about. */
  readonly path: string | Uint8Array;
  /** One line, without the name of the command. */
  readonly message: string;
}

/** The user asked to stop; the reason of the one AbortController. */
export class Interruption extends Error {
  override readonly name: string = "Interruption";

  constructor(signalName: NodeJS.Signals) {
    super(`stopped by ${signalName}`);
  }
}

/** What the copy was about to do, by the call that failed. */
const ACTIONS: Readonly<Record<string, string>> = {
  open: "open",
  stat: "open",
  list: "read directory",
  readlink: "look at",
  mkdir: "create directory",
  symlink: "create",
  link: "create",
  rename: "create",
  read: "read",
  seek: "read",
  write: "write",
  allocate: "write",
  truncate: "write",
  fsync: "write",
  fdatasync: "write",
  close: "write",
  copyRange: "write",
  clone: "make a reflink at",
  chmod: "set the mode of",
  chown: "set the owner of",
  utimes: "set the times of",
};

/** Codes that are no call's answer, with what they mean here. */
const REASONS: Readonly<Record<string, (path: string) => string>> = {
  ERR_SOURCE_CHANGED: (path) => `${path} changed while it was copied; copy it when it rests`,
  ERR_COPY_INTO_ITSELF: (path) =>
    `cannot copy to ${path}: it is the source itself, or inside of it`,
  ERR_UNSUPPORTED_TYPE: (path) =>
    `cannot copy ${path}: only regular files, directories and symbolic links ` +
    "are copied or replaced",
  EEXIST: (path) => `cannot create directory ${path}: something else has the name`,
  ENOTDIR: (path) => `cannot create ${path}: not a directory`,
  EISDIR: (path) => `cannot replace ${path}: it is a directory`,
};

/** The failure that an error of the library is. */
export function failureOf(error: IoError, fallback: string | Uint8Array): Failure {
  const path = error.path ?? fallback;
  return { code: error.code, path, message: describe(error, quotePath(path)) };
}

function describe(error: IoError, path: string): string {
  const { cause, code } = error;
  if (!(cause instanceof IoError)) {
    return REASONS[code]?.(path) ?? `cannot copy ${path}: ${reasonOf(error)}`;
  }
  // A file begins as a part file, whose name says nothing to the user.
  const isNew = cause.syscall === "open" && cause.path !== error.path;
  const action = isNew ? "create" : (ACTIONS[cause.syscall ?? ""] ?? "copy");
  return `cannot ${action} ${path}: ${reasonOf(error)}`;
}

/** What the library refuses with a TypeError, but here it is the user who gave it. */
export function isTooLong(error: unknown): boolean {
  return error instanceof TypeError && "code" in error && error.code === "ERR_INVALID_ARG_VALUE";
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isTooLong(error)) return "name too long";
  const { errno } = error as NodeJS.ErrnoException;
  const known = typeof errno === "number" ? getSystemErrorMap().get(errno) : undefined;
  return known?.[1] ?? error.message;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** `512 B`, `1.46 MiB`, `10.0 GiB`: three digits, as much as one reads at a glance. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}
