/**
 * The kernel's own account of this process, from /proc.
 *
 * A demo that only narrated "the kernel still writes" would prove nothing. /proc shows which
 * thread sits in which read with which buffer, and which requests a ring still holds. Containers
 * may hide parts of it; then a scene says less, and its verdict stands on the bytes alone.
 */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { pause } from "./stage.ts";

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

/** Threads of a process that sit in a read, but for its main thread; null when /proc hides it. */
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
        return [
          { thread, descriptor: Number(descriptor), address, byteLength: Number(byteLength) },
        ];
      });
  } catch {
    return null;
  }
}

export function blockedReadOn(descriptor: number): BlockedRead | null {
  return blockedReads()?.find((read) => read.descriptor === descriptor) ?? null;
}

export function describeRead(read: BlockedRead | null, verb: string): string {
  if (read === null) return `the read ${verb} (which thread has it, /proc does not show here)`;
  const call = `read(${read.descriptor}, ${read.address}, ${read.byteLength})`;
  return `thread ${read.thread} ${verb} in ${call}`;
}

/** Descriptor numbers of this process that refer to `path`, as /proc/self/fd shows them. */
export function descriptorsOf(path: string): number[] {
  return readdirSync("/proc/self/fd")
    .filter((number) => targetOf(Number(number)) === path)
    .map(Number);
}

export function targetOf(descriptor: number): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return null;
  }
}

export interface RingState {
  /** Reads that the kernel holds, waiting for data. */
  readonly reads: number;
  /** Completions posted since the ring was made. */
  readonly completions: number;
}

/** The library's rings; Node's own, which exist before the library is used, are left out. */
export class RingView {
  readonly #others: readonly number[] = ringDescriptors();

  /** null when no ring is there yet or the kernel does not show it. */
  state(): RingState | null {
    const texts = ringDescriptors()
      .filter((descriptor) => !this.#others.includes(descriptor))
      .map((descriptor) => readOrNull(`/proc/self/fdinfo/${descriptor}`))
      .filter((text) => text !== null);
    if (texts.length === 0 || texts.some((text) => !text.includes("CqTail:"))) return null;
    return {
      reads: sum(texts.map((text) => countReads(text))),
      completions: sum(texts.map((text) => Number(/^CqTail:\s*(\d+)/m.exec(text)?.[1]))),
    };
  }

  /** Waits until the kernel shows `count` reads; the state then, or null when it shows nothing. */
  async holding(count: number): Promise<RingState | null> {
    return eventually(() => {
      const state = this.state();
      return state !== null && state.reads >= count ? state : null;
    });
  }
}

/** Looks again until there is something to see, for 300 ms at most: kernels may hide it. */
export async function eventually<T>(look: () => T | null): Promise<T | null> {
  for (let tries = 0; tries < 60; tries += 1) {
    const seen = look();
    if (seen !== null) return seen;
    await pause(5);
  }
  return null;
}

function ringDescriptors(): number[] {
  return descriptorsOf("anon_inode:[io_uring]");
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

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
