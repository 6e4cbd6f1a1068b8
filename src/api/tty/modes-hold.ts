// Modes that a terminal has for a while: what was found comes back at the end, and if the process
// ends before that, the shim's guard gives it back.
//
// Several may hold the modes of a terminal, one within the other, such as a question in a program
// that has the terminal raw. Each gives back what it has found; the last one lets go of the guard.
// While a question is there, its modes are those of the terminal: all others are below it, and what
// they set or give back meanwhile is what the question has found, and gives back at its end.

import { constants } from "node:os";
import { isMainThread } from "node:worker_threads";

import { GUARDED_SIGNALS } from "../../kernel/terminal.ts";
import { MODES_WORDS } from "../../kernel/terminal-abi.ts";
import type { Handle } from "../handle.ts";
import { answer, descriptorsFor, type Subject, terminalsFor } from "./terminal-calls.ts";

/** The terminal that controls the process, whatever it was opened as. */
const SESSION = "/dev/tty";

/** Those of each handle: when that is closed, they are over at the latest. */
const holds: WeakMap<Handle, Set<ModesHold>> = new WeakMap();

/** Those of each terminal, in the order in which they came, but for questions: they are above. */
const stacks: Map<string | symbol, ModesHold[]> = new Map();

export class ModesHold {
  readonly #isQuestion: boolean;
  #found: Uint32Array;
  /** A duplicate: what is given back must reach the terminal whatever became of the handle. */
  readonly #fd: number;
  readonly #terminal: string | symbol;
  readonly #subject: Subject;
  readonly #siblings: Set<ModesHold>;
  #isOver = false;

  /** @throws {IoError} what the kernel said: `EIO` if the terminal has been hung up. */
  constructor(handle: Handle, subject: Subject, isQuestion = false) {
    const descriptors = descriptorsFor(subject);
    this.#isQuestion = isQuestion;
    this.#subject = subject;
    this.#fd = answer(descriptors.duplicate(handle.fd), subject);
    try {
      this.#found = readModes(this.#fd, subject);
      this.#terminal = terminalOf(this.#fd, subject);
      answer(terminalsFor(subject).guard(this.#fd), subject);
    } catch (error) {
      descriptors.close(this.#fd);
      throw error;
    }
    this.#enter();
    this.#siblings = holdsOf(handle).add(this);
    watchListeners();
  }

  /** Whether its keys make signals for this process. */
  get isOfSession(): boolean {
    return this.#terminal === SESSION;
  }

  /** The modes as they were, and will be. */
  get found(): Uint32Array {
    return this.#found;
  }

  /** The modes as they are, but for those of a question above. */
  read(): Uint32Array {
    return this.#questionAbove?.found ?? readModes(this.#fd, this.#subject);
  }

  /**
   * At once, or when the question above is over; nothing any more when this is over. In the
   * background it stops the process until it is in the foreground.
   */
  set(words: Uint32Array): void {
    if (this.#isOver) return;
    const question = this.#questionAbove;
    if (question !== null) question.#found = words;
    else answer(terminalsFor(this.#subject).setModes(this.#fd, words, 0), this.#subject);
  }

  /** Gives back what was found. Idempotent; a terminal that is gone is no error. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#siblings.delete(this);
    const terminals = terminalsFor(this.#subject);
    const question = this.#questionAbove;
    const others = (stacks.get(this.#terminal) ?? []).filter((hold) => hold !== this);
    if (others.length === 0) {
      stacks.delete(this.#terminal);
      terminals.release(this.#fd);
    } else {
      stacks.set(this.#terminal, others);
      if (question !== null) question.#found = this.#found;
      else terminals.setModes(this.#fd, this.#found, 0);
    }
    descriptorsFor(this.#subject).close(this.#fd);
  }

  #enter(): void {
    const holds = [...(stacks.get(this.#terminal) ?? [])];
    const first = this.#isQuestion ? -1 : holds.findIndex((hold) => hold.#isQuestion);
    holds.splice(first === -1 ? holds.length : first, 0, this);
    stacks.set(this.#terminal, holds);
    this.#found = this.#questionAbove?.found ?? this.#found;
  }

  get #questionAbove(): ModesHold | null {
    const holds = stacks.get(this.#terminal) ?? [];
    const question = holds.slice(holds.indexOf(this) + 1).find((hold) => hold.#isQuestion);
    if (question === undefined) return null;
    // A terminal may have the name of one that is dead.
    return question.#isAlive && this.#isAlive ? question : null;
  }

  get #isAlive(): boolean {
    return terminalsFor(this.#subject).getModes(this.#fd, new Uint32Array(MODES_WORDS)) >= 0;
  }
}

function holdsOf(handle: Handle): Set<ModesHold> {
  const known = holds.get(handle);
  if (known !== undefined) return known;
  const fresh: Set<ModesHold> = new Set();
  holds.set(handle, fresh);
  handle.whenClosed(() => {
    for (const hold of [...fresh]) hold.end();
  });
  return fresh;
}

export function readModes(fd: number, subject: Subject): Uint32Array {
  const words = new Uint32Array(MODES_WORDS);
  answer(terminalsFor(subject).getModes(fd, words), subject);
  return words;
}

/** The same for each descriptor of one terminal. */
function terminalOf(fd: number, subject: Subject): string | symbol {
  const { name } = answer(descriptorsFor(subject).describe(fd), subject);
  // All controllers have one name.
  if (name.endsWith("ptmx")) return Symbol(name);
  // Only that of the session answers, which may have been opened as /dev/tty.
  return terminalsFor(subject).foregroundGroup(fd) >= 0 ? SESSION : name;
}

let isWatching = false;

/**
 * While the program listens to a signal, that is what happens then, and not the end of the process.
 * With the last listener goes whatever caught the signal, so the guard has to catch it again.
 */
function watchListeners(): void {
  if (isWatching || !isMainThread) return;
  isWatching = true;
  process.on("removeListener", (event: string | symbol) => {
    const signal = GUARDED_SIGNALS.find((name) => name === event);
    if (signal === undefined || process.listenerCount(signal) > 0) return;
    terminalsFor({ call: "guard", path: "" }).guardSignals(constants.signals[signal], true);
  });
}
