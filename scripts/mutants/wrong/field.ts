// Mistakes that other libraries have made, as `docs/regressions.md` tells, and that no other list
// has.

import type { Mutant } from "../mutant.ts";

const OPERATION = "src/operation/operation.ts";
const HANDLE = "src/api/handle.ts";

const BACK = `    this.#takeBuffersBack();
    this.#stopWatching();
    this.#table.release(this);`;
const LEND = `    for (const buffer of this.#buffers) lendBuffer(buffer);
    if (signal`;

export const WRONG_FIELD: readonly Mutant[] = [
  {
    name: "a record forgets the buffers that it has lent",
    file: OPERATION,
    find: LEND,
    replace: `    for (const buffer of this.#buffers) lendBuffer(buffer);
    if (!this.#isCopy) this.#buffers = NO_BUFFERS;
    if (signal`,
    killers: ["regress/buffer-collected-while-in-flight"],
  },
  {
    name: "the memory of a copy is given out again before its write has ended",
    file: OPERATION,
    find: LEND,
    replace: `    for (const buffer of this.#buffers) lendBuffer(buffer);
    if (this.#isCopy) for (const buffer of this.#buffers) returnCopy(buffer);
    if (signal`,
    killers: ["regress/write-memory-reused-by-a-close"],
  },
  {
    name: "a canceled read that has succeeded keeps its buffer",
    file: OPERATION,
    find: BACK,
    replace: `    if (completion.kind !== "done" || this.cause === null) this.#takeBuffersBack();
    this.#stopWatching();
    this.#table.release(this);`,
    killers: ["regress/canceled-success-keeps-its-buffer"],
  },
  {
    name: "a settled operation is asked to stop",
    file: OPERATION,
    find: `    if (this.#state !== "queued" && this.#state !== "submitted") return;\n`,
    replace: `    if (this.#state === "canceling" || this.#state === "abandoned") return;\n`,
    killers: ["regress/cancel-after-close"],
  },
  {
    name: "an abandoned open is closed twice",
    file: "src/operation/table.ts",
    find: "    new OperationRecord(this, options, NOBODY).begin(undefined, undefined);\n",
    replace: `    new OperationRecord(this, options, NOBODY).begin(undefined, undefined);
    new OperationRecord(this, options, NOBODY).begin(undefined, undefined);
`,
    killers: ["regress/opened-before-it-was-noted"],
  },
  {
    name: "an abort asks nobody to stop",
    file: "src/operation/cancel.ts",
    find: "      link.target.cancel(cause);\n",
    replace: "      void cause;\n",
    killers: ["regress/canceled-from-another-thread"],
  },
  {
    name: "handles share what was put back",
    file: HANDLE,
    find: "  readonly #pushBack: PushBack = new PushBack();",
    replace: `  static readonly #left: PushBack = new PushBack();
  readonly #pushBack: PushBack = Handle.#left;`,
    killers: ["regress/bytes-of-the-last-connection"],
  },
  {
    name: "a close is not told that the last operation has ended",
    file: HANDLE,
    find: `    if (next !== null) this.#giveTurn(next);
    this.#closeWhenIdle();
  }`,
    replace: `    if (next !== null) this.#giveTurn(next);
  }`,
    killers: ["regress/closed-from-its-own-callback"],
  },
  {
    name: "all cancels have one name",
    file: "src/backend/uring/backend.ts",
    find: "generationOf(entry.id), (slot | CANCEL_BIT) >>> 0);",
    replace: "generationOf(entry.id), CANCEL_BIT >>> 0);",
    killers: ["regress/cancels-that-share-a-record"],
  },
  {
    name: "the first of two completions is taken for the last",
    file: "src/backend/sim/backend.ts",
    find: `    if (isMore && answer !== null && answer.kind !== "interrupted") {`,
    replace: `    if (isMore && answer === null) {`,
    killers: ["regress/first-of-two-completions-taken-for-the-last"],
  },
];
