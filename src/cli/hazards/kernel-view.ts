/**
 * The kernel's own account of this process, from /proc.
 *
 * A program that only narrated "the kernel still writes" would prove nothing. /proc shows which
 * thread sits in which read with which buffer, and which requests a ring still holds. Containers
 * may hide parts of it; then a program says less, and its verdict stands on the bytes alone.
 */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { pause } from "./waiting.ts";

export interface BlockedRead {
  readonly thread: string;
  readonly descriptor: number;
  /** Hexadecimal address that the kernel will write to. */
  readonly address: string;
  readonly byteLength: number;
}

/** Numbers of read(2) and pread(2), by architecture: /proc names system calls by number. */
const READ_CALLS: Readonly<Record<string, readonly string[]>> = {
  x64: ["0", "17"],
  arm64: ["63", "67"],
  riscv64: ["63", "67"],
};

/** Opcode of IORING_OP_READ, as a ring's fdinfo prints it. */
const RING_READ = 22;

/**
 * Threads of a process that sit in a read of a file or FIFO, but for its main thread; null when
 * /proc hides it. A runtime's own threads may read what has no path, which is no concern of ours.
 */
export function blockedReads(pid: number = process.pid): BlockedRead[] | null {
  const calls = READ_CALLS[process.arch];
  if (calls === undefined) return null;
  try {
    return readdirSync(`/proc/${pid}/task`)
      .filter((thread) => thread !== String(pid))
      .flatMap((thread) => {
        const line = readFileSync(`/proc/${pid}/task/${thread}/syscall`, "utf8");
        const [call, descriptor, address, byteLength] = line.trim().split(" ");
        if (call === undefined || !calls.includes(call)) return [];
        if (descriptor === undefined || address === undefined) return [];
        if (/^(?:pipe|socket|anon_inode):/.test(targetOf(Number(descriptor), pid) ?? "")) return [];
        return [
          { thread, descriptor: Number(descriptor), address, byteLength: Number(byteLength) },
        ];
      });
  } catch {
    return null;
  }
}

export function describeRead({ thread, descriptor, address, byteLength }: BlockedRead): string {
  return `thread ${thread} waits in read(${descriptor}, ${address}, ${byteLength})`;
}

/** Reads that the rings of this process hold; null when there is none or the kernel hides it. */
export function readsInRings(): number | null {
  const texts = ringDescriptors()
    .map((descriptor) => readOrNull(`/proc/self/fdinfo/${descriptor}`))
    .filter((text) => text !== null);
  if (texts.length === 0 || texts.some((text) => !text.includes("CqTail:"))) return null;
  return texts.reduce((total, text) => total + countReads(text), 0);
}

/** Looks again until there is something to see, for 100 ms at most: kernels may hide it. */
export async function eventually<T>(look: () => T | null): Promise<T | null> {
  for (let tries = 0; tries < 20; tries += 1) {
    const seen = look();
    if (seen !== null) return seen;
    await pause(5);
  }
  return null;
}

function ringDescriptors(): number[] {
  return readdirSync("/proc/self/fd")
    .map(Number)
    .filter((descriptor) => targetOf(descriptor) === "anon_inode:[io_uring]");
}

function targetOf(descriptor: number, pid: number = process.pid): string | null {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch {
    return null;
  }
}

function countReads(text: string): number {
  return [...text.matchAll(/\bop=(\d+)/g)].filter((match) => Number(match[1]) === RING_READ).length;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
