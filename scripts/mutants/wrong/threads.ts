// Mistakes in calls that threads of the shim make, since no ring has an opcode for them.

import type { Mutant } from "../mutant.ts";

const THREADS = "src/backend/threads/threads.ts";
const HANDLE = "src/api/handle.ts";
const SHIM = "native/calls.c";

const UNIT = "unit/backend/threads";
const CALLS = "native/calls: a call that waits for a thread";
const CANCELED = "native/calls-canceled";
const FUZZ = "sim/fuzz: sessions find nothing";

export const WRONG_THREADS: readonly Mutant[] = [
  {
    name: "a call that a thread is at is taken for stopped, and its buffer given back",
    file: THREADS,
    find: "if (!this.#mailbox.cancel(running.number)) return false;",
    replace: "this.#mailbox.cancel(running.number);",
    killers: [CANCELED],
  },
  {
    name: "a call that was canceled while it waited for a thread runs all the same",
    file: SHIM,
    find: "bool is_withdrawn = withdraw(state->mailbox, false, number) > 0;",
    replace: "bool is_withdrawn = queue.first != NULL && number > 0;",
    killers: [CANCELED],
  },
  {
    name: "a call that was canceled while it waited for a thread is not told of",
    file: "src/backend/uring/backend.ts",
    find: `      this.#sink.complete(id, { kind: "canceled" });\n      return;`,
    replace: "      return;",
    killers: [CALLS],
  },
  {
    name: "the path of a call is written over before a thread has read it",
    file: THREADS,
    find: "    // Nobody is told from within the call.\n",
    replace: "    this.#give(scratch);\n",
    killers: [UNIT],
  },
  {
    name: "a call without a thread fails from within its submission",
    file: THREADS,
    find: "if (number < 0) void Promise.resolve().then(() => end(noThread(-number)));",
    replace: "if (number < 0) end(noThread(-number));",
    killers: [UNIT],
  },
  {
    name: "as many threads as calls",
    file: SHIM,
    find: "idle <= queued && threads < THREADS_MAX",
    replace: "idle <= queued && threads < 64 * THREADS_MAX",
    killers: [CALLS],
  },
  {
    name: "memory that a call fills is freed with its thread of JavaScript",
    file: SHIM,
    find: "bool is_drained = mailbox->running == 0;",
    replace: "bool is_drained = true;",
    killers: [
      "native/calls: memory that a call fills",
      "regress/answer-after-the-thread-has-ended",
    ],
  },
  {
    name: "times before 1970 lose their sign",
    file: "src/backend/threads/encode.ts",
    find: "const nanoseconds = ((ns % SECOND_NS) + SECOND_NS) % SECOND_NS;",
    replace: "const nanoseconds = ns % SECOND_NS;",
    killers: ["unit/backend/threads-encode"],
  },
  {
    name: "a file is closed under a copy that takes its bytes",
    file: HANDLE,
    find: "if (this.#live.count > 0 || this.#borrowers.size > 0) return;",
    replace: "if (this.#live.count > 0) return;",
    killers: [FUZZ],
  },
  {
    name: "a copied range passes the fence",
    file: HANDLE,
    find: `    request.kind === "copyRange" ||\n`,
    replace: "",
    killers: [FUZZ],
  },
];
