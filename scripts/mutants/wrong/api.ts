// Mistakes in src/api/: handles, promises, and the end of a program.

import type { Mutant } from "../mutant.ts";

const HANDLE = "src/api/handle.ts";
const PROMISE = "src/api/operation.ts";
const IO = "src/api/io.ts";

const CLOSE = "unit/api/close";
const FENCE = "unit/api/fence";
const POSITIONS = "unit/api/positions";
const STREAMS = "unit/api/streams";
const UNHANDLED = "unit/api/unhandled";
const CONFORMANCE = "conformance/uring";

export const WRONG_API: readonly Mutant[] = [
  {
    name: "close does not wait",
    file: HANDLE,
    find: "if (this.#live.count > 0 || this.#borrowers.size > 0) return;",
    replace: "if (this.#borrowers.size > 0) return;",
    killers: [
      CLOSE,
      CONFORMANCE,
      "regress/descriptor-number-used-again",
      "regress/serial-line-closed-while-read",
    ],
  },
  {
    name: "close twice",
    file: HANDLE,
    find: "if (this.#closing !== null) return this.#closing;",
    replace: `if (this.#closing !== null && this.#state === "closed") return this.#closing;`,
    killers: [CLOSE, CONFORMANCE],
  },
  {
    name: "new work accepted while closing",
    file: HANDLE,
    find: `if (this.#state === "open") return;`,
    replace: `if (this.#state !== "closed") return;`,
    killers: [CLOSE, CONFORMANCE],
  },
  {
    name: "a close that is canceled leaves the descriptor open",
    file: HANDLE,
    find: `if (record.request.kind !== "close") return false;`,
    replace: `if (record.request.kind !== "close" || this.#live.count > 0) return false;`,
    killers: [CLOSE, "regress/close-cut-short-reason", CONFORMANCE],
  },
  {
    name: "the time limit of a close not looked at",
    file: HANDLE,
    find: "const watched = hasAborted ? { ...given, signal: undefined } : given;",
    replace: "const watched = { ...given, timeoutMs: undefined };",
    killers: [CLOSE, CONFORMANCE],
  },
  {
    name: "close cancels pending writes",
    file: HANDLE,
    find: "this.#cancelForClose(mayWaitForEver);",
    replace: "this.#cancelForClose(() => true);",
    killers: [CLOSE, CONFORMANCE],
  },
  {
    name: "fence missing",
    file: HANDLE,
    find: "if (raisesFence(record.request)) this.#fence.raise();",
    replace: "void record;",
    killers: [FENCE, "regress/abandoned-write-lands-after-its-retry"],
  },
  {
    name: "sync passes the fence",
    file: HANDLE,
    find: `raisesFence(request) || request.kind === "fsync" || request.kind === "fdatasync"`,
    replace: "raisesFence(request)",
    killers: [FENCE],
  },
  {
    name: "push-back forgotten",
    file: HANDLE,
    find: "this.#keep(record.takenBytes(buffers));",
    replace: "void buffers;",
    killers: [STREAMS, CONFORMANCE],
  },
  {
    name: "reads of a stream in parallel",
    file: HANDLE,
    find: "return isTransfer(request) && (this.isStream || request.position === NO_POSITION);",
    replace: "return isTransfer(request) && !this.isStream && request.position === NO_POSITION;",
    killers: [STREAMS, CONFORMANCE],
  },
  {
    name: "position advanced by an abandoned read",
    file: HANDLE,
    find: `completion.kind === "done" && !isOrphan;`,
    replace: `completion.kind === "done";`,
    killers: [POSITIONS],
  },
  {
    name: "position advanced by a canceled read",
    file: HANDLE,
    find: "(isDelivered || !isRead(record.request))",
    replace: `(completion.kind !== "failed" && !isOrphan)`,
    killers: [POSITIONS],
  },
  {
    name: "all rejections count as handled",
    file: PROMISE,
    find: "if (isOwn) this.then(undefined, ignore);",
    replace: "this.then(undefined, ignore);",
    killers: [UNHANDLED],
  },
  {
    name: "the program's own cancel is an unhandled rejection",
    file: PROMISE,
    find: "if (isOwn) this.then(undefined, ignore);",
    replace: "void isOwn;",
    killers: [UNHANDLED],
  },
  {
    name: "drain returns with work in flight",
    file: IO,
    find: "async #untilQuiet(): Promise<void> {",
    replace: `async #untilQuiet(): Promise<void> {
    if (this.#core.table.liveCount > 0) return;`,
    killers: ["unit/api/io", CONFORMANCE],
  },
  {
    name: "drain does not wait for what follows",
    file: IO,
    find: "while (this.#core.table.liveCount > 0);",
    replace: "while (false);",
    killers: ["regress/drain-follows-up", "unit/api/io", CONFORMANCE],
  },
  {
    name: "drain waits for reads that wait for ever",
    file: IO,
    find: "(record) => mayWaitForEver(record.request)",
    replace: "() => false",
    killers: ["unit/api/io", CONFORMANCE],
  },
];
