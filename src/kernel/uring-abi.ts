// Numbers of io_uring's interface to user space, from linux/io_uring.h. They never change.

/** Opcodes that we submit; "since" is the kernel that had them first. */
export const OP_NOP: number = 0;
export const OP_READV: number = 1;
export const OP_WRITEV: number = 2;
export const OP_FSYNC: number = 3;
export const OP_POLL_ADD: number = 6;
export const OP_ASYNC_CANCEL: number = 14; // 5.5
export const OP_FALLOCATE: number = 17; // 5.6
export const OP_OPENAT: number = 18; // 5.6
export const OP_CLOSE: number = 19; // 5.6
export const OP_STATX: number = 21; // 5.6
export const OP_READ: number = 22; // 5.6
export const OP_WRITE: number = 23; // 5.6
export const OP_RENAMEAT: number = 35; // 5.11
export const OP_UNLINKAT: number = 36; // 5.11
export const OP_MKDIRAT: number = 37; // 5.15
export const OP_SYMLINKAT: number = 38; // 5.15
export const OP_LINKAT: number = 39; // 5.15
export const OP_FTRUNCATE: number = 55; // 6.9

export const SQE_WORDS: number = 16;
export const CQE_WORDS: number = 4;
export const IOSQE_ASYNC: number = 1 << 4;
export const FSYNC_DATASYNC: number = 1;

export const SETUP_CQSIZE: number = 1 << 3;
export const SETUP_R_DISABLED: number = 1 << 6; // 5.10
export const SETUP_SUBMIT_ALL: number = 1 << 7; // 5.18
export const SETUP_COOP_TASKRUN: number = 1 << 8; // 5.19
export const SETUP_TASKRUN_FLAG: number = 1 << 9; // 5.19
export const SETUP_SINGLE_ISSUER: number = 1 << 12; // 6.0

export const ENTER_GETEVENTS: number = 1;
export const SQ_CQ_OVERFLOW: number = 1 << 1;
export const SQ_TASKRUN: number = 1 << 2;

export const REGISTER_PROBE: number = 8;
export const REGISTER_RESTRICTIONS: number = 11; // 5.10
export const REGISTER_ENABLE_RINGS: number = 12; // 5.10
export const REGISTER_IOWQ_MAX_WORKERS: number = 19; // 5.15
export const PROBE_OP_SUPPORTED: number = 1;

/** `struct io_uring_restriction`: what it is about in 16 bits, then a value in 8. */
export const RESTRICTION_BYTES: number = 16;
export const RESTRICTION_SQE_OP: number = 1;
export const RESTRICTION_SQE_FLAGS_ALLOWED: number = 2;

export const AT_FDCWD: number = -100;
export const AT_SYMLINK_NOFOLLOW: number = 0x100;
export const AT_REMOVEDIR: number = 0x200;
export const AT_EMPTY_PATH: number = 0x1000;
export const STATX_BASIC_STATS_BTIME: number = 0xfff;
export const STATX_BYTES: number = 256;
export const FALLOC_KEEP_SIZE: number = 1;
