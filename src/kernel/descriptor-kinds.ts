// What is behind a descriptor, by what the kernel says of it.

import type { DescriptorKind } from "./descriptors.ts";

const S_IFMT = 0o170000;
const O_ACCMODE = 3;
const O_PATH = 0o10000000;

const BY_TYPE: ReadonlyMap<number, DescriptorKind> = new Map([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o010000, "fifo"],
  [0o140000, "socket"],
  [0o020000, "character"],
  [0o060000, "block"],
]);

/** Their inodes have no type of their own, only a name; its form is as old as they are. */
const BY_NAME: ReadonlyMap<string, DescriptorKind> = new Map([
  ["anon_inode:[eventfd]", "eventfd"],
  ["anon_inode:[timerfd]", "timerfd"],
  ["anon_inode:inotify", "inotify"],
  ["anon_inode:[signalfd]", "signalfd"],
  ["anon_inode:[pidfd]", "pidfd"],
  ["anon_inode:[eventpoll]", "epoll"],
]);

const ACCESS_MODES = ["r", "w", "r+"] as const;

/** Null of one that only names a file, or is for ioctl alone: nothing can be read or written. */
export function accessModeOf(flags: number): "r" | "w" | "r+" | null {
  return (flags & O_PATH) === 0 ? (ACCESS_MODES[flags & O_ACCMODE] ?? null) : null;
}

export function kindOf(mode: number, name: string): DescriptorKind {
  // The name first: newer kernels call the inodes of some of them files.
  if (name.startsWith("anon_inode:")) return BY_NAME.get(name) ?? "anonymous";
  if (name.startsWith("pidfd:")) return "pidfd";
  return BY_TYPE.get(mode & S_IFMT) ?? "anonymous";
}
