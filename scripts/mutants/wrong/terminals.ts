// Mistakes with terminals: modes that do not come back, and questions that lose what was typed.

import type { Mutant } from "../mutant.ts";

const GUARD = "native/terminal-guard.c";
const SIGNALS = "native/terminal-signals.c";
const HOLD = "src/api/tty/modes-hold.ts";
const LINE = "src/api/tty/ask-line.ts";
const SESSION = "src/api/tty/ask-session.ts";
const READER = "src/api/tty/turn-reader.ts";

const ENDS = "native/terminal-guard";
const STOPS = "native/terminal-stop";
const TTY = "native/tty";
const ASK = "native/ask";
const ASK_STOP = "native/ask-stop";

export const WRONG_TERMINALS: readonly Mutant[] = [
  {
    name: "the terminal stays raw after process.exit()",
    file: GUARD,
    find: "if (atexit(guards_process_ends) != 0) return -ENOMEM;",
    replace: "",
    killers: [ENDS],
  },
  {
    name: "the terminal stays raw after a signal that ends the process",
    file: SIGNALS,
    find: "guards_process_ends();\n  let_default(signal);",
    replace: "let_default(signal);",
    killers: [ENDS],
  },
  {
    name: "the terminal stays raw after a fault that nobody puts right",
    file: SIGNALS,
    find: "if (!is_put_right(signal, info, context)) guards_process_ends();",
    replace: "is_put_right(signal, info, context);",
    killers: [ENDS],
  },
  {
    name: "the terminal stays raw while the process is stopped",
    file: SIGNALS,
    find: "  guards_process_stops();\n",
    replace: "",
    killers: [STOPS],
  },
  {
    name: "the terminal is not raw again after a stop",
    file: GUARD,
    find: "if (!it->is_armed || it->last == 0 || !is_same(it) || is_background(it)) continue;",
    replace: "if (!it->is_armed || it->last < 3) continue;",
    killers: [STOPS],
  },
  {
    name: "in the background the shell's modes are changed",
    file: GUARD,
    find: "return memcmp(&now, &it->set[it->last - 1], sizeof now) == 0;",
    replace: "return true;",
    killers: [STOPS],
  },
  {
    name: "the first thread that lets go gives the modes back",
    file: GUARD,
    find: "if (--it->owners > 0) return;",
    replace: "it->owners--;",
    killers: [ENDS],
  },
  {
    name: "a terminal by another name is another one",
    file: GUARD,
    find: "if (is_alive ? it->device == device : it->node == status.st_rdev) return it;",
    replace: "if (it->device == device && it->fd == fd) return it;",
    killers: [ENDS],
  },
  {
    name: "the modes stay when a worker ends",
    file: GUARD,
    find: "if (state->guards[i]) end(state->guards, &table[i]);",
    replace: "(void)state;",
    killers: [ENDS],
  },
  {
    name: "the signals stay caught when no terminal is guarded",
    file: GUARD,
    find: "if (!is_guarding()) signals_let_go();",
    replace: "",
    killers: ["native/terminal"],
  },
  {
    name: "a process that survives its signal has its terminal no more",
    file: SIGNALS,
    find: "  catch(signal);\n  guards_process_survives();",
    replace: "  catch(signal);",
    killers: [ENDS],
  },
  {
    name: "the modes stay when the handle is closed",
    file: HOLD,
    find: "for (const hold of [...fresh]) hold.end();",
    replace: "",
    killers: [TTY],
  },
  {
    name: "of several that hold the modes, the first lets go of the guard",
    file: HOLD,
    find: "if (others.length === 0) {",
    replace: "if (others.length >= 0) {",
    killers: [TTY],
  },
  {
    name: "nobody guards any more when the program's listener has gone",
    file: HOLD,
    find: "if (signal === undefined || process.listenerCount(signal) > 0) return;",
    replace: "if (signal === undefined || process.listenerCount(signal) >= 0) return;",
    killers: ["native/tty-process", "native/ask-process"],
  },
  {
    name: "what was typed is lost with the question",
    file: LINE,
    find: "this.#end(typed);\n    if (isGone)",
    replace: "this.#end([]);\n    if (isGone)",
    killers: [ASK_STOP],
  },
  {
    name: "what was typed behind the line is lost",
    file: LINE,
    find: "this.#session.reader.end([...typed, rest]);",
    replace: "this.#session.reader.end([...typed, rest.subarray(rest.byteLength)]);",
    killers: [ASK],
  },
  {
    name: "the modes of a question stay",
    file: LINE,
    find: "    this.#hold.end();\n    this.#session.reader",
    replace: "    this.#session.reader",
    killers: [ASK_STOP],
  },
  {
    name: "a question that waits for its turn is asked at once",
    file: SESSION,
    find: "if (before !== undefined) await Promise.race([before, this.canceled]);",
    replace: "",
    killers: [ASK, ASK_STOP],
  },
  {
    name: "a question that waits for its turn cannot be stopped",
    file: SESSION,
    find: "await Promise.race([before, this.canceled]);",
    replace: "await before;",
    killers: [ASK, ASK_STOP],
  },
  {
    name: "the next read has its turn before the question's rest is back",
    file: READER,
    find: "this.#handle.putBack(rest);\n    this.#handle.endTurn(this);",
    replace: "this.#handle.endTurn(this);\n    this.#handle.putBack(rest);",
    killers: [ASK, ASK_STOP],
  },
];
