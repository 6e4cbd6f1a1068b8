// Pipes: a pair made here, or a FIFO that has a path.

import { bug } from "../base/assert.ts";
import { ownError, shown, typeError } from "../base/errors.ts";
import type { DescriptorKind } from "../kernel/descriptors.ts";
import { O_CLOEXEC, O_NOCTTY, O_RDONLY, O_RDWR, O_WRONLY } from "../kernel/open-flags.ts";
import { Handle } from "./handle.ts";
import { coreOf, Making } from "./making.ts";
import type { Finish, Operation } from "./operation.ts";
import { type CallOptions, checkFlags, takeOptions } from "./options.ts";
import { checkPath, type Path } from "./path.ts";
import { type PathCalls, starterFor } from "./path-calls.ts";
import type { StreamHandle } from "./stream-handle.ts";
import { streamOf } from "./stream-kinds.ts";

/** Both ends of a pipe. */
export interface Pipe {
  /** Its end, 0 bytes, comes when the last writer has been closed. */
  readonly reader: StreamHandle;
  /** Rejects with `EPIPE` when the last reader has been closed. */
  readonly writer: StreamHandle;
}

/** How a FIFO is opened. */
export type PipeFlags = "r" | "w" | "r+";

const PIPE_FLAGS: Readonly<Record<PipeFlags, number>> = {
  r: O_RDONLY,
  w: O_WRONLY,
  "r+": O_RDWR,
};

/** See `StreamCalls.pipe`. */
export function makePipe(calls: PathCalls): Pipe {
  const making = new Making(calls, "pipe");
  const { reader, writer } = making.checked(making.descriptors.pipe());
  const { name } = making.describe(reader);
  const [readerHandle, writerHandle] = [making.handle(reader, name), making.handle(writer, name)];
  return { reader: streamOf(readerHandle, "fifo"), writer: streamOf(writerHandle, "fifo") };
}

/** See `StreamCalls.openPipe`. */
export function openPipe(
  calls: PathCalls,
  path: Path,
  flags: PipeFlags,
  options: CallOptions | undefined,
): Operation<StreamHandle> {
  if (typeof flags !== "string" || !Object.hasOwn(PIPE_FLAGS, flags)) {
    throw typeError(
      `Cannot openPipe: flags are ${shown(flags)}, wanted "r", "w" or "r+"`,
      typeof flags === "string" ? "ERR_INVALID_ARG_VALUE" : "ERR_INVALID_ARG_TYPE",
    );
  }
  return open(calls, path, PIPE_FLAGS[flags], options, "openPipe");
}

/** See `StreamCalls.openStream`. */
export function openStream(
  calls: PathCalls,
  path: Path,
  flags: string | number,
  options: CallOptions | undefined,
): Operation<StreamHandle> {
  return open(calls, path, checkFlags(flags, "openStream"), options, "openStream");
}

/** Mode of what is made, less the process's umask. */
const MODE = 0o666;

function open(
  calls: PathCalls,
  path: Path,
  flags: number,
  options: CallOptions | undefined,
  call: "openPipe" | "openStream",
): Operation<StreamHandle> {
  const { raw, shown: name } = checkPath(path, call);
  const given = takeOptions(options, call);
  const starter = starterFor(calls, call);
  const { descriptors, table } = coreOf(starter);
  const finish: Finish<StreamHandle> = (completion) => {
    if (completion.kind !== "opened") return bug(`${call}: completed as ${completion.kind}`);
    const { fd } = completion;
    const kind = kindOf(descriptors?.describe(fd), completion.isStream);
    if (call === "openPipe" && kind !== "fifo") {
      table.undo(completion, name);
      return ownError("ERR_NOT_A_PIPE", { syscall: call, path: name });
    }
    return streamOf(new Handle(table, { ...completion, isStream: true }, name, false), kind);
  };
  const allFlags = flags | O_CLOEXEC | O_NOCTTY;
  const request = { kind: "open", path: raw, flags: allFlags, mode: MODE } as const;
  return starter.start({ request, path: name, finish, given, call });
}

/** Where no kernel can be asked, as on a simulated one, all streams are FIFOs. */
function kindOf(
  description: { readonly kind: DescriptorKind } | number | undefined,
  isStream: boolean,
): DescriptorKind {
  if (typeof description === "object") return description.kind;
  return isStream ? "fifo" : "file";
}
