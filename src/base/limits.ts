// Every bound of the library, with its unit and the reason for its value.

/** Operations that a thread may have with its backend at once; the shim's roster has as many. */
export const IN_FLIGHT_MAX: number = 262_144;

/** Operations that wait behind those before a call is refused with ERR_QUEUE_FULL. */
export const QUEUED_MAX: number = 1_048_576;

/** Bytes of one buffer and of one transfer: the most that Linux moves in one read or write. */
export const TRANSFER_BYTES_MAX: number = 2_147_479_552;

/** Buffers of one readv or writev: Linux's IOV_MAX. */
export const VECTOR_BUFFERS_MAX: number = 1024;

/** Bytes of a path without its NUL: Linux's PATH_MAX less one. */
export const PATH_BYTES_MAX: number = 4095;

/** Milliseconds of a timeout: the most that Node's timers take (2^31 - 1). */
export const TIMEOUT_MS_MAX: number = 2_147_483_647;

/** Alignment of buffers in bytes: a page, and so enough for O_DIRECT on any usual device. */
export const BUFFER_ALIGNMENT_BYTES: number = 4096;

/** Bytes that abandoned operations may keep from their callers; past it `abandon()` is refused. */
export const QUARANTINE_BYTES_MAX: number = 1_073_741_824;

/** Idle abort listeners kept, so that a signal used again and again is listened to once. */
export const IDLE_SIGNALS_MAX: number = 16;

/** Milliseconds that `drain()` waits when it is not told. */
export const DRAIN_DEADLINE_MS: number = 5000;

/** Milliseconds that a shield's work may take when it is not told: cleaning up is short. */
export const SHIELD_DEADLINE_MS: number = 5000;

/** Reactions of promises that `drain()` and scopes wait for to see whether more follows. */
export const FOLLOW_UP_TURNS: number = 16;

/** Milliseconds that the end of a thread waits for the kernel before it leaks on purpose. */
export const TEARDOWN_MS: number = 2000;

/** Entries of the first ring: small, since most programs have little in flight. */
export const RING_ENTRIES_FIRST: number = 256;

/** Entries of the biggest ring: Linux's own limit. */
export const RING_ENTRIES_MAX: number = 32_768;

/** Entries of the smallest ring worth having when memory for rings is short (ENOMEM). */
export const RING_ENTRIES_MIN: number = 8;

/** How much bigger each further ring is: three steps from the first to the biggest. */
export const RING_GROWTH: number = 8;

/**
 * Charge that one turn of the event loop may deliver. Each completion is charged its bytes and
 * COMPLETION_CHARGE_BYTES; measured to keep timers within 1 ms at a cost under 2 %.
 */
export const TURN_BUDGET_BYTES: number = 5 * 1024 * 1024;

/** What a completion costs apart from its bytes, in the budget's currency. */
export const COMPLETION_CHARGE_BYTES: number = 16 * 1024;

/** Without the shim, what Node cannot wait for is looked at again so soon, then ever less often. */
export const LOOK_AGAIN_MS_FIRST: number = 1;
/** What a person does not notice, and a processor neither: fifty looks a second. */
export const LOOK_AGAIN_MS_MAX: number = 20;

/** Threads of libuv's pool where UV_THREADPOOL_SIZE does not say otherwise. */
export const POOL_THREADS: number = 4;

/** Calls of ours that the pool has at a time: one of its threads is left to others. */
export const POOL_CALLS_MAX: number = 3;

/** Calls of threads that the shim is given at once: some for each thread, so that none is idle. */
export const CALLS_AT_ONCE_MAX: number = 64;

/** Threads of io-wq for work that may block: the kernel's default of 8 is soon used up. */
export const BLOCKING_WORKERS_MAX: number = 64;

/** Opens that wait for a FIFO's peer, in a thread each: fewer than there are threads. */
export const BLOCKING_OPENS_MAX: number = 48;

/**
 * Milliseconds until opens beyond BLOCKING_OPENS_MAX are tried again, for their peer may have come,
 * and transfers for which others were too quick.
 */
export const TRIED_AGAIN_MS: number = 20;

/** How many are tried again at a time: some 300 µs of a thread at most, in each such period. */
export const TRIED_AGAIN_AT_ONCE: number = 64;

/** Milliseconds until a ring that has failed is looked at again: nobody may tell of its answers. */
export const FAILED_RING_LOOKED_AT_MS: number = 20;

/** Times that an interrupted request nobody wanted canceled is submitted again. */
export const INTERRUPTED_RETRIES_MAX: number = 1000;

/** Milliseconds until a cancel that found nothing is sent again; doubles up to the next limit. */
export const CANCEL_RETRY_MS_FIRST: number = 1;

/** See CANCEL_RETRY_MS_FIRST: a disk read cannot be canceled, so asking often is in vain. */
export const CANCEL_RETRY_MS_MAX: number = 1000;

/** Bytes of the small scratch block of a request: paths of usual length and a statx answer. */
export const SCRATCH_SMALL_BYTES: number = 1024;

