// Mistakes in the calls that are made of several operations: everyday calls, streams and copies.

import type { Mutant } from "../mutant.ts";

const WHOLE = "src/api/whole.ts";
const ATOMIC = "src/api/write-file-atomic.ts";

const COMPOSE = "unit/api/compose";
const WRITES = "unit/api/everyday-writes";
const TREES = "unit/api/everyday-trees";
const FAULTS = "unit/api/everyday-faults";

export const WRONG_FILES: readonly Mutant[] = [
  {
    name: "a read that fails leaves its file open",
    file: "src/backend/uring/file-steps.ts",
    find: "return completion.errno === EAGAIN ? this.#handOver() : this.#close(completion);",
    replace: "this.#result = completion;\n      return null;",
    killers: ["unit/backend/uring-files"],
  },
  {
    name: "work that fails leaves its file open",
    file: WHOLE,
    find: "    await file.close().catch(() => {});\n",
    replace: "",
    killers: [WRITES, FAULTS],
  },
  {
    name: "a call of several operations keeps its signal's listener",
    file: "src/api/compose.ts",
    find: "      this.#link?.unlink();\n",
    replace: "",
    killers: [COMPOSE],
  },
  {
    name: "a call of several operations keeps its timer",
    file: "src/api/compose.ts",
    find: "      this.#timer?.cancel();\n",
    replace: "",
    killers: [COMPOSE],
  },
  {
    name: "a file is replaced before its bytes are on the device",
    file: ATOMIC,
    find: "      if (settings.sync) await part.file.sync(whole.options);\n",
    replace: "",
    killers: [WRITES],
  },
  {
    name: "a file that was not replaced leaves its part file",
    file: ATOMIC,
    find: "await whole.cleanup.unlink(part.path).catch(() => {}); // The first error counts.",
    replace: "",
    killers: [WRITES, FAULTS],
  },
  {
    name: "the rename of a whole file is canceled",
    file: ATOMIC,
    find: "await whole.cleanup.rename(part.path, target.path);",
    replace: "await whole.calls.rename(part.path, target.path, whole.options);",
    killers: [WRITES],
  },
  {
    name: "a removal follows links",
    file: "src/api/remove.ts",
    find: "O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK",
    replace: "O_RDONLY | O_DIRECTORY | O_NONBLOCK | (O_NOFOLLOW & 0)",
    killers: [TREES],
  },
  {
    name: "bytes of a FIFO that were read ahead are lost",
    file: "src/api/streams/source.ts",
    find: "if (this.#handle.isStream) this.#handle.putBack([...unused, this.#unread()]);",
    replace: "",
    killers: ["unit/api/streams-faults: gives back", "conformance/sim: streams of FIFOs"],
  },
  {
    name: "a copy that fails leaves its part file",
    file: "src/api/copy/copy-file.ts",
    find: "else await removePart(part.path, context);",
    replace: "else if (part.isKept) await removePart(part.path, context);",
    killers: ["unit/api/copy-simulated", "native/copy-ends-early"],
  },
  {
    name: "a copy replaces what has come to be there meanwhile",
    file: "src/api/copy/commit.ts",
    find: `if (!folder.isNew && context.settings.overwrite !== "replace") {`,
    replace: `if (folder.isNew && context.settings.overwrite !== "replace") {`,
    killers: ["unit/api/copy-simulated", "unit/api/copy-ways", "native/copy-options"],
  },
];
