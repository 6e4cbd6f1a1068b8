// Asks whoever is at the standard input.

import { bug } from "../../base/assert.ts";
import { defaultIo } from "../default.ts";
import { handleIn } from "../file-streams.ts";
import { startAsk } from "./ask.ts";
import type { AskOptions } from "./ask-options.ts";

/**
 * Asks for a line at the standard input.
 *
 * At a terminal the line can be edited as in a shell: with the keys that `node:readline` knows,
 * history, and completion. The question is shown on that terminal, also if the standard output is
 * a pipe. When it is canceled or times out, what was typed so far is not lost: the next question
 * shows it, and goes on with it. Of several pasted lines each question gets one. The terminal's
 * modes are those of a question only while one is there; they come back however the process ends.
 *
 * If it is no terminal, the next line is read, and nothing is shown unless `output` says where.
 *
 * @param prompt Shown before the line; may have several lines, and colors.
 * @returns The line without its end; null at the end of the input: Ctrl-D on an empty line, a
 *   terminal that hung up, the end of a pipe.
 * @throws {TypeError} or {RangeError} on a wrong option.
 *
 * Rejects with `ABORT_ERR` (also if the user typed Ctrl-C: then its cause is `ERR_INTERRUPTED`),
 * `ETIMEDOUT`, `ERR_LINE_TOO_LONG`, or what the kernel said.
 *
 * @example For no longer than half a minute
 * ```ts
 * import { ask } from "overlapped";
 * const name = await ask("Your name? ", { timeoutMs: 30_000 });
 * console.log(name === null ? "Nobody is there." : `Hello, ${name}!`);
 * ```
 */
export function ask(prompt: string, options?: AskOptions): Promise<string | null> {
  const io = defaultIo();
  const input = io.stdin();
  const handle = handleIn(input) ?? bug("ask: an input without a handle");
  const tty = input.kind === "tty" ? input : null;
  return startAsk({ handle, tty, others: () => [io.stdout(), io.stderr()] }, prompt, options);
}
