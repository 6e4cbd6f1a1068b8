// Mistakes in which backend is used, and in what becomes of a ring that fails.

import type { Mutant } from "../mutant.ts";

const FAILED = "unit/backend/uring-failed";
const SELECT = "unit/backend/select";
const HAND_OVER = "src/backend/uring/hand-over.ts";

export const WRONG_SELECT: readonly Mutant[] = [
  {
    name: "what the kernel has not got is lost with its ring",
    file: "src/backend/uring/backend.ts",
    find: "steps?.release();\n    successor.submit(id, request);",
    replace: "steps?.release();",
    killers: [FAILED],
  },
  {
    name: "a cancel is lost with its ring",
    file: HAND_OVER,
    find: `if (isCancelWanted) return { completion: { kind: "canceled" }, request: null };`,
    replace: "void isCancelWanted;",
    killers: [FAILED],
  },
  {
    name: "a small file stays open when its ring fails",
    file: HAND_OVER,
    find: "close(steps.descriptor);",
    replace: "void close;",
    killers: [FAILED],
  },
  {
    name: "a ring that failed is asked again",
    file: "src/backend/uring/ring.ts",
    find: `if (this.#failure !== 0) return "failed";`,
    replace: "",
    killers: [FAILED],
  },
  {
    name: "a ring that failed is not listened to",
    file: HAND_OVER,
    find: "if (!rings.isBusy) return;",
    replace: "if (rings.isBusy) return;",
    killers: [FAILED],
  },
  {
    name: "a ring is not restricted",
    file: "src/backend/uring/restrictions.ts",
    find: "kernel.register(ring, REGISTER_RESTRICTIONS, rules, count);",
    replace: "Number([rules, count].length === 0);",
    killers: ["native/restrictions"],
  },
  {
    name: "a backend that was asked for gives way to another",
    file: "src/backend/select.ts",
    find: "if (this.#wanted !== null && backend !== this.#wanted) {",
    replace: `if (this.#wanted === "portable" && backend !== this.#wanted) {`,
    killers: [SELECT],
  },
  {
    name: "a process is warned again and again",
    file: "src/backend/agreement.ts",
    find: "if (warned === null || Atomics.exchange(new Int32Array(warned), 0, 1) !== 0) return;",
    replace: "if (warned === null) return;",
    killers: [SELECT],
  },
  {
    name: "the kernel's switch is taken for a filter",
    file: "src/backend/why-no-ring.ts",
    find: `if (ioUringDisabled === "2" || (`,
    replace: `if (ioUringDisabled === "3" || (`,
    killers: ["unit/backend/why-no-ring"],
  },
  {
    name: "a ring that is denied is the end of the program",
    file: "src/backend/candidates.ts",
    find: "if (!(error instanceof RingRefusal)) throw error;",
    replace: "if (!(error instanceof RingRefusal) || error.errno === 1) throw error;",
    killers: ["denial/causes: io_uring_setup answers EPERM"],
  },
  {
    name: "what was found to be of no use is tried again",
    file: "src/backend/select.ts",
    find: "const choice = this.#wanted === null ? agreed() : null;",
    replace: "const choice = this.#wanted === null ? null : agreed();",
    killers: [SELECT],
  },
];
