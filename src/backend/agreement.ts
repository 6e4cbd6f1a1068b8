// What the threads of a process agree on: the choice of the thread that started them, and that the
// process is warned once.
//
// A worker's environment data is what its parent had set when it was started. So a worker skips
// what was found to be of no use, but tries out its own ring. A thread whose parent had not chosen
// chooses for itself and warns nobody, since it cannot know who else does.
import { getEnvironmentData, isMainThread, setEnvironmentData } from "node:worker_threads";

import type { CandidateName, Rejection } from "./rejection.ts";

export interface Choice {
  readonly candidate: CandidateName;
  /** Of those before it. */
  readonly rejected: readonly Rejection[];
}

interface Agreement extends Choice {
  /** One word: whether the process was warned. Null: it is not for this thread to warn. */
  readonly warned: SharedArrayBuffer | null;
}

/** Of this package alone; the number changes with the shape. */
const KEY = "overlapped backend 1";

const WARNING_CODE = "OVERLAPPED_BACKEND";

/** What was chosen here, or by the thread that started this one. */
export function agreed(): Choice | null {
  return read();
}

export function agree({ candidate, rejected }: Choice): void {
  const warned = read()?.warned ?? (isMainThread ? new SharedArrayBuffer(4) : null);
  const agreement: Agreement = { candidate, rejected, warned };
  // Node takes whatever can be cloned; the type of its key and value is wider.
  setEnvironmentData(KEY, agreement as never);
}

/** At most once in a process. */
export function warnOnce(text: string): void {
  const warned = read()?.warned ?? null;
  if (warned === null || Atomics.exchange(new Int32Array(warned), 0, 1) !== 0) return;
  process.emitWarning(text, { type: "OverlappedWarning", code: WARNING_CODE });
}

function read(): Agreement | null {
  return (getEnvironmentData(KEY) as Agreement | undefined) ?? null;
}
