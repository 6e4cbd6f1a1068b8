/**
 * Goal: a terminal that is guarded has its modes back however the process ends or is stopped, or
 * the thread that guards it ends; and the process ends as it would without the guard.
 * Method: processes that make their terminal raw and end in each way; the test keeps the terminal
 * open, and compares its modes.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { GUARDED_SIGNALS } from "../../src/kernel/terminal.ts";
import { type AtTerminal, assertEnd, startAtTerminal } from "../support/at-terminal.ts";
import { noTerminals, TestPty } from "../support/pty.ts";
import type { PtyChildOptions } from "../support/pty-child.ts";

/** Standard input and output are no terminal: Node restores the modes of those at some ends. */
const SHELL = 'exec "$@" <>/dev/null >&0 2>&3';

const script = new URL("./terminal-child.js", import.meta.url);

/** Node ignores them, as does whom it starts, or has another use for them. */
const IGNORED: readonly NodeJS.Signals[] = ["SIGXFSZ", "SIGPIPE", "SIGUSR1"];
const STOPPING: readonly NodeJS.Signals[] = ["SIGTSTP", "SIGCONT"];
const ENDING = GUARDED_SIGNALS.filter((it) => !IGNORED.includes(it) && !STOPPING.includes(it));

function noContainers(): string | false {
  const { status } = spawnSync("unshare", ["--pid", "--fork", "true"], { stdio: "ignore" });
  return status === 0 ? false : "no container can be made: it takes root and unshare(1)";
}

const noContainer: string | false = noTerminals || noContainers();

function start(args: readonly string[], options: PtyChildOptions = {}): AtTerminal {
  return startAtTerminal(script, args, { shell: SHELL, ...options });
}

/** Runs until it says that the terminal is raw, which it then is. */
async function startRaw(...args: readonly string[]): Promise<AtTerminal> {
  const started = start(args);
  await started.child.said("raw\n");
  assert.notDeepEqual(started.pty.modes(), started.before, "it is not raw");
  return started;
}

test("the modes are back after an orderly end", { skip: noTerminals }, async () => {
  await assertEnd(start(["natural"]), 0);
  await assertEnd(start(["process.exit"]), 7);
  await assertEnd(start(["throw"]), 1);
  await assertEnd(start(["reject"]), 1);
});

test("the modes are back after a crash", { skip: noTerminals }, async () => {
  await assertEnd(start(["process.abort"]), null, "SIGABRT");
  await assertEnd(start(["trap"], { nodeFlags: ["--allow-natives-syntax"] }), null, "SIGTRAP");
});

for (const signal of ENDING) {
  test(`the modes are back after ${signal}`, { skip: noTerminals }, async () => {
    const started = await startRaw("wait");
    started.child.kill(signal);
    await assertEnd(started, null, signal);
  });
}

test("without the guard they would not be", { skip: noTerminals }, async () => {
  const { pty, before, child } = await startRaw("wait");
  child.kill("SIGKILL");
  assert.equal((await child.ended()).signal, "SIGKILL");
  assert.notDeepEqual(pty.modes(), before);
});

for (const [key, signal] of [
  ["\x03", "SIGINT"],
  ["\x1c", "SIGQUIT"],
] as const) {
  test(`the modes are back after the key of ${signal}`, { skip: noTerminals }, async () => {
    const started = await startRaw("wait");
    started.pty.type(key);
    await assertEnd(started, null, signal);
  });
}

test("a hang-up ends the process as without the guard", { skip: noTerminals }, async () => {
  const { pty, child } = await startRaw("wait");
  pty.hangUp();
  assert.equal((await child.ended()).signal, "SIGHUP");
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"] as const) {
  for (const way of ["listener before", "listener behind"]) {
    test(`${way} the guard: ${signal} changes nothing`, { skip: noTerminals }, async () => {
      const started = await startRaw(way, signal);
      const raw = started.pty.modes();
      started.child.kill(signal);
      await started.child.said("heard");
      assert.deepEqual(started.pty.modes(), raw, "the process goes on, and is not raw any more");
      started.child.kill(signal);
      await assertEnd(started, 9);
    });
  }
}

// Node leaves them to the system then, also those that it has taken or ignored before.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGPIPE"] as const) {
  test(`the modes are back, its listener removed: ${signal}`, { skip: noTerminals }, async () => {
    const started = await startRaw("listener removed", signal);
    started.child.kill(signal);
    await assertEnd(started, null, signal);
  });
}

test("the first process of a container survives, and is raw", { skip: noContainer }, async () => {
  const container = SHELL.replace("exec", "exec unshare --pid --fork --kill-child");
  const { pty, before, child } = start(["survive"], { shell: container });
  await child.said("survived");
  assert.notDeepEqual(pty.modes(), before);
  child.kill("SIGKILL");
  await child.ended();
});

test("a signal that is not guarded is left alone", { skip: noTerminals }, async () => {
  const { pty, before, child } = await startRaw("signal not guarded", "SIGHUP");
  child.kill("SIGHUP");
  assert.equal((await child.ended()).signal, "SIGHUP");
  assert.notDeepEqual(pty.modes(), before);
});

test("a released terminal is nobody's any more", { skip: noTerminals }, async () => {
  const { pty, before, child } = await startRaw("released");
  child.kill("SIGHUP");
  assert.equal((await child.ended()).signal, "SIGHUP");
  assert.notDeepEqual(pty.modes(), before);
});

test("a trap of WebAssembly is no end", { skip: noTerminals }, async () => {
  const started = start(["WebAssembly"]);
  await started.child.said("trapped: RuntimeError");
  assert.notDeepEqual(started.pty.modes(), started.before);
  started.child.kill("SIGSEGV");
  await assertEnd(started, null, "SIGSEGV");
});

test("two terminals have their modes back", { skip: noTerminals }, async () => {
  const other = new TestPty();
  const otherBefore = other.modes();
  const started = await startRaw("two terminals", other.path);
  assert.notDeepEqual(other.modes(), otherBefore);
  started.child.kill("SIGTERM");
  await assertEnd(started, null, "SIGTERM");
  assert.deepEqual(other.modes(), otherBefore);
});

test("a terminal is the same by another name", { skip: noTerminals }, async () => {
  const pty = new TestPty();
  const before = pty.modes();
  const child = pty.run(script, ["by another name", pty.path], { shell: SHELL });
  await child.said("released");
  assert.deepEqual(pty.modes(), before);
  child.kill("SIGKILL");
  await child.ended();
});

for (const ending of ["natural", "terminated", "process.exit", "throw"]) {
  test(`a worker that guards gives the modes back: ${ending}`, { skip: noTerminals }, async () => {
    const { pty, before, child } = await startRaw(`worker ${ending}`);
    child.kill("SIGUSR1");
    await child.said("worker ended");
    assert.deepEqual(pty.modes(), before, "the process has not ended, but its worker has");
    child.kill("SIGKILL");
    await child.ended();
  });
}

test("a signal ends a process whose worker guards", { skip: noTerminals }, async () => {
  const started = await startRaw("worker natural");
  started.child.kill("SIGTERM");
  await assertEnd(started, null, "SIGTERM");
});

test("of two threads that guard, the last gives back", { skip: noTerminals }, async () => {
  const { pty, before, child } = await startRaw("worker as well");
  child.kill("SIGUSR1");
  await child.said("released");
  assert.deepEqual(pty.modes(), before);
  child.kill("SIGKILL");
  await child.ended();
});
