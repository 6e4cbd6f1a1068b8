// A process at a pseudo-terminal of its own, whose modes have to be at the end what they were.

import assert from "node:assert/strict";
import { TestPty } from "./pty.ts";
import type { PtyChild, PtyChildOptions } from "./pty-child.ts";

export interface AtTerminal {
  readonly pty: TestPty;
  /** The modes before it began. */
  readonly before: readonly number[];
  readonly child: PtyChild;
}

export function startAtTerminal(
  script: URL,
  args: readonly string[],
  options: PtyChildOptions,
): AtTerminal {
  const pty = new TestPty();
  return { pty, before: pty.modes(), child: pty.run(script, args, options) };
}

/** Returns what it said. */
export async function assertEnd(
  { pty, before, child }: AtTerminal,
  exitCode: number | null,
  signal: NodeJS.Signals | null = null,
): Promise<string> {
  const end = await child.ended();
  const how = { exitCode: end.exitCode, signal: end.signal, isHanging: end.isHanging };
  assert.deepEqual(how, { exitCode, signal, isHanging: false }, end.said);
  assert.deepEqual(pty.modes(), before, "the modes are not as they were");
  return end.said;
}
