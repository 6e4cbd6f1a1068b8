// What only a terminal can do: modes, size, modem lines; and the guard, which gives a terminal its
// modes back however the process ends. Numbers of the modes are in `terminal-abi.ts`.

import { loadAddon } from "./addon.ts";
import { TERMINAL_REASON } from "./terminal-abi.ts";

/** Bytes that wait in the terminal, to be read and to be sent. */
export interface WaitingBytes {
  /** That have come and were not read. Of a canonical terminal, only those of whole lines. */
  readonly input: number;
  /** That were written and not sent. */
  readonly output: number;
}

export interface Pty {
  /** A descriptor of this thread. */
  readonly controller: number;
  /** The path of the terminal. */
  readonly follower: string;
}

/** Numbers below zero are errnos. */
export interface Terminals {
  /** Into 26 words, in the order of `terminal-abi.ts`. */
  readonly getModes: (fd: number, words: Uint32Array) => number;
  /**
   * At once; with 2, input that was not read is then discarded. The speeds are those of their
   * words, whatever the control flags say. In the background it stops the
   * process (SIGTTOU) until it is in the foreground, as everywhere.
   */
  readonly setModes: (fd: number, words: Uint32Array, when: 0 | 2) => number;
  /** Into four words: rows, columns, and pixels in x and y. */
  readonly getSize: (fd: number, out: Uint16Array) => number;
  readonly setSize: (fd: number, rows: number, columns: number) => number;
  /** Whether all others, but for root, are kept from opening it. */
  readonly exclusive: (fd: number, isOn: boolean) => number;
  /** The modem lines' bits. */
  readonly lines: (fd: number) => number;
  readonly setLines: (fd: number, set: number, clear: number) => number;
  readonly breakLine: (fd: number, isOn: boolean) => number;
  readonly waiting: (fd: number) => WaitingBytes | number;
  readonly discard: (fd: number, what: "input" | "output" | "both") => number;
  /** The process group that has the terminal. */
  readonly foregroundGroup: (fd: number) => number;
  readonly openPty: () => Pty | number;
  /**
   * Remembers the modes that the terminal has now, once for each terminal, whatever its
   * descriptor: they come back when the process ends in any way that can be caught, when the
   * thread ends, and while the process is stopped. A thread guards a terminal once, however
   * often it asks. With 16 terminals there is no space for more (ENOSPC).
   */
  readonly guard: (fd: number) => number;
  /** Gives the modes back now, unless another thread guards the terminal, too, and forgets. */
  readonly release: (fd: number) => number;
  /**
   * Whether a signal of `GUARDED_SIGNALS` is caught while a terminal is guarded, which is so unless
   * told otherwise. A signal is let alone anyhow while it is ignored or somebody catches it.
   * Call it again, with true, when the program's last listener for a signal has gone.
   */
  readonly guardSignals: (signal: number, isOn: boolean) => number;
}

/** As the shim has them. */
export interface TerminalsShim extends Omit<Terminals, "discard"> {
  readonly discard: (fd: number, queue: number) => number;
}

export type TerminalsResult =
  | { readonly terminals: Terminals; readonly reason: null }
  | { readonly terminals: null; readonly reason: string };

/** Signals that end the process if nobody catches them, and those that stop it and go on. */
export const GUARDED_SIGNALS: readonly NodeJS.Signals[] = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGILL",
  "SIGTRAP",
  "SIGABRT",
  "SIGBUS",
  "SIGFPE",
  "SIGSEGV",
  "SIGUSR1",
  "SIGUSR2",
  "SIGPIPE",
  "SIGALRM",
  "SIGTERM",
  "SIGSTKFLT",
  "SIGXCPU",
  "SIGXFSZ",
  "SIGVTALRM",
  "SIGPROF",
  "SIGIO",
  "SIGPWR",
  "SIGSYS",
  "SIGTSTP",
  "SIGCONT",
];

/** The numbers that TCFLSH takes. */
const QUEUES: Readonly<Record<"input" | "output" | "both", number>> = {
  input: 0,
  output: 1,
  both: 2,
};

let loaded: Terminals | null = null;

export function loadTerminals(): TerminalsResult {
  const { addon, reason } = loadAddon();
  if (addon === null) return { terminals: null, reason };
  if (TERMINAL_REASON !== null) return { terminals: null, reason: TERMINAL_REASON };
  const shim = addon.terminalCalls;
  loaded ??= { ...shim, discard: (fd, what) => shim.discard(fd, QUEUES[what]) };
  return { terminals: loaded, reason: null };
}
