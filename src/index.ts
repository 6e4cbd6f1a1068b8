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
  eventfd,
  exists,
  fromFd,
  inFlight,
  inotify,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  openPipe,
  openPty,
  openStream,
  openTty,
  pipe,
  readdir,
  readFile,
  readlink,
  readlinkBytes,
  remove,
  rename,
  rmdir,
  stat,
  status,
  stderr,
  stdin,
  stdout,
  symlink,
  timer,
  unlink,
  utimes,
  walk,
  writeFile,
  writeFileAtomic,
} from "./api/default.ts";
export type { ReadDirectoryOptions } from "./api/directory.ts";
export { DirectoryEntry } from "./api/directory-entry.ts";
export { EventCounter, type EventCounterOptions } from "./api/event-counter.ts";
export { EverydayCalls } from "./api/everyday-calls.ts";
export { File } from "./api/file.ts";
export { type AllocateOptions, FileAttributes } from "./api/file-attributes.ts";
export { FileStreams } from "./api/file-streams.ts";
export { type FileEvent, FileWatcher, type WatchOptions } from "./api/file-watcher.ts";
export type { HandleState } from "./api/handle.ts";
export type { FromFdOptions } from "./api/inherited.ts";
export { type DrainOptions, Io, type IoOptions } from "./api/io.ts";
export { KernelTimer, type KernelTimerOptions } from "./api/kernel-timer.ts";
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
export type { Pipe, PipeFlags } from "./api/pipe.ts";
export type { ReadFileOptions } from "./api/read-file.ts";
export type { ReadUntilOptions } from "./api/read-until.ts";
export type { RemoveOptions } from "./api/remove.ts";
export type { DrainReport, InFlight, Status } from "./api/report.ts";
export { Scope, type ScopeOptions } from "./api/scope.ts";
export type { ScopePhase } from "./api/scope-state.ts";
export type { FileStat, FileType } from "./api/stat.ts";
export { StreamCalls } from "./api/stream-calls.ts";
export { type PartOptions, StreamHandle } from "./api/stream-handle.ts";
export type { LineIterator } from "./api/streams/lines.ts";
export type {
  LinesOptions,
  ReadableOptions,
  ReaderOptions,
  StreamOptions,
  WriterOptions,
} from "./api/streams/options.ts";
export type { Readiness } from "./api/transfers.ts";
export type { AskHistory, AskOptions } from "./api/tty/ask-options.ts";
export { ask } from "./api/tty/ask-stdin.ts";
export type { Complete, Completions } from "./api/tty/line-editor.ts";
export type { ModemLines } from "./api/tty/modem-lines.ts";
export type { TtyModeChanges, TtyModes } from "./api/tty/modes.ts";
export type { OpenTtyOptions, Pty } from "./api/tty/open-tty.ts";
export type { TtySize } from "./api/tty/size.ts";
export { Tty } from "./api/tty/tty.ts";
export type { WatchableEvent, WatchEvent } from "./api/watch-events.ts";
export type { WriteFileOptions } from "./api/write-file.ts";
export type { WriteFileAtomicOptions } from "./api/write-file-atomic.ts";
export type {
  BackendName,
  CandidateName,
  Rejection,
  RejectionCode,
} from "./backend/rejection.ts";
export { InvariantError } from "./base/assert.ts";
export { IoError } from "./base/errors.ts";
export type { DescriptorKind } from "./kernel/descriptors.ts";
export type { WaitingBytes } from "./kernel/terminal.ts";
export { BufferPool, type BufferPoolOptions, IoBuffer } from "./operation/buffer.ts";
export type { OperationCounts } from "./operation/counts.ts";
export type { OperationState } from "./operation/operation.ts";
export type { Outcome } from "./operation/outcome.ts";
export type { OperationTrace } from "./operation/tracing.ts";
