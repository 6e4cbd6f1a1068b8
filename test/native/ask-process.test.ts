/**
 * Goal: a question is a good citizen of its process and its terminal: it goes to the terminal
 * whatever the standard streams are, stops and goes on with its job, and leaves the terminal as it
 * was, however the process ends.
 * Method: processes with a pseudo-terminal as their own, some of them jobs of a shell; the test
 * types, sees, and compares the terminal's modes.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type AtTerminal, assertEnd, startAtTerminal } from "../support/at-terminal.ts";
import { noTerminals } from "../support/pty.ts";
import type { PtyChild } from "../support/pty-child.ts";

const script = new URL("./ask-child.js", import.meta.url);

/** Standard input and output are no terminal: Node restores the modes of those at some ends. */
const NO_STREAMS = 'exec "$@" <>/dev/null >&0 2>&0';

function start(
  way: string,
  shell?: string,
  env: Readonly<Record<string, string>> = {},
): AtTerminal {
  return startAtTerminal(script, [way], { env, ...(shell !== undefined && { shell }) });
}

/** Waits until it is on the screen; if the process ends before that, it never is. */
async function sees({ pty, child }: AtTerminal, text: string): Promise<void> {
  const ended = child.ended().then(({ said }) => {
    throw new Error(`It ended before it showed "${text}"; it said: ${said}`);
  });
  await Promise.race([pty.shown(text), ended]);
}

describe("a question of a process", { skip: noTerminals }, () => {
  test("the standard streams are the terminal", async () => {
    const started = start("with history");
    await sees(started, "1? ");
    started.pty.type("\x1b[A\x1b[A!\r");
    assert.equal(await assertEnd(started, 0), 'answer: "older!"\n');
  });

  const STREAMS: Readonly<Record<string, string>> = {
    "the standard output is a pipe": 'exec "$@" >&3',
    "the standard output and errors are pipes": 'exec "$@" >&3 2>&3',
    "the standard input is for reading only": 'exec "$@" </dev/tty >&3',
  };
  for (const [name, shell] of Object.entries(STREAMS)) {
    test(`${name}: it is asked on the terminal`, async () => {
      const started = start("one", shell);
      await sees(started, "1? ");
      started.pty.type("hello\r");
      assert.match(await assertEnd(started, 0), /answer: "hello"\n$/);
      await started.pty.shown("hello");
    });
  }

  test("the standard input is a pipe: its lines, and nothing is shown", async () => {
    const started = start("two", "printf 'one\\r\\ntwo' | \"$@\"; echo end");
    assert.equal(await assertEnd(started, 0), 'answer: "one"\nanswer: "two"\n');
    assert.equal(await started.pty.shown("end\r\n"), "end\r\n");
  });

  test("a line of a pipe that is too long is refused, and stays", async () => {
    const started = start("short", "printf '12345\\n' | \"$@\"");
    assert.equal(
      await assertEnd(started, 0),
      'error: ERR_LINE_TOO_LONG \nerror: ERR_LINE_TOO_LONG \nanswer: "12345"\n',
    );
  });

  test("the standard input is a file, and ends", async () => {
    const shell = `f=$(mktemp); printf 'one\\n' >"$f"; "$@" <"$f"; rm "$f"`;
    assert.equal(await assertEnd(start("two", shell), 0), 'answer: "one"\nanswer: null\n');
  });

  test("a terminal that can do nothing has an editor of its own", async () => {
    const started = start("two", undefined, { TERM: "dumb" });
    await sees(started, "1? ");
    started.pty.type("ax\x7fb\r");
    await sees(started, "2? ");
    started.pty.type("\x04");
    assert.equal(await assertEnd(started, 0), 'answer: "ab"\nanswer: null\n');
  });

  test("nor does it show a secret", async () => {
    const started = start("secret", undefined, { TERM: "dumb" });
    await sees(started, "1? ");
    started.pty.type("hidden\n");
    assert.equal(await started.pty.shown("\n"), "\r\n");
    assert.equal(await assertEnd(started, 0), 'answer: "hidden"\n');
  });

  test("Ctrl-D is the end", async () => {
    const started = start("two");
    await sees(started, "1? ");
    started.pty.type("\x04");
    await sees(started, "2? ");
    started.pty.type("\x04");
    assert.equal(await assertEnd(started, 0), "answer: null\nanswer: null\n");
  });

  test("a hang-up is the end, if the process hears of it and goes on", async () => {
    const started = start("hang-up");
    await sees(started, "1? ");
    started.pty.hangUp();
    assert.match((await started.child.ended()).said, /^answer: null$/m);
  });

  test("Ctrl-C as a signal ends the process", async () => {
    const started = start("as a signal");
    await sees(started, "1? ");
    started.pty.type("abc\x03");
    // It is shown before the signal, and perhaps seen behind it.
    await started.pty.shown("^C");
    assert.equal(await assertEnd(started, null, "SIGINT"), "");
  });

  test("Ctrl-C as a signal that is heard asks anew", async () => {
    const started = start("as a signal that is heard");
    await sees(started, "1? ");
    started.pty.type("abc\x03");
    await sees(started, "abc^C");
    await sees(started, "1? ");
    await started.child.said("heard");
    started.pty.type("def\r");
    assert.equal(await assertEnd(started, 0), 'heard\nanswer: "def"\n');
  });

  test("a question that does not hold the process", async () => {
    const started = start("not held");
    assert.equal(await assertEnd(started, 0), "ends\n");
  });

  for (const [way, exitCode] of [
    ["process.exit", 7],
    ["throw", 1],
    ["reject", 1],
  ] as const) {
    test(`the terminal is as it was after ${way}`, async () => {
      assert.equal(await assertEnd(start(way, NO_STREAMS), exitCode), "raw: true\n");
    });
  }

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGABRT"] as const) {
    test(`the terminal is as it was after ${signal}`, async () => {
      const started = start("pending", NO_STREAMS);
      await started.child.said("asked");
      started.child.kill(signal);
      await assertEnd(started, null, signal);
    });
  }

  test("the terminal is as it was after Ctrl-C that nobody handles", async () => {
    const started = start("unhandled Ctrl-C", NO_STREAMS);
    await sees(started, "pending? ");
    assert.notDeepEqual(started.pty.modes(), started.before);
    started.pty.type("\x03");
    await assertEnd(started, 1);
  });

  test("a signal that the program listens to changes nothing", async () => {
    const started = start("listener", NO_STREAMS);
    await started.child.said("asked");
    started.child.kill("SIGTERM");
    assert.match(await assertEnd(started, 9), /still raw: true\n/);
  });

  test("the terminal is as it was after the worker that asked", async () => {
    const started = start("worker", NO_STREAMS);
    await started.child.said("asked");
    assert.notDeepEqual(started.pty.modes(), started.before);
    started.child.kill("SIGUSR1");
    await started.child.said("terminated");
    assert.deepEqual(started.pty.modes(), started.before);
    started.child.kill("SIGKILL");
    await started.child.ended();
  });
});

