// The head of a file: all of it if it is small, and then nothing is open; else the file, open, to
// read on.

import type { Completion } from "../backend/contract.ts";
import { bug } from "../base/assert.ts";
import type { CopyPath } from "./copy/paths.ts";
import { shownPath } from "./copy/paths.ts";
import { type File, makeFile } from "./file.ts";
import { Handle } from "./handle.ts";
import { takeOptions } from "./options.ts";
import { starterFor } from "./path-calls.ts";
import type { Whole } from "./whole.ts";

/** `value` is the content of a small file. `bytes` are the first ones of any other. */
export type Head<T> =
  | { readonly file: null; readonly value: T }
  | { readonly file: File; readonly bytes: Uint8Array };

const NOTHING = new Uint8Array(0);

/**
 * Reads a file of fewer than `length` bytes, of which `finish` makes the value: it must copy them.
 * What was read of it is counted.
 */
export function readHead<T>(
  whole: Whole,
  path: CopyPath,
  length: number,
  finish: (content: Uint8Array) => T,
): Promise<Head<T>> {
  const starter = starterFor(whole.calls, whole.call);
  const take = (completion: Completion): Head<T> => {
    if (completion.kind === "content") {
      whole.bytesTransferred += completion.bytes.byteLength;
      return { file: null, value: finish(completion.bytes) };
    }
    if (completion.kind !== "opened") return bug(`head: completed as ${completion.kind}`);
    const bytes = completion.bytes?.slice() ?? NOTHING;
    whole.bytesTransferred += bytes.byteLength;
    const handle = new Handle(starter.table, completion, shownPath(path), false);
    handle.moveTo(bytes.byteLength);
    return { file: makeFile(handle), bytes };
  };
  return starter.start<Head<T>>({
    request: { kind: "readFile", path, length },
    path: whole.path,
    finish: take,
    given: takeOptions(whole.options, whole.call),
    call: whole.call,
  });
}
