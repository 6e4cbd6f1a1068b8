/**
 * Goal: a terminal that was made raw has its modes back, however the process ends; its process
 * hears of a new size; and jobs in the background do not disturb those in the foreground.
 * Method: processes with a pseudo-terminal as their own, some of them jobs of a shell; the test
 * has the terminal open, and compares its modes.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type AtTerminal, assertEnd, startAtTerminal } from "../support/at-terminal.ts";
import { noTerminals, TestPty } from "../support/pty.ts";

const script = new URL("./tty-child.js", import.meta.url);

/** Standard input and output are no terminal: Node restores the modes of those at some ends. */
const NO_STREAMS = 'exec "$@" <>/dev/null >&0 2>&0';

/** Only root can become another user. */
const noSu = noTerminals || (process.getuid?.() !== 0 && "it takes root");

function start(way: string, shell: string = NO_STREAMS): AtTerminal {
  return startAtTerminal(script, [way], { shell });
}

describe("a process with a raw terminal", { skip: noTerminals }, () => {
  for (const [way, exitCode] of [
    ["natural", 0],
    ["process.exit", 7],
    ["throw", 1],
    ["reject", 1],
  ] as const) {
    test(`leaves it as it was: ${way}`, async () => {
      assert.match(await assertEnd(start(way), exitCode), /raw: true/);
    });
  }

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGABRT"] as const) {
    test(`leaves it as it was: ${signal}`, async () => {
      const started = start("wait");
      await started.child.said("raw: true");
      assert.notDeepEqual(started.pty.modes(), started.before);
      started.child.kill(signal);
      await assertEnd(started, null, signal);
    });
  }

  test("leaves it as it was: a signal that the program listens to no more", async () => {
    const started = start("wait without its listener");
    await started.child.said("nobody listens");
    started.child.kill("SIGTERM");
    await assertEnd(started, null, "SIGTERM");
  });

  test("leaves it as it was: Ctrl-C", async () => {
    const started = start("unseen");
    await started.child.said("unseen");
    started.pty.type("\x03");
    await assertEnd(started, null, "SIGINT");
  });

  test("in raw mode Ctrl-C is a key", async () => {
    const started = start("wait");
    await started.child.said("raw: true");
    started.pty.type("\x03");
    assert.match(await assertEnd(started, 0), /read: "\\u0003"/);
  });
});

describe("a process and the size of its terminal", { skip: noTerminals }, () => {
  test("it is told of each new one", async () => {
    const started = start("resize");
    await started.child.said("watches");
    started.pty.resize(24, 80);
    await started.child.said("24 rows, 80 columns");
    // Told again what it knows, it is not told.
    started.child.kill("SIGWINCH");
    started.pty.resize(0, 100);
    await started.child.said("0 rows, 100 columns");
    started.pty.resize(50, 100);
    started.pty.type("end\n");
    const said = await assertEnd(started, 0);
    assert.equal(said.match(/rows/g)?.length, 2, said);
  });

  test("it has none any more when it was hung up, which is nobody's error", async () => {
    const started = start("hang-up");
    await started.child.said("watches");
    started.pty.hangUp();
    const { exitCode, said } = await started.child.ended();
    assert.equal(exitCode, 9, said);
    assert.match(said, /watches\ntold\n$/);
  });

  test("waiting for one does not hold the process", async () => {
    assert.match(await assertEnd(start("resize does not hold"), 0), /ends\n$/);
  });
});

test("behind su, a terminal that takes nothing stops nobody", { skip: noSu }, async () => {
  const pty = new TestPty();
  const child = pty.run(script, ["another user's"], { boundMs: 20_000 });
  const { exitCode, said } = await child.ended();
  assert.equal(exitCode, 9, said);
  assert.match(said, /goes on\n$/);
});

describe("jobs of a shell", { skip: noTerminals }, () => {
  test("one in the background that reads is stopped until it is in front", async () => {
    const shell = `set -m
      "$@" & wait $!
      echo stopped >&3
      read -r line
      echo "line: $line" >&3
      fg >/dev/null
      exit $?`;
    const started = start("read", shell);
    // By the time that it has something to read.
    await started.child.said("pid: ");
    started.pty.type("for whoever is in front\n");
    const said = await started.child.said("line: ");
    assert.match(said, /line: for whoever is in front\n/);
    started.pty.type("for the job\n");
    assert.match(await assertEnd(started, 0), /read: "for the job\\n"\n$/);
  });
});
