// Mistakes in what may wait for ever: units, turns, readiness, what is inherited, opens, ends.

import type { Mutant } from "../mutant.ts";

const GATHER = "src/api/gather.ts";
const HANDLE = "src/api/handle.ts";
const HELD_OPENS = "src/backend/uring/held-opens.ts";
const ADMISSION = "src/backend/uring/admission.ts";
const TRY_LATER = "src/backend/uring/try-later.ts";
const INHERITED = "src/api/inherited.ts";
const LANE = "src/operation/lane.ts";

const UNITS = "unit/api/stream-handle";
const MADE = "unit/api/stream-handle-made";
const READY = "unit/api/stream-handle-ready";
const RANDOM = "unit/api/stream-handle-random";
const HELD = "unit/backend/uring-held-opens";

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
    find: "this.#holder = record.turn;",
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
    find: "handle.whenClosed(() => this.#onClosed(handle));",
    replace: "handle.whenClosed(() => this.#unclosed.delete(handle));",
    killers: ["unit/api/stream-handle-standard"],
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
  {
    name: "a unit that was there already is there again",
    file: GATHER,
    find: "this.#resolve(this.#handle.take(length));",
    replace: "this.#resolve(bytes.slice(0, length));",
    killers: [UNITS, RANDOM],
  },
  {
    name: "what a read brings that nobody wants is lost",
    file: HANDLE,
    find: "if (this.isStream) this.#keep(record.takenBytes([buffer]));",
    replace: "void buffer;",
    killers: ["unit/api/streams-faults", RANDOM],
  },
  {
    name: "ready() that was woken, and not by the kernel, was canceled",
    file: "src/operation/table.ts",
    find: 'isSatisfied && completion.kind === "canceled" ? SATISFIED : completion',
    replace: "completion",
    killers: [READY],
  },
  {
    name: "ready() that was woken is well although it failed",
    file: "src/operation/table.ts",
    find: 'isSatisfied && completion.kind === "canceled" ? SATISFIED',
    replace: "isSatisfied ? SATISFIED",
    killers: [READY],
  },
  {
    name: "room to write is taken for bytes to read",
    file: HANDLE,
    find: 'return request.kind === "poll" && (request.events & POLLIN) !== 0;',
    replace: 'return request.kind === "poll";',
    killers: [READY],
  },
  {
    name: "the kernel is asked for the wrong readiness",
    file: "src/api/transfers.ts",
    find: "events: EVENTS[what] }",
    replace: "events: EVENTS.readable }",
    killers: [READY],
  },
  {
    name: "a duplicate is inherited by every child",
    file: "native/descriptors.c",
    find: "answer(env, descriptor_own(state, fcntl(fd, F_DUPFD_CLOEXEC, STANDARD_COUNT)))",
    replace: "answer(env, descriptor_own(state, fcntl(fd, F_DUPFD, STANDARD_COUNT)))",
    killers: ["native/descriptors"],
  },
  {
    name: "the given descriptor stays open although it was taken over",
    file: INHERITED,
    find: "if (!takeOver) return stream;",
    replace: "if (!takeOver || fd >= 0) return stream;",
    killers: [MADE, "native/stream-pipe"],
  },
  {
    name: "a standard number that was closed is the next file's",
    file: "native/descriptors.c",
    find: "if (fd >= 0 && fd < STANDARD_COUNT) return answer(env, close_standard(fd));",
    replace: "(void)close_standard;",
    killers: ["native/descriptors"],
  },
  {
    name: "a terminal that is opened anew waits within the system call",
    file: "native/descriptors.c",
    find: "(flags & O_ACCMODE) | O_NONBLOCK | O_NOCTTY",
    replace: "(flags & O_ACCMODE) | O_NOCTTY",
    killers: ["native/stream-stdin: a terminal that takes no more"],
  },
  {
    name: "opens that are held are tried once, and never again",
    file: TRY_LATER,
    find: "this.#timer = this.#clock.after(TRIED_AGAIN_MS, this.#onTime);\n    for",
    replace: "for",
    killers: [HELD],
  },
  {
    name: "one that is held overtakes all that are held",
    file: TRY_LATER,
    find: "for (let count = 0; count < TRIED_AGAIN_AT_ONCE; count++) {",
    replace: "for (;;) {",
    killers: [HELD],
  },
  {
    name: "a timer runs although no open is held",
    file: TRY_LATER,
    find: "    this.#timer?.cancel();\n",
    replace: "",
    killers: [HELD],
  },
  {
    name: "an open that is held cannot be canceled",
    file: ADMISSION,
    find: "    this.#threadOpens.drop(entry);\n",
    replace: "",
    killers: [HELD],
  },
  {
    name: "an open that has ended keeps its thread",
    file: ADMISSION,
    find: "    this.#admit(this.#threadOpens.leave());\n",
    replace: "",
    killers: [HELD],
  },
  {
    name: "an open without a peer fails instead of waiting",
    file: HELD_OPENS,
    find: "if (completion.errno !== ENXIO && completion.errno !== EAGAIN) return false;",
    replace: "if (completion.errno !== EAGAIN) return false;",
    killers: [HELD],
  },
  {
    name: "an open that was canceled between its attempts waits for its peer",
    file: "src/backend/uring/verdict.ts",
    find: "if (entry.isCancelWanted) return CANCELED;\n  return isOpen",
    replace: "return isOpen",
    killers: [HELD, "unit/backend/uring-cancel"],
  },
  {
    name: "every read takes a kernel thread",
    file: "src/backend/uring/waiting-files.ts",
    find: 'if (request.kind !== "open") return "at once";',
    replace: 'if (request.kind !== "open") return "elsewhere";',
    killers: ["regress/server-hangs-in-enter"],
  },
  {
    name: "a handle that was let go holds the process",
    file: HANDLE,
    find: "    this.isHolding = isHolding;\n",
    replace: "",
    killers: ["native/isolation: answers. unref"],
  },
  {
    name: "the end of a worker asks nothing to stop",
    file: "native/teardown.c",
    find: "if (waits % RESEND_WAITS == 0) cancel_all(state, ring);",
    replace: "(void)cancel_all;",
    killers: ["native/isolation: answers. worker.terminate"],
  },
];
