/**
 * Goal: while a process is stopped, its terminal has the modes that it had before the guard, and
 * when it goes on in the foreground, those that the process had set. In the background the modes
 * are another's.
 * Method: a shell with job control, which runs the process, waits for a line when that has been
 * stopped, and lets it go on. In dash and in bash that is no terminal's, modes are left alone.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LOCAL_FLAGS } from "../../src/kernel/terminal-abi.ts";
import { noTerminals, TestPty } from "../support/pty.ts";
import type { PtyChild } from "../support/pty-child.ts";

const script = new URL("./terminal-child.js", import.meta.url);

/** Standard input and output are no terminal: Node restores the modes of those at some ends. */
const RUN = '"$@" <>/dev/null >&0 2>&0';
const AFTER_STOP = `set -m; ${RUN}; echo stopped >&3; read -r line; echo "line: $line" >&3`;

interface Stopped {
  readonly pty: TestPty;
  readonly child: PtyChild;
  readonly before: readonly number[];
}

async function stop(signal: NodeJS.Signals, afterwards: string): Promise<Stopped> {
  const pty = new TestPty();
  const before = pty.modes();
  const shell = `${AFTER_STOP}; ${afterwards}`;
  const child = pty.run(script, ["stop", signal], { shell });
  await child.said("stopped");
  return { pty, child, before };
}

async function nodeOf(child: PtyChild): Promise<number> {
  return Number(/^pid: (\d+)$/m.exec(await child.said("continued"))?.[1]);
}

test("stopped, the terminal is as it was; then raw again", { skip: noTerminals }, async () => {
  const { pty, child, before } = await stop("SIGTSTP", "fg; exit $?");
  assert.deepEqual(pty.modes(), before);
  pty.type("go\n");
  await child.said("line: go");
  const node = await nodeOf(child);
  assert.notDeepEqual(pty.modes(), before, "it is not raw again");
  process.kill(node, "SIGTERM");
  assert.equal((await child.ended()).exitCode, 128 + 15);
  assert.deepEqual(pty.modes(), before);
});

test("raw again after a stop that nobody can catch", { skip: noTerminals }, async () => {
  const { pty, child, before } = await stop("SIGSTOP", "stty -echo; fg; exit $?");
  const raw = pty.modes();
  assert.notDeepEqual(raw, before);
  // Raw, there are no lines; the shell's read ends with a byte of this value.
  pty.type("go\n");
  await child.said("line: go");
  const node = await nodeOf(child);
  assert.deepEqual(pty.modes(), raw);
  process.kill(node, "SIGTERM");
  assert.equal((await child.ended()).exitCode, 128 + 15);
  assert.deepEqual(pty.modes(), before);
});

test("in the background the modes are the shell's", { skip: noTerminals }, async () => {
  const shell = "stty -echo; bg; read -r line; wait; exit $?";
  const { pty, child, before } = await stop("SIGTSTP", shell);
  pty.type("go\n");
  await child.said("line: go");
  const node = await nodeOf(child);
  const shells = pty.modes();
  assert.notEqual(shells[LOCAL_FLAGS], before[LOCAL_FLAGS], "stty has not come to it");
  process.kill(node, "SIGTERM");
  pty.type("end\n");
  await child.ended();
  assert.deepEqual(pty.modes(), shells);
});

test("in the background, what it has set itself is set back", { skip: noTerminals }, async () => {
  const { pty, child, before } = await stop("SIGSTOP", "bg; wait %1; exit $?");
  assert.notDeepEqual(pty.modes(), before);
  pty.type("go\n");
  process.kill(await nodeOf(child), "SIGUSR1");
  // It is not stopped for it (SIGTTOU).
  assert.equal((await child.ended()).exitCode, 6);
  assert.deepEqual(pty.modes(), before);
});

test("who sets modes in the background is stopped", { skip: noTerminals }, async () => {
  const pty = new TestPty();
  const before = pty.modes();
  // With job control, waiting ends when the job has been stopped, too.
  const shell = `set -m; ${RUN} & wait $!; echo stopped >&3; read -r line; fg; exit $?`;
  const child = pty.run(script, ["wait"], { shell });
  await child.said("stopped");
  assert.deepEqual(pty.modes(), before);
  pty.type("go\n");
  await child.said("raw");
  assert.notDeepEqual(pty.modes(), before);
  pty.type("\x1c");
  assert.equal((await child.ended()).exitCode, 128 + 3);
  assert.deepEqual(pty.modes(), before);
});
