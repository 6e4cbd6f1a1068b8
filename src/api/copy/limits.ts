// Bounds of a copy, each with its unit and reason.

/** Bytes of one block. Measured on ext4: 128 to 512 KiB are equal, from 1 MiB on it is slower. */
export const BLOCK_BYTES: number = 512 * 1024;

/** Blocks of one file at once: one is slower by a third, eight are no faster than four. */
export const BLOCKS_PER_FILE: number = 4;

/** Blocks of all files together: what a copy needs in memory. */
export const BLOCKS_MAX: number = 16;

/** Bytes up to which a file is read and written in one go: more than most files of most trees. */
export const SMALL_FILE_BYTES: number = 64 * 1024;

/** Bytes of one copy_file_range: no faster when longer, and a cancel waits for one. */
export const RANGE_BYTES: number = 8 * 1024 * 1024;

/** Portions of one file at once: two are quicker than one by a fifth. */
export const RANGES_PER_FILE: number = 2;

/**
 * Bytes from which room is made in advance: it makes writing quicker by a quarter on ext4, and
 * says early that a device is full.
 */
export const ROOM_BYTES: number = 1024 * 1024;

/** Files at once, if not told: enough for many small ones to share each commit of a journal. */
export const FILES_AT_ONCE: number = 32;

/** The most files at once: each has two descriptors, of which a process often has 1024. */
export const FILES_AT_ONCE_MAX: number = 256;

/**
 * Bytes from which files are copied one at a time, beside the small ones: one keeps the disk busy,
 * and what ends early has then completed as many as it could.
 */
export const BIG_FILE_BYTES: number = 8 * 1024 * 1024;

/** Entries of a directory that are taken at once where nothing has to be asked about them. */
export const ENTRIES_PER_STEP: number = 128;

/** Groups of small files that the walk may be ahead of the copying. */
export const GROUPS_AHEAD_MAX: number = 64;

/** Groups of small files at once: more would wait for each other in the file system. */
export const GROUPS_AT_ONCE: number = 4;

/** Characters of a path to which any name can be added. */
export const SHORT_PATH_MAX: number = 1000;

/** Entries that the walk may be ahead of the copying, so that totals are known early. */
export const WALK_AHEAD_MAX: number = 8192;

/**
 * Bytes after which a file's data is sent on its way to the disk while the copying goes on. It
 * bounds what a cancel has to wait for, since a running sync cannot be canceled.
 */
export const WRITEBACK_BYTES: number = 64 * 1024 * 1024;

/** Bytes of a hole that `sparse: "always"` makes: a page, the block of most file systems. */
export const HOLE_BYTES: number = 4096;

/** Bytes of a file's name in the name of its part file: with the rest it fits wherever 143 do. */
export const PART_NAME_BYTES: number = 100;

/** Milliseconds between two calls of `onProgress`. */
export const PROGRESS_MS: number = 100;

/** Parts of a second that a rate limit moves at once: smooth, and not too many small writes. */
export const RATE_STEPS: number = 8;

/** Bytes that a rate limit moves at once, at least. */
export const RATE_BYTES_MIN: number = 4096;
