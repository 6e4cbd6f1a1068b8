// Options of `ask`, each read once and checked before anything is shown.

import { shown, typeError } from "../../base/errors.ts";
import { ASK_BYTES, ASK_BYTES_MAX, HISTORY_LINES } from "../../base/limits.ts";
import {
  type CallOptions,
  checkNumber,
  checkObject,
  type Given,
  takeFlag,
  takeOptions,
} from "../options.ts";
import { StreamHandle } from "../stream-handle.ts";
import type { Complete } from "./line-editor.ts";

/** Answers that were given before, for the keys Up and Down. */
export interface AskHistory {
  /** The oldest first. An answer goes to the end, unless it is empty or the same as the last. */
  readonly lines: string[];
  /** How many are kept: beyond that the oldest go. 1 to 1_000_000; 1000 if absent. */
  readonly max?: number | undefined;
}

/** Options of `ask`. */
export interface AskOptions extends CallOptions {
  /** Whether nothing shows what is typed, and no history gets it; not so if absent. */
  readonly secret?: boolean | undefined;
  /** What is shown for each character of a `secret`: one character; nothing if absent. */
  readonly mask?: string | undefined;
  /**
   * Earlier answers, the oldest first, to which the answer is added: an array, of which the last
   * 1000 are kept; or one with a number of its own. None if absent.
   */
  readonly history?: string[] | AskHistory | undefined;
  /** What stands on the line at first, to be edited, without a line end; nothing if absent. */
  readonly initial?: string | undefined;
  /**
   * Completes the text before the cursor when Tab is pressed: returns what could be meant, and the
   * end of the text that it would replace, as the completer of `node:readline` does. If absent,
   * Tab is a character.
   */
  readonly complete?: Complete | undefined;
  /** Whether the answer comes without white space at both ends; it does not if absent. */
  readonly trim?: boolean | undefined;
  /**
   * Where prompt and line are shown, if that is a terminal. If it is none, or absent: on the
   * terminal that is asked. What is not a terminal shows its prompt only where it is told to.
   */
  readonly output?: StreamHandle | undefined;
  /**
   * What Ctrl-C does: `"reject"` ends the call with `ABORT_ERR`, so if absent; `"signal"` is
   * SIGINT for all processes in the foreground, as without us, and then the question anew.
   */
  readonly interrupt?: "reject" | "signal" | undefined;
  /**
   * Whether prompt and line vanish from the screen when the call is canceled, times out or fails.
   * If absent they stay, and what is shown next begins on a new line.
   */
  readonly clear?: boolean | undefined;
  /** Bytes that are typed for an answer at most; 1 to 1_048_576; 65_536 if absent. */
  readonly maxBytes?: number | undefined;
}

/** The same, checked. */
export interface KeptHistory {
  readonly lines: string[];
  readonly max: number;
}

/** What `ask` was asked for, checked. */
export interface AskPlan {
  readonly prompt: string;
  readonly given: Given;
  readonly isSecret: boolean;
  readonly mask: string;
  readonly history: KeptHistory | null;
  readonly initial: string;
  readonly complete: Complete | undefined;
  readonly isTrimmed: boolean;
  readonly output: StreamHandle | undefined;
  readonly interrupt: "reject" | "signal";
  readonly isCleared: boolean;
  readonly maxBytes: number;
}

const CALL = "ask";
const HISTORY_LINES_MAX = 1_000_000;
const LINE_END = /[\n\r\u2028\u2029]/;
const CONTROL = /\p{Control}/u;

export function planAsk(prompt: unknown, options: AskOptions = {}): AskPlan {
  checkObject(options, CALL);
  if (typeof prompt !== "string") refuse("prompt", prompt, "a string");
  const given = takeOptions(options, CALL);
  const isSecret = takeFlag(options, "secret", false, CALL);
  const { mask = "", initial = "", maxBytes = ASK_BYTES } = options;
  const { history, complete, output, interrupt = "reject" } = options;
  checkNumber(maxBytes, "maxBytes", CALL, 1, ASK_BYTES_MAX);
  checkMask(mask, isSecret);
  if (typeof initial !== "string") refuse("initial", initial, "a string");
  if (LINE_END.test(initial)) refuse("initial", initial, "text without a line end");
  if (complete !== undefined && typeof complete !== "function") {
    refuse("complete", complete, "a function");
  }
  if (output !== undefined && !(output instanceof StreamHandle)) {
    refuse("output", output, "a handle such as stderr()");
  }
  if (interrupt !== "reject" && interrupt !== "signal") {
    refuse("interrupt", interrupt, '"reject" or "signal"');
  }
  const isTrimmed = takeFlag(options, "trim", false, CALL);
  const isCleared = takeFlag(options, "clear", false, CALL);
  const plan = { prompt, given, isSecret, mask, history: takeHistory(history), initial, complete };
  return { ...plan, isTrimmed, output, interrupt, isCleared, maxBytes };
}

/** The answer goes to the end, and what there is no room for goes. */
export function remember(history: KeptHistory | null, line: string): void {
  if (history === null) return;
  const { lines, max } = history;
  if (line.trim() !== "" && lines.at(-1) !== line) lines.push(line);
  if (lines.length > max) lines.splice(0, lines.length - max);
}

/** Those that are one line: others could not be shown as one. */
export function offered(history: KeptHistory | null): string[] {
  if (history === null) return [];
  return history.lines.slice(-history.max).filter((line) => !LINE_END.test(line));
}

function takeHistory(history: unknown): KeptHistory | null {
  if (history === undefined) return null;
  if (typeof history !== "object" || history === null) {
    refuse("history", history, "an array or an object");
  }
  const isArray = Array.isArray(history);
  const { lines, max = HISTORY_LINES } = isArray ? { lines: history } : (history as AskHistory);
  checkNumber(max, "history.max", CALL, 1, HISTORY_LINES_MAX);
  if (!Array.isArray(lines)) refuse("history", lines, "an array of strings");
  // Only those that are kept: an array can be long without holding anything.
  for (const line of lines.slice(-max) as unknown[]) {
    if (typeof line !== "string") refuse("history", lines, "an array of strings");
  }
  if (Object.isFrozen(lines)) refuse("history", lines, "an array that can be added to");
  return { lines, max };
}

function checkMask(mask: unknown, isSecret: boolean): void {
  if (typeof mask !== "string") refuse("mask", mask, "a string");
  if (mask === "") return;
  if ([...mask].length > 1 || CONTROL.test(mask)) refuse("mask", mask, "one character");
  if (!isSecret) refuse("mask", mask, "none, or secret: true");
}

function refuse(name: string, value: unknown, wanted: string): never {
  const code = typeof value === "string" ? "ERR_INVALID_ARG_VALUE" : "ERR_INVALID_ARG_TYPE";
  throw typeError(`Cannot ${CALL}: ${name} is ${shown(value)}, wanted ${wanted}`, code);
}
