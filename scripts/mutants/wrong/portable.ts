// Mistakes in the backend that does without io_uring.

import type { Mutant } from "../mutant.ts";

const BACKEND = "src/backend/portable/backend.ts";
const STREAM = "src/backend/portable/stream.ts";
const FILES = "src/backend/portable/files.ts";
const ATTEMPT = "native/attempt.c";
const CALLS = "native/calls.c";

const UNIT_BACKEND = "unit/backend/portable-backend";
const UNIT_STREAM = "unit/backend/portable-stream";
const UNIT_FILES = "unit/backend/portable-files";
const UNIT_WATCHED = "unit/backend/portable-watched";
const NATIVE = "native/portable";

export const WRONG_PORTABLE: readonly Mutant[] = [
  {
    name: "portable: the sort of a descriptor outlives it",
    file: BACKEND,
    find: `    if (request.kind === "close") this.#doers.sorts.forget(request.fd);\n`,
    replace: "",
    killers: [UNIT_BACKEND],
  },
  {
    name: "portable: a close that has not begun is canceled",
    file: BACKEND,
    find: `    if (pending?.kind === "close") return;\n`,
    replace: "",
    killers: [UNIT_BACKEND],
  },
  {
    name: "portable: an open that is canceled while it is tried is held all the same",
    file: BACKEND,
    find: "    else if (opening.isCancelWanted) this.#finish(id, CANCELED);\n",
    replace: "",
    killers: [UNIT_BACKEND],
  },
  {
    name: "portable: a stream's second read is tried before the first",
    file: STREAM,
    find: "if (lane.line.size === 1) this.#advance(lane);",
    replace: "this.#end(lane, id, completionOf(this.#try(lane, id, request)));",
    killers: [UNIT_STREAM],
  },
  {
    name: "portable: a poll believes what woke it",
    file: STREAM,
    find: "    if (ready === 0) return;\n    this.#polls.delete(id);",
    replace: "    this.#polls.delete(id);",
    killers: [UNIT_STREAM],
  },
  {
    name: "portable: what is in a thread's hands is canceled",
    file: STREAM,
    find: "      if (lane.inThread === id && !this.#kit.takeFromThread(id)) return false;\n",
    replace: "",
    killers: [UNIT_STREAM],
  },
  {
    name: "portable: bytes that were in memory are lost when the disk fails behind them",
    file: FILES,
    find: "    if (count === 0) {\n      this.#answer(id, completion);",
    replace: `    if (completion.kind !== "done") {\n      this.#answer(id, completion);`,
    killers: [UNIT_FILES],
  },
  {
    name: "portable: what is in memory counts as the whole of a read",
    file: FILES,
    find: "if (result === 0 || count === length) {",
    replace: "if (count <= length) {",
    killers: [UNIT_FILES],
  },
  {
    name: "portable: a buffer is given back while a thread has it",
    file: BACKEND,
    find: "const isWithdrawn = this.#doers.files.cancel(id);",
    replace: "const isWithdrawn = this.#doers.files.cancel(id) || opening === undefined;",
    killers: [UNIT_BACKEND],
  },
  {
    name: "portable: an open that waits for its peer is not canceled",
    file: "src/backend/portable/held-opens.ts",
    find: "const isDropped = this.#held.delete(id);",
    replace: "const isDropped = this.#held.has(id);",
    killers: [UNIT_BACKEND],
  },
  {
    name: "portable: a watched read takes bytes after its cancel",
    file: STREAM,
    find: "      const isFirst = isFirstOf(lane, id);\n      lane.line.delete(id);\n",
    replace: "      const isFirst = isFirstOf(lane, id);\n",
    killers: [UNIT_WATCHED],
  },
  {
    name: "portable: a closed stream is still watched",
    file: STREAM,
    find: "    if (this.#watched !== 0) this.#kit.readiness.unwatch(this.#fd);\n",
    replace: "",
    killers: [UNIT_WATCHED],
  },
  {
    name: "portable: a closed stream lives on under its number",
    file: "src/backend/portable/watched.ts",
    find: "      this.#streams.delete(fd);\n",
    replace: "",
    killers: [UNIT_WATCHED],
  },
  {
    name: "portable: a FIFO without a writer is at its end",
    file: ATTEMPT,
    find: "  return (polled.revents & POLLHUP) != 0;",
    replace: "  return true;",
    killers: [NATIVE],
  },
  {
    name: "portable: a pipe without a reader sends its signal",
    file: ATTEMPT,
    find: "    (void)sigtimedwait(&pipe, NULL, &now);",
    replace: "    (void)now;",
    killers: [NATIVE],
  },
  {
    name: "portable: a descriptor that nobody will hear of stays open",
    file: CALLS,
    find: "  if (fd >= 0) close(fd);\n  release(job->mailbox);",
    replace: "  (void)fd;\n  release(job->mailbox);",
    killers: [`${NATIVE}: takes everything with it`],
  },
  {
    name: "portable: a close that never begins leaves its descriptor open",
    file: CALLS,
    find: "    if (job->kind == CALL_CLOSE) descriptor_own(mailbox->state, (int)job->words[0]);\n",
    replace: "",
    killers: [`${NATIVE}: takes everything with it`],
  },
];
