// Switches of the kernel that explain why something is not there.
import { readFileSync } from "node:fs";

/** The value of kernel.io_uring_disabled: 0, 1 or 2; null where the kernel has no such switch. */
export function ioUringDisabled(): string | null {
  try {
    return readFileSync("/proc/sys/kernel/io_uring_disabled", "utf8").trim();
  } catch {
    return null; // Before Linux 6.6, or without /proc.
  }
}
