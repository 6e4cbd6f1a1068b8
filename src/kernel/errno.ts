// Linux errno numbers by name, with what they mean. The numbers are those of every architecture
// that Node runs on; names come from errno(3).

const TABLE: readonly (readonly [number, string, string])[] = [
  [1, "EPERM", "operation not permitted"],
  [2, "ENOENT", "no such file or directory"],
  [4, "EINTR", "interrupted system call"],
  [5, "EIO", "input/output error"],
  [6, "ENXIO", "no such device or address"],
  [7, "E2BIG", "argument list too long"],
  [9, "EBADF", "bad file descriptor"],
  [11, "EAGAIN", "resource temporarily unavailable"],
  [12, "ENOMEM", "cannot allocate memory"],
  [13, "EACCES", "permission denied"],
  [14, "EFAULT", "bad address"],
  [15, "ENOTBLK", "block device required"],
  [16, "EBUSY", "device or resource busy"],
  [17, "EEXIST", "file exists"],
  [18, "EXDEV", "cross-device link"],
  [19, "ENODEV", "no such device"],
  [20, "ENOTDIR", "not a directory"],
  [21, "EISDIR", "is a directory"],
  [22, "EINVAL", "invalid argument"],
  [23, "ENFILE", "too many open files in system"],
  [24, "EMFILE", "too many open files"],
  [25, "ENOTTY", "inappropriate ioctl for device"],
  [26, "ETXTBSY", "text file busy"],
  [27, "EFBIG", "file too large"],
  [28, "ENOSPC", "no space left on device"],
  [29, "ESPIPE", "illegal seek"],
  [30, "EROFS", "read-only file system"],
  [31, "EMLINK", "too many links"],
  [32, "EPIPE", "broken pipe"],
  [34, "ERANGE", "result out of range"],
  [35, "EDEADLK", "resource deadlock avoided"],
  [36, "ENAMETOOLONG", "file name too long"],
  [37, "ENOLCK", "no locks available"],
  [38, "ENOSYS", "function not implemented"],
  [39, "ENOTEMPTY", "directory not empty"],
  [40, "ELOOP", "too many levels of symbolic links"],
  [61, "ENODATA", "no data available"],
  [62, "ETIME", "timer expired"],
  [67, "ENOLINK", "link has been severed"],
  [70, "ECOMM", "communication error on send"],
  [71, "EPROTO", "protocol error"],
  [74, "EBADMSG", "bad message"],
  [75, "EOVERFLOW", "value too large for defined data type"],
  [84, "EILSEQ", "invalid or incomplete multibyte character"],
  [85, "ERESTART", "interrupted system call should be restarted"],
  [88, "ENOTSOCK", "socket operation on non-socket"],
  [95, "EOPNOTSUPP", "operation not supported"],
  [103, "ECONNABORTED", "software caused connection abort"],
  [104, "ECONNRESET", "connection reset by peer"],
  [105, "ENOBUFS", "no buffer space available"],
  [107, "ENOTCONN", "transport endpoint is not connected"],
  [108, "ESHUTDOWN", "cannot send after transport endpoint shutdown"],
  [110, "ETIMEDOUT", "connection timed out"],
  [111, "ECONNREFUSED", "connection refused"],
  [112, "EHOSTDOWN", "host is down"],
  [113, "EHOSTUNREACH", "no route to host"],
  [114, "EALREADY", "operation already in progress"],
  [115, "EINPROGRESS", "operation now in progress"],
  [116, "ESTALE", "stale file handle"],
  [117, "EUCLEAN", "structure needs cleaning"],
  [121, "EREMOTEIO", "remote input/output error"],
  [122, "EDQUOT", "disk quota exceeded"],
  [123, "ENOMEDIUM", "no medium found"],
  [124, "EMEDIUMTYPE", "wrong medium type"],
  [125, "ECANCELED", "operation canceled"],
  [126, "ENOKEY", "required key not available"],
  [130, "EOWNERDEAD", "owner died"],
  [133, "EHWPOISON", "memory page has a hardware error"],
];

const BY_NUMBER: ReadonlyMap<number, readonly [string, string]> = new Map(
  TABLE.map(([number, name, meaning]) => [number, [name, meaning]]),
);

const BY_NAME: ReadonlyMap<string, number> = new Map(TABLE.map(([number, name]) => [name, number]));

/** The number of an errno that is in the table, such as `errno("ENOENT")`, which is 2. */
export function errno(name: string): number {
  return BY_NAME.get(name) ?? 0;
}

/** Total: a number that is not in the table is called by its number, such as `ERRNO_250`. */
export function errnoName(number: number): string {
  return BY_NUMBER.get(number)?.[0] ?? `ERRNO_${number}`;
}

export function errnoMeaning(number: number): string {
  return BY_NUMBER.get(number)?.[1] ?? `unknown error ${number}`;
}

/** All names, for the docs' check. */
export const ERRNO_NAMES: readonly string[] = TABLE.map(([, name]) => name);

export const EPERM: number = 1;
export const ENOENT: number = 2;
export const EINTR: number = 4;
export const ENXIO: number = 6;
export const EBADF: number = 9;
export const EAGAIN: number = 11;
export const ENOMEM: number = 12;
export const EFAULT: number = 14;
export const EBUSY: number = 16;
export const EISDIR: number = 21;
export const ENOTTY: number = 25;
export const EINVAL: number = 22;
export const ENOSYS: number = 38;
export const EOPNOTSUPP: number = 95;
export const ECANCELED: number = 125;
/** The kernel's own "restart me" numbers, which no system call shows but io_uring does. */
export const ERESTARTSYS: number = 512;
export const ERESTART_LAST: number = 516;
/** The greatest number that the kernel ever answers as an error. */
export const ERRNO_MAX: number = 4095;
