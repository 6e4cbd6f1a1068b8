// Opening and removing a name in a directory that is open. Unlike by path, nobody can put a
// symbolic link in the way meanwhile, and a tree may be deeper than paths are long.

import { bug } from "../base/assert.ts";
import { O_CLOEXEC } from "../kernel/open-flags.ts";
import type { CopyPath } from "./copy/paths.ts";
import { type File, handleOf, makeFile } from "./file.ts";
import { Handle } from "./handle.ts";
import { type Finish, type Operation, recordOf } from "./operation.ts";
import { type CallOptions, takeOptions } from "./options.ts";
import { type PathCalls, type Start, type Starter, starterFor } from "./path-calls.ts";

/** A name, in a directory; and the path by which errors call it. */
export interface NameAt {
  /** None: the name is a path of its own. */
  readonly directory: File | null;
  readonly name: CopyPath;
  readonly path: string;
}

export function openAt(
  calls: PathCalls,
  { directory, name, path }: NameAt,
  flags: number,
  options: CallOptions | undefined,
): Operation<File> {
  const starter = starterFor(calls, "open");
  const request = { kind: "open", path: name, flags: flags | O_CLOEXEC, mode: 0 } as const;
  const finish: Finish<File> = (completion) =>
    completion.kind === "opened"
      ? makeFile(new Handle(starter.table, completion, path, false))
      : bug(`open: completed as ${completion.kind}`);
  return start(starter, directory, {
    request: directory === null ? request : { ...request, at: handleIn(directory).fd },
    path,
    finish,
    given: takeOptions(options, "open"),
    call: "open",
  });
}

export function unlinkAt(
  calls: PathCalls,
  { directory, name, path }: NameAt,
  isDirectory: boolean,
  options: CallOptions | undefined,
): Operation<void> {
  const request = { kind: "unlink", path: name, isDirectory } as const;
  return start(starterFor(calls, "unlink"), directory, {
    request: directory === null ? request : { ...request, at: handleIn(directory).fd },
    path,
    finish: () => undefined,
    given: takeOptions(options, "unlink"),
    call: "unlink",
  });
}

/** The directory stays open until the operation has ended (P3). */
function start<T>(starter: Starter, directory: File | null, start: Start<T>): Operation<T> {
  const operation = starter.start(start);
  if (directory !== null) handleIn(directory).borrow(recordOf(operation));
  return operation;
}

function handleIn(directory: File): Handle {
  const handle = handleOf(directory) ?? bug("directory: no file");
  handle.checkOpen("use a directory");
  return handle;
}
