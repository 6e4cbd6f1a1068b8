// Bounds of `overlapped cp`, each with its unit and reason.

/** Bytes of one block. Measured on ext4: 128 to 512 KiB are equal, from 1 MiB on it is slower. */
export const BLOCK_BYTES: number = 512 * 1024;

/** Blocks of one file at once: one is slower by a third, eight are no faster than four. */
export const BLOCKS_PER_FILE: number = 4;

/** Blocks of all files together: what a copy needs in memory. */
export const BLOCKS_MAX: number = 16;

/** Files at once: enough for many small ones to share each commit of the file system's journal. */
export const FILES_AT_ONCE: number = 32;

/**
 * Bytes from which files are copied one at a time, beside the small ones: one keeps the disk busy,
 * and what ends early, by Ctrl-C or a full disk, has then completed as many as it could.
 */
export const BIG_FILE_BYTES: number = 8 * 1024 * 1024;

/** Entries that the walk may be ahead of the copying, so that the bar knows its total early. */
export const WALK_AHEAD_MAX: number = 8192;

/** Entries of a directory whose status is asked for at once. */
export const STATS_AT_ONCE: number = 32;

/**
 * Bytes after which a file's data is sent on its way to the disk while the copying goes on. It
 * bounds what a cancel has to wait for, since a running sync cannot be canceled.
 */
export const WRITEBACK_BYTES: number = 64 * 1024 * 1024;

/** Bytes of a name on most file systems. */
export const NAME_BYTES_MAX: number = 255;

/** Other names that are tried for a part file when `NAME.part` is a name in its own right. */
export const PART_NAMES_MAX: number = 1000;

/** Milliseconds before the bar shows: a copy that is over by then needs none. */
export const BAR_DELAY_MS: number = 1500;

/** Milliseconds between two updates of the bar. */
export const BAR_UPDATE_MS: number = 100;

/** Milliseconds between two `progress` events of `--json`. */
export const EVENT_MS: number = 500;

/** Milliseconds over which the rate is taken. */
export const RATE_WINDOW_MS: number = 5000;

/** Milliseconds that a canceled copy waits for the kernel to give everything back. */
export const DRAIN_MS: number = 5000;

/**
 * Milliseconds within which two signals are one key press. A terminal sends Ctrl-C to the whole
 * process group and npm passes its own on, so under `npm start` one press arrives twice.
 */
export const SAME_PRESS_MS: number = 200;
