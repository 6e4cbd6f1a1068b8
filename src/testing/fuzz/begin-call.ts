// From an action to the call of the public interface that it stands for.

import type { File } from "../../api/file.ts";
import { cloneFile, copyFiles, copyRange, listFile, seekFile } from "../../api/file-work.ts";
import type { Io } from "../../api/io.ts";
import type { Operation } from "../../api/operation.ts";
import { bug } from "../../base/assert.ts";
import type { IoBuffer } from "../../operation/buffer.ts";
import type {
  CallAction,
  CopyFilesAction,
  FileAction,
  PairAction,
  PathAction,
  TransferAction,
} from "./action.ts";
import { fill } from "./bytes.ts";

const PERMISSIONS = 0o777;
const [MODE, OWNER, TIME] = [0o640, 7, 1e12];

export interface Means {
  readonly io: Io;
  /** The file that is meant, if one is. */
  readonly file: File | undefined;
  /** Another one, of which bytes are taken. */
  readonly source: File | undefined;
  readonly buffers: readonly IoBuffer[];
  readonly signal: AbortSignal | undefined;
}

export function beginCall(action: CallAction, means: Means): Operation<unknown> {
  const { signal } = means;
  const options = { signal, timeoutMs: action.timeoutMs };
  switch (action.kind) {
    case "open":
      return means.io.open(action.path, action.flags, 0o666, options);
    case "close":
      return fileOf(means).close(options);
    case "readv":
    case "writev": {
      const file = fileOf(means);
      return file[action.kind](means.buffers, { ...options, position: positionFor(file, action) });
    }
    case "read":
    case "readFully":
    case "write":
    case "writeAll":
      return transfer(action, means);
    case "list":
      return listFile(fileOf(means), bufferOf(means), options);
    case "copyRange":
    case "clone":
      return copyWithin(action, means, options);
    case "copyFiles":
      return copyNamed(action, means.io, options);
    case "stat":
    case "sync":
    case "datasync":
    case "truncate":
    case "allocate":
    case "chmod":
    case "chown":
    case "utimes":
    case "seek":
      return changeFile(action, fileOf(means), options);
    default:
      return changeName(action, means.io, options);
  }
}

/** The bytes that a call writes which are not in a buffer. */
export function bytesFor({ length, call }: TransferAction): Uint8Array {
  return fill(new Uint8Array(length), call);
}

type Options = { readonly signal: AbortSignal | undefined; readonly timeoutMs: number | undefined };

function transfer(action: TransferAction, means: Means): Operation<unknown> {
  const file = fileOf(means);
  const { signal } = means;
  const { kind, timeoutMs } = action;
  const options = { signal, timeoutMs, position: positionFor(file, action) };
  if (action.from === "bytes" && (kind === "write" || kind === "writeAll")) {
    return file[kind](bytesFor(action), options);
  }
  const { offset, length } = action;
  return file[kind](bufferOf(means), { ...options, offset, length });
}

/** A stream has no positions. */
function positionFor(file: File, action: { readonly position?: number | undefined }) {
  return file.isStream ? undefined : action.position;
}

function changeFile(action: FileAction, file: File, options: Options): Operation<unknown> {
  switch (action.kind) {
    case "truncate":
      return file.truncate(action.length, options);
    case "allocate": {
      const { offset, length, keepSize } = action;
      return file.allocate(offset, length, { ...options, keepSize });
    }
    case "chmod":
      return file.chmod(action.length & PERMISSIONS, options);
    case "chown":
      return file.chown(action.offset, action.length, options);
    case "utimes":
      return file.utimes(action.offset, action.length, options);
    case "seek":
      return seekFile(file, action.keepSize ? "hole" : "data", action.offset, options);
    default:
      return file[action.kind](options);
  }
}

function copyWithin(action: PairAction, means: Means, options: Options): Operation<unknown> {
  const target = fileOf(means);
  const source = means.source ?? bug("fuzz: a copy without its source");
  return action.kind === "clone"
    ? cloneFile(source, target, options)
    : copyRange(source, target, action, options);
}

function copyNamed(action: CopyFilesAction, io: Io, options: Options): Operation<unknown> {
  const { path: from, to, names } = action;
  return copyFiles(io, { from, to, names, preserve: true }, options);
}

function changeName(action: PathAction, io: Io, options: Options): Operation<unknown> {
  const { path, to } = action;
  switch (action.kind) {
    case "stat path":
      return io.stat(path, options);
    case "lstat":
      return io.lstat(path, options);
    case "readlink":
      return io.readlink(path, options);
    case "chmod path":
      return io.chmod(path, MODE, options);
    case "chown path":
      return io.chown(path, OWNER, OWNER, options);
    case "utimes path":
      return io.utimes(path, TIME, TIME, options);
    case "rename":
      return io.rename(path, to, options);
    case "link":
      return io.link(path, to, options);
    case "symlink":
      return io.symlink(path, to, options);
    case "unlink":
      return io.unlink(path, options);
    case "rmdir":
      return io.rmdir(path, options);
    case "mkdir":
      return io.mkdir(path, 0o777, options);
  }
}

function bufferOf({ buffers }: Means): IoBuffer {
  return buffers[0] ?? bug("fuzz: a call without its buffer");
}

function fileOf({ file }: Means): File {
  return file ?? bug("fuzz: a call without its file");
}
