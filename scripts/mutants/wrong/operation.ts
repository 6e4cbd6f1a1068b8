// Mistakes in src/operation/: the life of one request and its buffers.

import type { Mutant } from "../mutant.ts";

const OPERATION = "src/operation/operation.ts";
const CANCEL = "src/operation/cancel.ts";
const ORPHAN = "src/operation/orphan.ts";
const BUFFER = "src/operation/buffer.ts";
const TABLE = "src/operation/table.ts";

const UNIT = "unit/operation/operation";
const ORDERS = "unit/operation/operation-orders";
const BUFFERS = "unit/operation/buffer";
const ORPHANS = "unit/operation/lane-orphan";
const CONFORMANCE = "conformance/uring";

export const WRONG_OPERATION: readonly Mutant[] = [
  {
    name: "settle on timeout without completion",
    file: OPERATION,
    find: "() => this.cancel(TIMED_OUT));",
    replace: `() => {
        this.cancel(TIMED_OUT);
        if (this.#state === "canceling") this.#end({ kind: "canceled" });
      });`,
    killers: [
      UNIT,
      ORDERS,
      CONFORMANCE,
      "regress/serial-read-left-after-its-timeout",
      "regress/timed-out-read-fills-the-next-buffer",
    ],
  },
  {
    name: "settle on cancel without completion",
    file: OPERATION,
    find: `    this.#enter("canceling");\n    this.#table.cancel(this);\n`,
    replace: `    this.#enter("canceling");\n    this.#end({ kind: "canceled" });\n`,
    killers: [UNIT, ORDERS, CONFORMANCE],
  },
  {
    name: "aborted before the call and submitted all the same",
    file: OPERATION,
    find: "const cause = abortedBy(signal) ?? end ?? null;",
    replace: "const cause = end ?? null;",
    killers: [UNIT, CONFORMANCE],
  },
  {
    name: "bytes of a late completion dropped",
    file: OPERATION,
    find: "    this.#isWithKernel = false;\n    if (completion",
    replace: `    this.#isWithKernel = false;
    if (this.#state === "canceling") completion = { kind: "canceled" };
    if (completion`,
    killers: [UNIT, ORDERS, CONFORMANCE],
  },
  {
    name: "abandoned open leaks its descriptor",
    file: OPERATION,
    find: "      this.#table.undo(completion, this.path);\n",
    replace: "",
    killers: [
      UNIT,
      CONFORMANCE,
      "regress/canceled-open-leaks-its-descriptor",
      "regress/drained-without-waiting",
    ],
  },
  {
    name: "buffer given back on cancel",
    file: OPERATION,
    find: `    this.#enter("canceling");\n`,
    replace: `    this.#enter("canceling");\n    this.#takeBuffersBack();\n`,
    killers: [UNIT, ORDERS, CONFORMANCE, "regress/memory-released-by-a-cancel"],
  },
  {
    name: "buffer given back on abandon",
    file: OPERATION,
    find: `    this.#enter("abandoned");\n`,
    replace: `    this.#enter("abandoned");\n    this.#takeBuffersBack();\n`,
    killers: [UNIT, ORDERS, CONFORMANCE, "regress/buffer-of-a-dropped-promise"],
  },
  {
    name: "buffer kept after a failure",
    file: OPERATION,
    find: `    this.#takeBuffersBack();
    this.#stopWatching();
    this.#table.release(this);`,
    replace: `    if (completion.kind !== "failed") this.#takeBuffersBack();
    this.#stopWatching();
    this.#table.release(this);`,
    killers: [UNIT, ORDERS, CONFORMANCE],
  },
  {
    name: "slot free before the orphan's end",
    file: OPERATION,
    find: `    this.#enter("abandoned");\n`,
    replace: `    this.#enter("abandoned");
    if (this.#isWithKernel) this.#table.release(this);
`,
    killers: [UNIT, ORDERS, "regress/old-completions-counted-for-new-reads"],
  },
  {
    name: "short write reported as whole",
    file: OPERATION,
    find: "return this.isWhole && advance(request, count);",
    replace: `return this.isWhole && advance(request, count) && request.kind === "read";`,
    killers: [UNIT, "unit/api/close", CONFORMANCE],
  },
  {
    name: "an orphan is not asked to stop",
    file: OPERATION,
    find: "    else if (this.#isWithKernel) this.#table.cancel(this);\n",
    replace: "",
    killers: [UNIT, "unit/api/fence"],
  },
  {
    name: "orphans hold the process",
    file: OPERATION,
    find: "    this.#table.stopHolding(this);\n",
    replace: "",
    killers: [UNIT, "unit/operation/table", "unit/api/io"],
  },
  {
    name: "listener not removed",
    file: CANCEL,
    find: "    each.stopListening();\n",
    replace: "",
    killers: ["unit/operation/cancel", CONFORMANCE],
  },
  {
    name: "a listener for each operation",
    file: CANCEL,
    find: "let entry = entries.get(signal);",
    replace: "let entry: SignalEntry | undefined;",
    killers: ["unit/operation/cancel", CONFORMANCE],
  },
  {
    name: "push-back in the wrong order",
    file: ORPHAN,
    find: "this.#chunks.push(new Uint8Array(bytes));",
    replace: "this.#chunks.unshift(new Uint8Array(bytes));",
    killers: [ORPHANS],
  },
  {
    name: "push-back keeps no copy",
    file: ORPHAN,
    find: "this.#chunks.push(new Uint8Array(bytes));",
    replace: "this.#chunks.push(bytes);",
    killers: [ORPHANS],
  },
  {
    name: "order lost at the fence",
    file: ORPHAN,
    find: "const released = [...this.#waiting];",
    replace: "const released = [...this.#waiting].reverse();",
    killers: [ORPHANS, "unit/api/fence"],
  },
  {
    name: "quarantine not capped",
    file: ORPHAN,
    find: "return this.#bytes + bytes <= QUARANTINE_BYTES_MAX;",
    replace: "return this.#bytes + bytes <= Infinity;",
    killers: [ORPHANS],
  },
  {
    name: "pool hands out a quarantined buffer",
    file: BUFFER,
    find: "if (pool !== null) pool.#quarantined++;",
    replace: `if (pool === null) return;
      pool.#quarantined++;
      pool.#taken.delete(buffer);
      pool.#free.push(buffer);`,
    killers: [BUFFERS],
  },
  {
    name: "a lent buffer can be lent again",
    file: BUFFER,
    find: `      if (buffer.#memory.isLent) {
        throw typeError(
          "Cannot use`,
    replace: `      if (buffer.#memory.isLent && buffer.#pool !== null) {
        throw typeError(
          "Cannot use`,
    killers: [BUFFERS, CONFORMANCE],
  },
  {
    name: "a slot's generation not advanced",
    file: TABLE,
    find: "const next = last === GENERATION_MAX ? GENERATION_FIRST : last + 1;",
    replace: "const next = GENERATION_FIRST;",
    killers: [UNIT, "unit/operation/table", "regress/cancel-hits-the-next-one"],
  },
  {
    name: "a completion's generation not looked at",
    file: TABLE,
    find: "|| this.#generations[slot] !== generationOf(id)) {",
    replace: "|| generationOf(id) === 0) {",
    killers: ["unit/operation/table", UNIT],
  },
  {
    name: "who waits for a slot is forgotten",
    file: TABLE,
    find: "    if (this.#waiting.size > 0) this.#placeNext();\n",
    replace: "",
    killers: ["unit/operation/table"],
  },
  {
    name: "a close is refused when too many wait",
    file: TABLE,
    find: `this.#waiting.size < QUEUED_MAX || record.request.kind === "close"`,
    replace: "this.#waiting.size < QUEUED_MAX",
    killers: ["unit/operation/table"],
  },
  {
    name: "quiet before the last has ended",
    file: TABLE,
    find: "if (this.liveCount > 0 || this.#quietListeners",
    replace: "if (this.liveCount > 1 || this.#quietListeners",
    killers: ["unit/operation/table", "unit/api/io", CONFORMANCE],
  },
];
