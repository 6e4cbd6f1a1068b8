// Mistakes in src/backend/uring/: cancels, completions and rings.

import type { Mutant } from "../mutant.ts";

const BACKEND = "src/backend/uring/backend.ts";
const VERDICT = "src/backend/uring/verdict.ts";
const ADMISSION = "src/backend/uring/admission.ts";
const CANCELS = "src/backend/uring/cancel-queue.ts";
const STEPS = "src/backend/uring/file-steps.ts";
const RING = "src/backend/uring/ring.ts";
const RINGS = "src/backend/uring/rings.ts";

const UNIT_CANCEL = "unit/backend/uring-cancel";
const UNIT_FILES = "unit/backend/uring-files";
const UNIT_ENTER = "unit/backend/uring-enter";
const UNIT_TURNS = "unit/backend/uring-turns";
const UNIT_CONTRACT = "unit/backend/contract";
const CONFORMANCE = "conformance/uring";

const ANSWERED = "if (isCurrent) this.#cancels.onAnswered(entry, result);";
const CURRENT = `entry.phase === "kernel" && generationOf(entry.id) === userHigh`;

export const WRONG_URING: readonly Mutant[] = [
  {
    name: "release on the cancel's result",
    file: BACKEND,
    find: ANSWERED,
    replace: `if (isCurrent && result >= 0) this.#finish(entry, { kind: "canceled" });
      else if (isCurrent) this.#cancels.onAnswered(entry, result);`,
    killers: [UNIT_CANCEL],
  },
  {
    name: "release on ENOENT",
    file: BACKEND,
    find: ANSWERED,
    replace: `if (isCurrent && result === -2) this.#finish(entry, { kind: "canceled" });
      else if (isCurrent) this.#cancels.onAnswered(entry, result);`,
    killers: [UNIT_CANCEL, "regress/cancel-that-fails"],
  },
  {
    name: "slot reused before the cancel's completion",
    file: BACKEND,
    find: ANSWERED,
    replace: `if (entry?.phase === "kernel") this.#cancels.onAnswered(entry, result);`,
    killers: [UNIT_CANCEL, "regress/record-reused-too-early"],
  },
  {
    name: "cancel dropped when the queue is full",
    file: BACKEND,
    find: "if (ring.space === 0) break; // It stays the first: a cancel is never lost.",
    replace: `if (ring.space === 0) {
        this.#cancels.onSent(entry);
        continue;
      }`,
    killers: ["regress/stalled-ring-recovers", "regress/timeouts-all-at-once"],
  },
  {
    name: "a cancel that found nothing is not repeated",
    file: CANCELS,
    find: "if (result >= 0) return; // Its completion is on the way.",
    replace: "if (result >= -1000) return;",
    killers: [UNIT_CANCEL, "regress/cancel-that-fails"],
  },
  {
    name: "a cancel is repeated after the completion",
    file: CANCELS,
    find: "    entry.cancelTimer?.cancel();\n",
    replace: "",
    killers: [UNIT_CANCEL],
  },
  {
    name: "generation ignored",
    file: BACKEND,
    find: CURRENT,
    replace: `entry.phase === "kernel" && userHigh > 0`,
    killers: [UNIT_CANCEL],
  },
  {
    name: "second completion settles twice",
    file: BACKEND,
    find: `    if (!isCurrent) {
      this.#staleCompletions++;
      return;
    }`,
    replace: "    if (entry === undefined) return;",
    killers: [UNIT_ENTER, UNIT_TURNS],
  },
  {
    name: "a close in the kernel is canceled",
    file: BACKEND,
    find: `    if (entry.request.kind === "close") return;\n`,
    replace: "",
    killers: [UNIT_CANCEL, UNIT_CONTRACT],
  },
  {
    name: "interrupted without being asked settles as canceled",
    file: VERDICT,
    find: `if (entry.isCancelWanted) return CANCELED;
  return ++`,
    replace: `if (entry.isCancelWanted || entry.interruptions < 1) return CANCELED;
  return ++`,
    killers: [UNIT_CANCEL, UNIT_TURNS],
  },
  {
    name: "interrupted after a cancel begins anew",
    file: VERDICT,
    find: `if (entry.isCancelWanted) return CANCELED;
  return ++`,
    replace: "return ++",
    killers: [UNIT_CANCEL, UNIT_TURNS],
  },
  {
    name: "an interrupted close is repeated",
    file: VERDICT,
    find: `if (entry.request.kind === "close") return`,
    replace: "if (entry.interruptions < 0) return",
    killers: [UNIT_FILES],
  },
  {
    name: "asked to stop between two steps, a file stays open",
    file: BACKEND,
    find: "if (entry.steps?.hasDescriptor === true) {",
    replace: "if (entry.steps?.length === 0) {",
    killers: [UNIT_FILES],
  },
  {
    name: "a small file is told of before it is closed",
    file: STEPS,
    find: `return this.#close({ kind: "content", bytes: this.#bytes() });`,
    replace: `{
      this.#result = { kind: "content", bytes: this.#bytes() };
      return null;
    }`,
    killers: [UNIT_FILES],
  },
  {
    name: "a file that is handed over has lost its first bytes",
    file: STEPS,
    find: "isStream, bytes: this.#bytes() };",
    replace: "isStream, bytes: NOTHING };",
    killers: [UNIT_FILES],
  },
  {
    name: "small files are read without a bound",
    file: ADMISSION,
    find: "new Gate(FILES_AT_ONCE_MAX)",
    replace: "new Gate(1e9 + FILES_AT_ONCE_MAX)",
    killers: [UNIT_FILES],
  },
  {
    name: "small files are all opened before one is read",
    file: BACKEND,
    find: "this.#pending.pushFirst(entry);",
    replace: "this.#pending.push(entry);",
    killers: [UNIT_FILES],
  },
  {
    name: "a cancel goes to the newest ring",
    file: BACKEND,
    find: "const { ring, slot } = entry;",
    replace: "const { slot } = entry;\n      const ring = this.#rings.current;",
    killers: [UNIT_TURNS, UNIT_CANCEL, "regress/cancel-sent-to-the-wrong-ring"],
  },
  {
    name: "no budget for a turn",
    file: BACKEND,
    find: "readonly #hasBudget = (): boolean => this.#budget > 0;",
    replace: "readonly #hasBudget = (): boolean => true;",
    killers: [UNIT_TURNS],
  },
  {
    name: "opens that wait take every thread",
    file: ADMISSION,
    find: "new Gate(BLOCKING_OPENS_MAX, held,",
    replace: "new Gate(1e9 + BLOCKING_OPENS_MAX, held,",
    killers: [UNIT_TURNS],
  },
  {
    name: "opens are tried at once where a server is mounted",
    file: "src/backend/uring/waiting-files.ts",
    find: 'return this.#doOpensWait ? "elsewhere" : "at once";',
    replace: 'return this.#doOpensWait ? "at once" : "at once";',
    killers: ["regress/server-hangs-in-enter"],
  },
  {
    name: "the end of a thread forgets closes that were not submitted",
    file: "native/teardown.c",
    find: "if (sqe->opcode == IORING_OP_CLOSE) close_own(state, sqe->fd);",
    replace: "(void)sqe;",
    killers: ["regress/close-written-at-the-end"],
  },
  {
    name: "requests take the room for cancels",
    file: RINGS,
    find: "if (ring.space <= ring.sqEntries >> 3) return null;",
    replace: "if (ring.space === 0) return null;",
    killers: ["regress/cancels-have-room"],
  },
  {
    name: "old ring closed with work in flight",
    file: RINGS,
    find: "if (ring === current || ring.isBusy || ",
    replace: "if (ring === current || ring.filled > 0 || ",
    killers: [UNIT_TURNS, UNIT_ENTER],
  },
  {
    name: "a partial enter taken for the whole",
    file: RING,
    find: "this.#localHead = (this.#localHead + answer) | 0;",
    replace: "this.#localHead = this.#localTail;",
    killers: [UNIT_ENTER, "regress/submitted-taken-for-refused"],
  },
  {
    name: "overflow not fetched",
    file: RING,
    find: "flags === 0 ? 0 : ENTER_GETEVENTS",
    replace: "0",
    killers: [UNIT_ENTER, "native/ring-overflow"],
  },
  {
    name: "indices compared as if they never wrapped",
    file: RING,
    find: "while (head !== tail && mayContinue()) {",
    replace: "while (head < tail && mayContinue()) {",
    killers: [UNIT_ENTER],
  },
  {
    name: "answers of the kernel not counted",
    file: RING,
    find: "        this.#unanswered--;\n",
    replace: "",
    killers: [UNIT_TURNS, UNIT_ENTER],
  },
  {
    name: "one scratch block for two requests",
    file: "src/backend/scratch.ts",
    find: "kept.pop() ?? new ScratchMemory(",
    replace: "kept.at(-1) ?? new ScratchMemory(",
    killers: [UNIT_CONTRACT, CONFORMANCE],
  },
  {
    name: "an open's descriptor is not remembered for the thread's end",
    file: "src/backend/uring/roster.ts",
    find: "this.#descriptors[fd] = 1;",
    replace: "void fd;",
    killers: ["native/worker-descriptors"],
  },
];
