// Where the figures come from, and what is not to be had there.

import { existsSync, readdirSync, readFileSync, statfsSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release } from "node:os";

const EXT4 = 0xef53;

export interface Facts {
  readonly kernel: string;
  readonly node: string;
  readonly date: string;
  readonly machine: string;
  readonly isRoot: boolean;
}

export function describe(folder: string): Facts {
  const { type } = statfsSync(folder);
  const fileSystem = type === EXT4 ? "ext4" : `file system 0x${type.toString(16)}`;
  const load = (loadavg()[0] ?? 0).toFixed(2);
  const cpu = cpus()[0]?.model.trim() ?? "unknown processor";
  return {
    kernel: `Linux ${release()}`,
    node: process.versions.node,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpu}, ${availableParallelism()} cores, ${fileSystem}, load ${load} at the start`,
    isRoot: process.getuid?.() === 0,
  };
}

interface Lack {
  readonly what: string;
  readonly isThere: () => boolean;
}

function hasNameLike(folder: string, pattern: RegExp): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => pattern.test(name));
}

function mounts(): string {
  return existsSync("/proc/mounts") ? readFileSync("/proc/mounts", "utf8") : "";
}

/** Kinds that no case is about: those that are not there cannot be claimed, nor those that are. */
const LACKS: readonly Lack[] = [
  {
    what: "keyboards and other input devices (`/dev/input`, and `/dev/uinput` to make one)",
    isThere: () => existsSync("/dev/uinput"),
  },
  {
    what: "SocketCAN",
    isThere: () => hasNameLike("/sys/class/net", /^v?can\d/),
  },
  {
    what: "a serial line with something at its other end; a pty stands in for it in the tests",
    isThere: () => hasNameLike("/dev", /^tty(?:USB|ACM)\d/),
  },
  {
    what: "a network file system, hard-mounted NFS above all",
    isThere: () => / nfs4? /.test(mounts()),
  },
  {
    what: "signalfd, which Node has no way to make",
    isThere: () => false,
  },
];

export function lacks(): string[] {
  return LACKS.map(({ what, isThere }) => `${what}${isThere() ? ": there, not measured" : ""}`);
}
