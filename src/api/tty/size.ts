// How big a terminal is.

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
  const [rows = 0, columns = 0] = words;
  return { rows, columns };
}
