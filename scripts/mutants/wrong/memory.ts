// Mistakes in src/kernel/memory.ts and in native/: memory that the kernel may write to.

import type { Mutant } from "../mutant.ts";

const MEMORY = "src/kernel/memory.ts";

export const WRONG_MEMORY: readonly Mutant[] = [
  {
    name: "buffer attached while lent",
    file: MEMORY,
    find: `      if (move !== null) {
        this.#arrayBuffer = move.call(attached);
      } else {
        this.#native.addon.detach(attached);
        this.#arrayBuffer = null;
      }
      assert(attached.byteLength === 0, "memory: still attached after lending");
`,
    replace: "",
    killers: ["unit/kernel/memory", "regress/memory-taken-away-by-the-language"],
  },
  {
    name: "the ledger is not told what the kernel has",
    file: MEMORY,
    find: "    this.#native.ledger[this.index] = 1;\n",
    replace: "",
    killers: ["regress/ledger-knows-what-is-lent"],
  },
  {
    name: "memory given back twice",
    file: MEMORY,
    find: `    assert(this.#isLent, "memory: given back without being lent");\n`,
    replace: "",
    killers: ["unit/kernel/memory"],
  },
  {
    name: "free on ring close",
    file: "native/teardown.c",
    find: "if (!drain(state, &state->rings[i], deadline)) is_drained = false;",
    replace: "if (deadline == 0) is_drained = drain(state, &state->rings[i], deadline);",
    killers: [
      "native/worker-terminate: natural",
      "native/worker-terminate: throw",
      "regress/thread-ends-while-reads-run",
    ],
  },
  {
    name: "memory freed while the kernel has it",
    file: "native/memory.c",
    find: "if (!state->is_ended && state->ledger[block->index] != 0) return;",
    replace: "if (state->is_ended && state->ledger != NULL) return;",
    killers: ["native/memory-life"],
  },
  {
    name: "past its bound the end of a thread frees what the kernel still has",
    file: "native/memory.c",
    find: "      block->leaked = true;\n",
    replace: "",
    killers: ["native/worker-terminate: waits for nothing"],
  },
  {
    name: "a lost ring is entered once more",
    file: "native/ring.c",
    find: "  if (ring->is_lost) return -EBADF;\n",
    replace: "",
    killers: ["regress/lost-ring-descriptor"],
  },
  {
    name: "the memory of an ended worker stays in the allocator",
    file: "native/memory.c",
    find: "bytes_freed > TRIM_BYTES) malloc_trim(0);",
    replace: "bytes_freed > TRIM_BYTES) return;",
    killers: ["regress/worker-memory-goes-back"],
  },
];
