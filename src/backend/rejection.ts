// Why a backend is not used: as data for programs, and as a sentence for people.

/** What can be asked for, by `OVERLAPPED_BACKEND` or the option `backend`. */
export const BACKEND_NAMES = ["uring", "portable"] as const;

/** A backend by its name: io_uring, or the one that works without it. */
export type BackendName = (typeof BACKEND_NAMES)[number];

/**
 * What is tried, best first: io_uring; the portable backend with the threads and the readiness
 * watch of the native shim; the same on `node:fs` and `node:net` alone.
 */
export type CandidateName = "uring" | "portable-shim" | "portable-node";

/**
 * The sort of a reason.
 *
 * - `not-wanted`: another backend was asked for
 * - `platform`: it is for another operating system, or for Node and not for this runtime
 * - `shim-off`, `shim-missing`, `shim-broken`, `shim-version`: the native shim is switched off, not
 *   built, refused by the loader, or of another version
 * - `external-memory`: this runtime forbids memory outside of its own, as Electron does
 * - `kernel-old`: the kernel is older than Linux 6.0
 * - `kernel-without`: the kernel was built without io_uring, or only imitates Linux
 * - `switched-off`: by kernel.io_uring_disabled
 * - `denied`: by a seccomp filter, as containers have, or a security module
 * - `memory`: the kernel has no memory for a ring
 * - `descriptors`: too many files are open
 * - `kinds`: the kernel does not know enough kinds of request
 * - `failed`: it worked, and then did not any more
 * - `unknown`: the kernel refused for a reason of its own
 */
export type RejectionCode =
  | "not-wanted"
  | "platform"
  | "shim-off"
  | "shim-missing"
  | "shim-broken"
  | "shim-version"
  | "external-memory"
  | "kernel-old"
  | "kernel-without"
  | "switched-off"
  | "denied"
  | "memory"
  | "descriptors"
  | "kinds"
  | "failed"
  | "unknown";

/** Why a backend that might have been used is not. */
export interface Rejection {
  /** What was not used. */
  readonly candidate: CandidateName;
  /** The sort of the reason. */
  readonly code: RejectionCode;
  /** The reason in a few words, without a full stop. */
  readonly text: string;
  /** What the kernel answered, such as `"EPERM"`; null if it was not asked. */
  readonly errno: string | null;
}
