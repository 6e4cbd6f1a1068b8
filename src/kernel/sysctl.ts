// What the kernel tells about itself and this process that explains why something is not there.
import { readFileSync } from "node:fs";
import { release } from "node:os";

export interface KernelFacts {
  /** As uname(2) has it, such as "6.8.0-45-generic". */
  readonly release: string;
  /** kernel.io_uring_disabled: 0, 1 or 2; null where there is no such switch (before 6.6). */
  readonly ioUringDisabled: string | null;
  /** Whether a seccomp filter watches this process's system calls; null if nobody can tell. */
  readonly hasSeccompFilter: boolean | null;
  /** Descriptors that this process may have; null if nobody can tell. */
  readonly openFilesMax: string | null;
  /** Bytes that it may lock in memory, or "unlimited"; null if nobody can tell. */
  readonly lockedMemoryMax: string | null;
}

/** Never throws: what cannot be read is null. */
export function kernelFacts(): KernelFacts {
  const mode = /^Seccomp:\s*(\d)/m.exec(read("/proc/self/status") ?? "")?.[1];
  const limits = read("/proc/self/limits") ?? "";
  return {
    release: release(),
    ioUringDisabled: ioUringDisabled(),
    hasSeccompFilter: mode === undefined ? null : mode === "2",
    openFilesMax: /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? null,
    lockedMemoryMax: /^Max locked memory\s+(\S+)/m.exec(limits)?.[1] ?? null,
  };
}

/** The value of kernel.io_uring_disabled: 0, 1 or 2; null where the kernel has no such switch. */
export function ioUringDisabled(): string | null {
  return read("/proc/sys/kernel/io_uring_disabled")?.trim() ?? null;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null; // An older kernel, another system, or without /proc.
  }
}
