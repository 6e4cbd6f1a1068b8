// What a descriptor is, and one of our own for the same, as far as Node can without the shim. Node
// has no dup(2). A pipe, terminal or device is opened anew by the path that /proc has for it, with
// O_NONBLOCK, which is then ours alone. A file or a socket cannot be had so: its open file is what
// is shared. Of the standard streams it is used under its own number, which we never close.

import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync } from "node:fs";
import { Socket } from "node:net";
import { isatty } from "node:tty";
import { accessModeOf, kindOf } from "./descriptor-kinds.ts";
import type { DescriptorDescription, DescriptorKind, Descriptors } from "./descriptors.ts";
import { mayBlock } from "./devices.ts";
import { EBADF, ENOTTY, EOPNOTSUPP, errno } from "./errno.ts";
import { O_NOCTTY, O_NONBLOCK } from "./open-flags.ts";

const STANDARD_MAX = 2;

/** Of which an open file of our own is as good. */
const ANEW: ReadonlySet<DescriptorKind> = new Set(["fifo", "tty", "character", "directory"]);
const O_ACCMODE = 3;

/** Handles on standard streams that use the number itself. */
const borrowed: Map<number, number> = new Map();

/** Descriptors made of others, which have had a peer: an end of those is one from the start. */
const inherited: Set<number> = new Set();

export function isInherited(fd: number): boolean {
  return inherited.has(fd) || borrowed.has(fd);
}

/** A handle is done with a descriptor. False: it is somebody else's, and stays open. */
export function isToClose(fd: number): boolean {
  inherited.delete(fd);
  const users = borrowed.get(fd) ?? 0;
  if (users > 1) borrowed.set(fd, users - 1);
  else borrowed.delete(fd);
  return users === 0;
}

const notOffered = (): number => -EOPNOTSUPP;

export const NODE_DESCRIPTORS: Descriptors = {
  duplicate: (fd) => {
    const described = describe(fd);
    if (typeof described === "number") return described;
    const { kind, name } = described;
    // Opened anew, it would be the controller of another terminal.
    if (name.endsWith("ptmx")) return -EOPNOTSUPP;
    if (kind === "character" && mayBlock(fstatSync(fd, { bigint: true }))) return -EOPNOTSUPP;
    if (ANEW.has(kind)) {
      const own = openAnew(fd);
      if (own >= 0) inherited.add(own);
      if (own >= 0 || fd > STANDARD_MAX || kind !== "fifo") return own;
    }
    return borrow(fd, described);
  },
  reopen: (fd) => {
    const described = describe(fd);
    if (typeof described === "number") return described;
    return described.kind === "tty" ? openAnew(fd) : -ENOTTY;
  },
  describe,
  close: (fd) => {
    if (borrowed.has(fd)) return 0; // A handle goes on with it.
    return attempt(() => {
      closeSync(fd);
      // The lowest that is free, which is this one.
      if (fd <= STANDARD_MAX) openSync("/dev/null", constants.O_RDWR);
      return 0;
    });
  },
  pipe: notOffered,
  eventfd: notOffered,
  timerfd: notOffered,
  setTimer: notOffered,
  inotify: notOffered,
  addWatch: notOffered,
  removeWatch: notOffered,
};

function attempt<T>(call: () => T): T | number {
  try {
    return call();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return -(errno(code) || EBADF);
  }
}

function describe(fd: number): DescriptorDescription | number {
  return attempt(() => {
    const { mode } = fstatSync(fd);
    const name = attempt(() => readlinkSync(`/proc/self/fd/${fd}`));
    const flags = flagsOf(fd);
    const accessMode = accessModeOf(flags);
    if (accessMode === null) return -EBADF;
    const text = typeof name === "string" ? name : "";
    const kind = isatty(fd) ? "tty" : kindOf(mode, text);
    return { kind, accessMode, isNonBlocking: (flags & O_NONBLOCK) !== 0, name: text };
  });
}

/** Without /proc, what a standard stream usually is. */
function flagsOf(fd: number): number {
  const info = attempt(() => readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"));
  const octal = typeof info === "string" ? /^flags:\s*(\d+)/m.exec(info)?.[1] : undefined;
  if (octal !== undefined) return Number.parseInt(octal, 8);
  return fd === 0 ? constants.O_RDONLY : constants.O_WRONLY;
}

function openAnew(fd: number): number {
  const flags = (flagsOf(fd) & O_ACCMODE) | O_NONBLOCK | O_NOCTTY;
  return attempt(() => openSync(`/proc/self/fd/${fd}`, flags));
}

function borrow(fd: number, { kind, isNonBlocking }: DescriptorDescription): number {
  if (fd > STANDARD_MAX) return -EOPNOTSUPP;
  const mayWait = kind !== "file" && kind !== "block" && kind !== "directory";
  if (mayWait && !isNonBlocking && !keepFromWaiting(fd)) return -EOPNOTSUPP;
  borrowed.set(fd, (borrowed.get(fd) ?? 0) + 1);
  return fd;
}

/**
 * Sets O_NONBLOCK by what Node does with the standard streams itself, when the program uses them;
 * and at its end it gives back the flags that they had. libuv does not close these numbers.
 */
function keepFromWaiting(fd: number): boolean {
  try {
    new Socket({ fd, readable: false, writable: false }).destroy();
  } catch {
    // The program has it, so that it is done.
  }
  return (flagsOf(fd) & O_NONBLOCK) !== 0;
}
