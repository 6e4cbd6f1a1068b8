// The public entry: what users hold. No logic.

export type { Writable } from "./api/data.ts";
export {
  captureStacks,
  drain,
  inFlight,
  link,
  mkdir,
  open,
  rename,
  rmdir,
  stat,
  status,
  symlink,
  unlink,
} from "./api/default.ts";
export { type AllocateOptions, File } from "./api/file.ts";
export type { HandleState } from "./api/handle.ts";
export { type DrainOptions, Io, type StatOptions } from "./api/io.ts";
export { Operation } from "./api/operation.ts";
export type { CallOptions, TransferOptions, VectorOptions } from "./api/options.ts";
export type { Path } from "./api/path.ts";
export type { DrainReport, InFlight, Status } from "./api/report.ts";
export type { FileStat, FileType } from "./api/stat.ts";
export { InvariantError } from "./base/assert.ts";
export { IoError } from "./base/errors.ts";
export { BufferPool, type BufferPoolOptions, IoBuffer } from "./operation/buffer.ts";
export type { OperationState } from "./operation/operation.ts";
export type { Outcome } from "./operation/outcome.ts";
