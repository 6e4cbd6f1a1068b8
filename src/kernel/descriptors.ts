// Descriptors that no path opens, and what a descriptor is that somebody else has opened. All
// of it is done at once: none of these system calls waits.

import { type Addon, loadAddon } from "./addon.ts";
import { accessModeOf, kindOf } from "./descriptor-kinds.ts";
import { EBADF } from "./errno.ts";
import { NODE_DESCRIPTORS } from "./node-descriptors.ts";

/** What is behind a descriptor. A pipe is a "fifo", too; its name tells whether it has a path. */
export type DescriptorKind =
  | "file"
  | "directory"
  | "fifo"
  | "socket"
  | "tty"
  | "character"
  | "block"
  | "eventfd"
  | "timerfd"
  | "inotify"
  | "signalfd"
  | "pidfd"
  | "epoll"
  | "anonymous";

export interface DescriptorDescription {
  readonly kind: DescriptorKind;
  readonly accessMode: "r" | "w" | "r+";
  readonly isNonBlocking: boolean;
  /** As /proc tells it: `/dev/pts/3`, `pipe:[123]`, `anon_inode:[eventfd]`; without /proc, "". */
  readonly name: string;
}

/**
 * Numbers below zero are errnos. Every new descriptor is closed when a program is started, and
 * belongs to this thread: its end closes it.
 */
export interface Descriptors {
  /** The same open file under a number of its own, which is at least 3. */
  readonly duplicate: (fd: number) => number;
  /**
   * The same terminal by an open file of its own, with O_NONBLOCK: without it, a write waits in the
   * system call and not in the ring. -ENOTTY of what is none, and of the controller of one.
   */
  readonly reopen: (fd: number) => number;
  readonly describe: (fd: number) => DescriptorDescription | number;
  readonly pipe: () => { readonly reader: number; readonly writer: number } | number;
  readonly eventfd: (initial: number, isSemaphore: boolean) => number;
  readonly timerfd: (clock: "monotonic" | "realtime") => number;
  /** A first time of 0 ms stops the timer; an interval of 0 ms makes it expire once. */
  readonly setTimer: (fd: number, firstMs: number, intervalMs: number) => number;
  readonly inotify: () => number;
  /** Returns the watch's number. */
  readonly addWatch: (fd: number, path: Uint8Array | string, mask: number) => number;
  readonly removeWatch: (fd: number, watch: number) => number;
  /** Number 0, 1 or 2 is not left free but becomes /dev/null, lest the next open gets it. */
  readonly close: (fd: number) => number;
}

/** As the shim has them: it tells what the kernel says, and this file what that means. */
export interface DescriptorsShim
  extends Pick<
    Descriptors,
    "duplicate" | "reopen" | "pipe" | "eventfd" | "setTimer" | "inotify" | "removeWatch" | "close"
  > {
  /** Into `words`: mode, open flags, and whether it is a terminal. Returns the name's length. */
  readonly describe: (fd: number, words: Uint32Array, name: Uint8Array) => number;
  readonly timerfd: (isMonotonic: boolean) => number;
  /** The path ends with its only NUL. */
  readonly addWatch: (fd: number, path: Uint8Array, mask: number) => number;
}

/** Without the shim, as far as Node can serve: the rest is answered with -EOPNOTSUPP. */
export function loadDescriptors(): Descriptors {
  const { addon } = loadAddon();
  if (addon === null) return NODE_DESCRIPTORS;
  loaded ??= onShim(addon);
  return loaded;
}

let loaded: Descriptors | null = null;

function onShim({ descriptorCalls: shim }: Addon): Descriptors {
  return {
    ...shim,
    describe: (fd) => describe(shim, fd),
    timerfd: (clock) => shim.timerfd(clock === "monotonic"),
    addWatch: (fd, path, mask) => shim.addWatch(fd, endWithNul(path), mask),
  };
}

function endWithNul(path: Uint8Array | string): Uint8Array {
  const bytes = typeof path === "string" ? Buffer.from(path) : path;
  const ended = new Uint8Array(bytes.length + 1);
  ended.set(bytes);
  return ended;
}

const O_NONBLOCK = 0o4000;
const NAME_BYTES_MAX = 4096;

function describe(shim: DescriptorsShim, fd: number): DescriptorDescription | number {
  const words = new Uint32Array(3);
  const bytes = new Uint8Array(NAME_BYTES_MAX);
  const length = shim.describe(fd, words, bytes);
  if (length < 0) return length;
  const [mode = 0, flags = 0, isTerminal = 0] = words;
  const accessMode = accessModeOf(flags);
  if (accessMode === null) return -EBADF;
  const name = Buffer.from(bytes.buffer, 0, length).toString();
  const kind = isTerminal === 1 ? "tty" : kindOf(mode, name);
  return { kind, accessMode, isNonBlocking: (flags & O_NONBLOCK) !== 0, name };
}
