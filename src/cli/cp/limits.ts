// Bounds of `overlapped cp`, each with its unit and reason.

/** Sources whose status is asked for, or that are copied, at once, if they are small files. */
export const SOURCES_AT_ONCE: number = 32;

/** Bytes from which a source is copied by itself, beside the small ones: it keeps a disk busy. */
export const BIG_SOURCE_BYTES: number = 8 * 1024 * 1024;

/** Files that `--verify` reads back at once: enough for small ones to share a device's queue. */
export const VERIFIED_AT_ONCE: number = 4;

/** Bytes of one read of `--verify`; direct reads have no read-ahead but their own size. */
export const VERIFY_BLOCK_BYTES: number = 1024 * 1024;

/** Milliseconds before bars show: a copy that is over by then needs none. */
export const BARS_DELAY_MS: number = 1500;

/** Milliseconds between two updates of the bars, and between two `progress` lines of `--json`. */
export const UPDATE_MS: number = 200;

/** Milliseconds over which the rate is taken. */
export const RATE_WINDOW_MS: number = 5000;

/** Failures that one sees at a glance; of more the end says how many there were. */
export const FAILURES_LISTED_MAX: number = 8;

/** Milliseconds that a canceled copy waits for the kernel to give everything back. */
export const DRAIN_MS: number = 5000;

/**
 * Milliseconds within which two signals are one key press. A terminal sends Ctrl-C to the whole
 * process group and npm passes its own on, so under `npm start` one press arrives twice.
 */
export const SAME_PRESS_MS: number = 200;