async function jobOf(child: PtyChild): Promise<number> {
  return Number(/^pid: (\d+)$/m.exec(await child.said("pid: "))?.[1]);
}

/** Job control; says when the job has stopped, and waits for a line. */
const STOPPED = 'set -m; "$@"; echo stopped >&3; read -r line; echo "line: $line" >&3';

describe("a question of a job", { skip: noTerminals }, () => {
  test("Ctrl-Z stops it; it goes on where it was", async () => {
    const started = start("one", `${STOPPED}; fg >/dev/null; exit $?`);
    const { pty, child, before } = started;
    await sees(started, "1? ");
    pty.type("ab\x1acd");
    await child.said("stopped");
    assert.deepEqual(pty.modes(), before, "the modes are not as they were");
    pty.type("for the shell\n");
    await child.said("line: for the shell");
    await sees(started, "1? ab");
    // What was typed at once with Ctrl-Z is the question's.
    await sees(started, "cd");
    pty.type("ef\r");
    assert.match(await assertEnd(started, 0), /answer: "abcdef"\n$/);
  });

  test("stopped by somebody else, it is shown again", async () => {
    const started = start("one", `${STOPPED}; fg >/dev/null; exit $?`);
    const { pty, child } = started;
    await sees(started, "1? ");
    pty.type("ab");
    await sees(started, "ab");
    process.kill(await jobOf(child), "SIGSTOP");
    await child.said("stopped");
    pty.type("\n");
    await child.said("line: ");
    await sees(started, "1? ab");
    pty.type("c\r");
    assert.match(await assertEnd(started, 0), /answer: "abc"\n$/);
  });

  test("in the background it is stopped, and changes no modes", async () => {
    const shell = 'set -m; "$@" & wait $!; echo stopped >&3; read -r line; fg >/dev/null; exit $?';
    const started = start("one", shell);
    const { pty, child, before } = started;
    await child.said("stopped");
    assert.deepEqual(pty.modes(), before);
    pty.type("for the shell\n");
    await sees(started, "1? ");
    pty.type("hello\r");
    assert.match(await assertEnd(started, 0), /answer: "hello"\n$/);
  });

  test("sent to the background, it is stopped again until it comes back", async () => {
    const shell = `${STOPPED}; bg >/dev/null; wait %1; echo again >&3; fg >/dev/null; exit $?`;
    const started = start("one", shell);
    const { pty, child } = started;
    await sees(started, "1? ");
    pty.type("ab\x1a");
    await child.said("stopped");
    pty.type("\n");
    await child.said("again");
    await sees(started, "1? ab");
    pty.type("c\r");
    assert.match(await assertEnd(started, 0), /answer: "abc"\n$/);
  });

  test("where nobody can let it go on, Ctrl-Z does nothing", async () => {
    // The leader of a session has no shell that could.
    const started = start("one");
    await sees(started, "1? ");
    started.pty.type("a\x1ab\r");
    assert.match(await assertEnd(started, 0), /answer: "ab"\n$/);
  });
});
