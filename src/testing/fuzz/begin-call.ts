// From an action to the call of the public interface that it stands for.

import type { File } from "../../api/file.ts";
import type { Io } from "../../api/io.ts";
import type { Operation } from "../../api/operation.ts";
import { bug } from "../../base/assert.ts";
import type { IoBuffer } from "../../operation/buffer.ts";
import type { CallAction, FileAction, PathAction, TransferAction } from "./action.ts";
import { fill } from "./bytes.ts";

export interface Means {
  readonly io: Io;
  /** The file that is meant, if one is. */
  readonly file: File | undefined;
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
    case "stat":
    case "sync":
    case "datasync":
    case "truncate":
    case "allocate":
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
  const buffer = means.buffers[0] ?? bug("fuzz: a transfer without a buffer");
  const { offset, length } = action;
  return file[kind](buffer, { ...options, offset, length });
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
    default:
      return file[action.kind](options);
  }
}

function changeName(action: PathAction, io: Io, options: Options): Operation<unknown> {
  const { path, to } = action;
  switch (action.kind) {
    case "stat path":
      return io.stat(path, options);
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

function fileOf({ file }: Means): File {
  return file ?? bug("fuzz: a call without its file");
}
