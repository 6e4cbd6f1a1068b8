// Who tells the user of a copy. One for people, one for programs; both live as long as the command.

import type { CopyEntry } from "../../index.ts";
import type { Verified } from "./compare.ts";
import type { Failure } from "./messages.ts";

/** How the command ends. */
export interface End {
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
  /** Operations that the kernel still has. */
  readonly heldCount: number;
}

export interface Reporter {
  /** Whether it has a use for entries: to tell of each costs time. */
  readonly wantsEntries: boolean;
  entry(entry: CopyEntry): void;
  verified(entry: CopyEntry, verified: Verified): void;
  failure(failure: Failure): void;
  /** A line for a person, whatever the rest looks like. */
  note(message: string): void;
  /**
   * Ends the display; resolves when all was written, with the exit code: that of `end`, unless what
   * was asked for could not be written.
   */
  finish(end: End): Promise<number>;
}
