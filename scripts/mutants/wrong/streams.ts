// Mistakes in what has no positions: units, turns, readiness, and what is inherited.

import type { Mutant } from "../mutant.ts";

const GATHER = "src/api/gather.ts";
const HANDLE = "src/api/handle.ts";
const INHERITED = "src/api/inherited.ts";
const LANE = "src/operation/lane.ts";

const UNITS = "unit/api/stream-handle";
const MADE = "unit/api/stream-handle-made";
const READY = "unit/api/stream-handle-ready";
const RANDOM = "unit/api/stream-handle-random";

export const WRONG_STREAMS: readonly Mutant[] = [
  {
    name: "bytes of a unit that was stopped are lost",
    file: GATHER,
    find: "this.#end(this.#gathered(), () => this.#reject(error));",
    replace: "this.#end(NOTHING, () => this.#reject(error));",
    killers: [UNITS, RANDOM],
  },
  {
    name: "bytes behind a unit are lost",
    file: GATHER,
    find: "this.#end(bytes.subarray(length), () =>",
    replace: "this.#end(NOTHING, () =>",
    killers: [UNITS, RANDOM],
  },
  {
    name: "a unit goes on reading although it was asked to stop",
    file: GATHER,
    find: "else if (cause !== null) this.#stopFor(cause);",
    replace: "else if (cause !== null && length < 0) this.#stopFor(cause);",
    killers: [UNITS, RANDOM],
  },
  {
    name: "a unit that is all there is refused because of a cancel",
    file: GATHER,
    find: "if (length > 0) {",
    replace: "if (length > 0 && cause === null) {",
    killers: [UNITS],
  },
  {
    name: "the next read has its turn before the bytes are back",
    file: GATHER,
    find: "this.#handle.putBack([rest]);\n    tell();\n    this.#handle.endTurn(this);",
    replace: "this.#handle.endTurn(this);\n    tell();\n    this.#handle.putBack([rest]);",
    killers: [UNITS, RANDOM],
  },
  {
    name: "readUntil forgets that a delimiter may come in parts",
    file: "src/api/read-until.ts",
    find: "const from = Math.max(0, knownBytes - byteLength + 1);",
    replace: "const from = knownBytes;",
    killers: [UNITS],
  },
  {
    name: "other reads come between the parts of a unit",
    file: LANE,
    find: "this.#holder = turn ?? null;",
    replace: "this.#holder = null;",
    killers: [UNITS, RANDOM],
  },
  {
    name: "a turn that is over is never given on",
    file: HANDLE,
    find: "const next = this.#readLane.release(turn);",
    replace: "const next = turn === this ? this.#readLane.release(turn) : null;",
    killers: [UNITS],
  },
  {
    name: "ready() does not hear of bytes that were put back",
    file: HANDLE,
    find: "if (isPollForInput(record.request) && record.isWithKernel) this.table.satisfy(record);",
    replace: "void record;",
    killers: [READY],
  },
  {
    name: "ready() asks the kernel although bytes are in front",
    file: HANDLE,
    find: "const isServed = isRead(request) || isPollForInput(request);",
    replace: "const isServed = isRead(request);",
    killers: [READY],
  },
  {
    name: "the given descriptor itself is used, and closed",
    file: INHERITED,
    find: "making.checked<number>(descriptors.duplicate(fd));",
    replace: "fd;",
    killers: [MADE],
  },
  {
    name: "a terminal's open file is shared, whose writes wait in the call",
    file: INHERITED,
    find: 'kind === "tty" ? descriptors.reopen(fd) : -1',
    replace: "-1",
    killers: [MADE],
  },
  {
    name: "what stdin() had read when it was closed is lost",
    file: INHERITED,
    find: "handle.whenClosed(() => this.#keep(handle));",
    replace: "handle.whenClosed(() => handle.take(0));",
    killers: [MADE],
  },
  {
    name: "the position of a shared file is not locked",
    file: INHERITED,
    find: 'handle.isSharingPosition = kind === "file" || kind === "block";',
    replace: "handle.isSharingPosition = false;",
    killers: [MADE],
  },
  {
    name: "what is made in a scope is nobody's",
    file: "src/api/making.ts",
    find: "if (this.#starter instanceof ScopeState) this.#starter.take(handle);",
    replace: "",
    killers: [MADE],
  },
];
