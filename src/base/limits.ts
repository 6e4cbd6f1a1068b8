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

/** Reactions of promises that `drain()` waits for to see whether the next operation follows. */
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

/** Threads of io-wq for work that may block: the kernel's default of 8 is soon used up. */
export const BLOCKING_WORKERS_MAX: number = 64;

/** Opens that wait for a FIFO's peer, in a thread each: fewer than there are threads. */
export const BLOCKING_OPENS_MAX: number = 48;

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

/** Scratch blocks of each size that are kept for the next request. */
export const SCRATCH_KEPT_MAX: number = 256;

/** Buffers for copies of strings and foreign bytes that are kept for the next write. */
export const COPY_BUFFERS_KEPT_MAX: number = 64;

/** Bytes of the biggest copy buffer that is kept. */
export const COPY_BUFFER_BYTES_KEPT_MAX: number = 65_536;
