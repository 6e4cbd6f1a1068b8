// Mistakes in the backend that has nothing but what Node has.

import type { Mutant } from "../mutant.ts";

const NODE_FILES = "src/backend/portable/node-files.ts";
const NODE_CALLS = "src/backend/portable/node-calls.ts";
const NODE_READINESS = "src/backend/portable/node-readiness.ts";
const NODE_ATTEMPTS = "src/backend/portable/node-attempts.ts";
const HEAP_MEMORY = "src/kernel/heap-memory.ts";

const UNIT_FILES = "unit/backend/node-files";
const UNIT_CALLS = "unit/backend/node-calls";
const UNIT_READINESS = "unit/backend/node-readiness";
const UNIT_MEMORY = "unit/kernel/heap-memory";

export const WRONG_WITHOUT_SHIM: readonly Mutant[] = [
  {
    name: "without shim: what the pool has begun is said to be canceled",
    file: NODE_FILES,
    find: "&& this.#waiting.delete(id);",
    replace: "&& (this.#waiting.delete(id) || this.#runningCount > 0);",
    killers: [UNIT_FILES],
  },
  {
    name: "without shim: a close that waits for the pool is canceled",
    file: NODE_FILES,
    find: `this.#waiting.get(id)?.kind !== "close" && this`,
    replace: "this",
    killers: [UNIT_FILES],
  },
  {
    name: "without shim: the whole pool is taken",
    file: NODE_FILES,
    find: "this.#share.take(this.#startWaiting)) {",
    replace: "(this.#share.take(this.#startWaiting) || true)) {",
    killers: [UNIT_FILES],
  },
  {
    name: "without shim: one backend of a thread starves another",
    file: "src/backend/portable/node-pool.ts",
    find: "      onFree();\n",
    replace: "",
    killers: [UNIT_FILES],
  },
  {
    name: "without shim: what Node refuses by throwing never ends",
    file: "src/backend/portable/node-errno.ts",
    find: "    done(failed(error as NodeJS.ErrnoException));\n",
    replace: "    void [done, error];\n",
    killers: [UNIT_FILES],
  },
  {
    name: "without shim: a time loses a microsecond",
    file: NODE_CALLS,
    find: "return isLow ? nearest + nearest * (Number.EPSILON / 2) : nearest;",
    replace: "return isLow ? nearest : nearest;",
    killers: [UNIT_CALLS],
  },
  {
    name: "without shim: an open without a reader fails at once",
    file: NODE_CALLS,
    find: "if (errno !== ENXIO || (flags & O_NONBLOCK) !== 0) end(errno);",
    replace: "if (errno !== 0) end(errno);",
    killers: [UNIT_CALLS],
  },
  {
    name: "without shim: a file that only fits is taken for whole",
    file: NODE_CALLS,
    find: "else if (sum === room.byteLength) {",
    replace: "else if (sum > room.byteLength) {",
    killers: [UNIT_CALLS],
  },
  {
    name: "without shim: a directory's entries outlive its descriptor",
    file: "src/backend/portable/node-directory.ts",
    find: "    this.#listings.delete(fd);\n",
    replace: "    void fd;\n",
    killers: [UNIT_CALLS],
  },
  {
    name: "without shim: a wake takes a byte",
    file: "src/backend/portable/node-wakes.ts",
    find: "const NO_ROOM = new Uint8Array(0);",
    replace: "const NO_ROOM = new Uint8Array(1);",
    killers: [UNIT_READINESS],
  },
  {
    name: "without shim: who waits for room looks again a thousand times a second",
    file: NODE_READINESS,
    find: "watch.delayMs = Math.min(2 * watch.delayMs, LOOK_AGAIN_MS_MAX);",
    replace: "watch.delayMs = Math.min(watch.delayMs, LOOK_AGAIN_MS_MAX);",
    killers: [UNIT_READINESS],
  },
  {
    name: "without shim: a FIFO that nobody writes to yet is at its end",
    file: NODE_ATTEMPTS,
    find: "return isFifo(fd);",
    replace: "return !isFifo(fd);",
    killers: [UNIT_READINESS],
  },
  {
    name: "without shim: memory is the application's while it is lent",
    file: HEAP_MEMORY,
    find: `    this.#arrayBuffer = moved(attached);
    assert(attached.byteLength === 0, "memory: still attached after lending");
`,
    replace: "    void moved;\n",
    killers: [UNIT_MEMORY],
  },
  {
    name: "without shim: memory that was taken away is lent",
    file: HEAP_MEMORY,
    find: "attached.byteLength === this.byteLength,",
    replace: "attached.byteLength <= this.byteLength,",
    killers: [UNIT_MEMORY],
  },
];