/** Bytes of the big one: two longest paths and a statx answer, or the longest vector. */
export const SCRATCH_BIG_BYTES: number = 16_384;

/** Bytes of the biggest block: a file of fewer is small, and read in one go. */
export const SMALL_FILE_BYTES: number = 65_536;

/** Bytes of a block for a small file and its path, of a call that reads both. */
export const SCRATCH_FILE_BYTES: number = 69_632;

/** Such files that are read at once: some for a disk to choose from; 32 MiB in all. */
export const FILES_AT_ONCE_MAX: number = 512;

/** Blocks for small files that are kept for the next ones: as many as a turn reads, or 4 MiB. */
export const SMALL_FILES_KEPT_MAX: number = 64;

/** Scratch blocks of each other size that are kept for the next request. */
export const SCRATCH_KEPT_MAX: number = 256;

/** Buffers for copies of strings and foreign bytes that are kept for the next write. */
export const COPY_BUFFERS_KEPT_MAX: number = 64;

/** Bytes of the biggest copy buffer that is kept. */
export const COPY_BUFFER_BYTES_KEPT_MAX: number = 65_536;

/** Bytes that a stream moves at a time when it is not told: a FIFO's usual room. */
export const BLOCK_BYTES: number = 65_536;

/** Blocks that a stream reads ahead when it is not told: enough that a disk is not idle. */
export const BLOCKS_IN_FLIGHT: number = 4;

/** Most blocks that a stream may read ahead. More help nobody, and each costs memory. */
export const BLOCKS_IN_FLIGHT_MAX: number = 1024;

/** Bytes of the longest line that `lines()` accepts when it is not told. */
export const LINE_BYTES: number = 16_777_216;

/** The most that it can be told: with a block, still less than the longest string (2^29). */
export const LINE_BYTES_MAX: number = 268_435_456;

/** Bytes of the biggest block that `lines()` decodes at once; see LINE_BYTES_MAX. */
export const LINES_BLOCK_BYTES_MAX: number = 67_108_864;

/** Bytes among which `readUntil` looks for the delimiter when it is not told. */
export const READ_UNTIL_BYTES: number = 1_048_576;

/** Bytes of the longest delimiter: no longer than what is read at a time. */
export const DELIMITER_BYTES_MAX: number = 65_536;

/** Milliseconds of a kernel's timer: what a number has exactly, and 285,000 years. */
export const KERNEL_TIMER_MS_MAX: number = 9_007_199_254_740_991;

/** Bytes that are typed for an answer when `ask` is not told: more than anybody types or pastes. */
export const ASK_BYTES: number = 65_536;

/** The most that it can be told: `node:readline` takes time by the square of a line's length. */
export const ASK_BYTES_MAX: number = 1_048_576;

/** Answers that are remembered when `ask` is not told: as many as shells do. */
export const HISTORY_LINES: number = 1000;

/** Milliseconds in which the rest of a key's sequence follows its ESC, else ESC was a key. */
export const ESCAPE_MS: number = 500;

/** Milliseconds that a question that was canceled waits for its last words to be shown. */
export const LAST_WORDS_MS: number = 200;

/** Columns of a terminal that does not know them. */
export const COLUMNS: number = 80;

/** Milliseconds of a break when it is not told: longer than a character at 50 bits per second. */
export const BREAK_MS: number = 250;

/** Bytes that `readFile` takes when it is not told: as many as fit into the longest string. */
export const READ_FILE_BYTES: number = 536_870_888;

/** Bytes of one read of a file that is not small: more is no faster. */
export const READ_BYTES: number = 262_144;

/** Blocks of READ_BYTES that are kept for the next such file: 2 MiB. */
export const READ_BLOCKS_KEPT_MAX: number = 8;

/** Bytes of directory entries that are asked for at once: as glibc does. */
export const LIST_BYTES: number = 32_768;

/** Directories of one tree that are read at once: each takes a thread of few, for a moment. */
export const DIRECTORIES_AT_ONCE: number = 8;

/** Branches of a tree that are removed at once: each waits mostly for the threads of io-wq. */
export const BRANCHES_AT_ONCE: number = 8;

/** Entries that a walk may be ahead of who takes them: a few blocks of LIST_BYTES. */
export const ENTRIES_AHEAD_MAX: number = 4096;

/** Entries of a directory that are removed, or asked for their type, at once. */
export const ENTRIES_AT_ONCE: number = 32;

/** Directories of a branch that `remove` has open at once, however deep it is. */
export const OPEN_DIRECTORIES_MAX: number = 32;

/** Times that `remove` looks again at a directory that others go on filling. */
export const REMOVE_ROUNDS_MAX: number = 16;

/** Symbolic links that lead from one to the next: Linux's own bound. */
export const LINKS_MAX: number = 40;

/** Random names that are tried before it is said that all are taken. */
export const RANDOM_NAMES_MAX: number = 16;
