// How big a terminal is.

import { loadTerminals } from "../../kernel/terminal.ts";
import { answer, type Subject, terminalsFor } from "./terminal-calls.ts";

/** The size of a terminal, in characters. */
export interface TtySize {
  /** Lines of text; 0 to 65_535, and 0 if nobody has said. */
  readonly rows: number;
  /** Characters of a line; 0 to 65_535, and 0 if nobody has said. */
  readonly columns: number;
}

const SIZE_WORDS = 4;

export function readSize(fd: number, subject: Subject): TtySize {
  const words = new Uint16Array(SIZE_WORDS);
  answer(terminalsFor(subject).getSize(fd, words), subject);
  return sizeOf(words);
}

/** Null where nobody can tell: a signal may come when the terminal has been hung up. */
export function sizeIfKnown(fd: number): TtySize | null {
  const words = new Uint16Array(SIZE_WORDS);
  const result = loadTerminals().terminals?.getSize(fd, words) ?? -1;
  return result < 0 ? null : sizeOf(words);
}

export function isSame(one: TtySize, other: TtySize): boolean {
  return one.rows === other.rows && one.columns === other.columns;
}

function sizeOf([rows = 0, columns = 0]: Uint16Array): TtySize {
  return { rows, columns };
}
