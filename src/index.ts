// The public entry: what users hold. No logic.

export { CopyError } from "./api/copy/copy-error.ts";
export type { CopyOptions } from "./api/copy/options.ts";
export type { CopyPath } from "./api/copy/paths.ts";
export type {
  CopyCandidate,
  CopyEntry,
  CopyMethod,
  CopyProgress,
  CopyReport,
  CopyStage,
} from "./api/copy/report.ts";
export type { Writable } from "./api/data.ts";
export {
  appendFile,
  captureStacks,
  chmod,
  chown,
  copy,
  drain,
  exists,
  inFlight,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  readlinkBytes,
  remove,
  rename,
  rmdir,
  stat,
  status,
  symlink,
  unlink,
  utimes,
  walk,
  writeFile,
  writeFileAtomic,
} from "./api/default.ts";
export type { ReadDirectoryOptions } from "./api/directory.ts";
export { DirectoryEntry } from "./api/directory-entry.ts";
export { EverydayCalls } from "./api/everyday-calls.ts";
export { File } from "./api/file.ts";
export { type AllocateOptions, FileAttributes } from "./api/file-attributes.ts";
export { FileStreams } from "./api/file-streams.ts";
export type { HandleState } from "./api/handle.ts";
export { type DrainOptions, Io } from "./api/io.ts";
export type { MakeDirectoryOptions } from "./api/make-directory.ts";
export { Operation } from "./api/operation.ts";
export type {
  CallOptions,
  StatOptions,
  Time,
  TransferOptions,
  VectorOptions,
} from "./api/options.ts";
export type { Path } from "./api/path.ts";
export { PathCalls } from "./api/path-calls.ts";
export type { ReadFileOptions } from "./api/read-file.ts";
export type { RemoveOptions } from "./api/remove.ts";
export type { DrainReport, InFlight, Status } from "./api/report.ts";
export { Scope, type ScopeOptions } from "./api/scope.ts";
export type { ScopePhase } from "./api/scope-state.ts";
export type { FileStat, FileType } from "./api/stat.ts";
export type { LineIterator } from "./api/streams/lines.ts";
export type {
  LinesOptions,
  ReadableOptions,
  ReaderOptions,
  StreamOptions,
  WriterOptions,
} from "./api/streams/options.ts";
export type { WriteFileOptions } from "./api/write-file.ts";
export type { WriteFileAtomicOptions } from "./api/write-file-atomic.ts";
export { InvariantError } from "./base/assert.ts";
export { IoError } from "./base/errors.ts";
export { BufferPool, type BufferPoolOptions, IoBuffer } from "./operation/buffer.ts";
export type { OperationCounts } from "./operation/counts.ts";
export type { OperationState } from "./operation/operation.ts";
export type { Outcome } from "./operation/outcome.ts";
export type { OperationTrace } from "./operation/tracing.ts";
