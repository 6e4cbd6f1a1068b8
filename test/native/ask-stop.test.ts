/**
 * Goal: a question can be stopped at any moment: nothing that was typed is lost, the next question
 * shows it and goes on with it, and the terminal has its modes back.
 * Method: a person at a pseudo-terminal, and stops behind each byte of what is typed; a clock that
 * goes when it is told to.
 */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { ESCAPE_MS } from "../../src/base/limits.ts";
import { Prng } from "../../src/base/prng.ts";
import { StepClock } from "../../src/base/step-clock.ts";
import { Io, IoBuffer, IoError, Scope } from "../../src/index.ts";
import { noTerminals, TestPty } from "../support/pty.ts";
import { newPerson, type Person, withPerson } from "./tty-screen.ts";

/** Letters of one to four bytes, keys of one to six, and an end that another question gets. */
const KEYS = Buffer.from("aé你😀\x1b[D\x7fü\x1b[H\x1bf\x1b[1;5D\x0b\x19\x1b[3~x\x01日\x05本\r");

function isError(code: string, cause?: unknown): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof IoError, String(error));
    assert.deepEqual([error.code, error.syscall], [code, "ask"]);
    if (cause !== undefined) assert.equal((error.cause as IoError)?.code ?? error.cause, cause);
    return true;
  };
}

/** What comes of all keys at once. */
async function lineOf(keys: Uint8Array): Promise<string | null> {
  let line: string | null = null;
  await withPerson(async (person) => {
    const answer = person.tty.ask("? ");
    await person.sees("?");
    await person.type(keys);
    line = await answer;
  });
  return line;
}

/** Its time goes when it is told to: a slow machine must not end a key that comes in parts. */
const clock = new StepClock();
const io = new Io({}, clock);

describe("a question that is stopped", { skip: noTerminals }, () => {
  test("behind each byte: the next one goes on as if nothing had been", async () => {
    const line = await lineOf(KEYS);
    assert.ok(line !== null && line.length > 3, `only ${line}`);
    for (let count = 0; count < KEYS.length; count++) {
      await withPerson(
        async (person) => {
          // What arrives between two questions would be for the terminal's own editor.
          person.tty.setRaw(true);
          const controller = new AbortController();
          const stopped = person.tty.ask("1? ", { signal: controller.signal });
          await person.sees("1?");
          await person.type(KEYS.subarray(0, count));
          await person.isRead();
          controller.abort("enough");
          await assert.rejects(stopped, isError("ABORT_ERR", "enough"));
          const answer = person.tty.ask("2? ");
          await person.sees("2?");
          await person.type(KEYS.subarray(count));
          assert.equal(await answer, line, `stopped behind ${count} bytes`);
        },
        { io },
      );
    }
  });

  test("again and again, at random", async () => {
    const line = await lineOf(KEYS);
    const prng = new Prng(5);
    for (let round = 0; round < 20; round++) {
      await withPerson(
        async (person) => {
          person.tty.setRaw(true);
          let [typed, asked] = [0, 0];
          while (typed < KEYS.length) {
            const controller = new AbortController();
            const prompt = `${asked++}?`;
            const answer = person.tty.ask(`${prompt} `, { signal: controller.signal });
            await person.sees(prompt);
            const end = Math.min(KEYS.length, typed + prng.below(6));
            await person.type(KEYS.subarray(typed, end));
            if (prng.chance(0.5)) await person.isRead();
            typed = end;
            if (typed < KEYS.length) {
              controller.abort();
              await assert.rejects(answer, isError("ABORT_ERR"));
            } else assert.equal(await answer, line, `round ${round}`);
          }
        },
        { io },
      );
    }
  });

  test("by its timeout", async () => {
    const use = async (person: Person): Promise<void> => {
      const late = person.tty.ask("1? ", { timeoutMs: 1000 });
      await person.sees("1?");
      await person.type("sl");
      await person.sees("1? sl");
      clock.step(1000);
      await assert.rejects(late, isError("ETIMEDOUT"));
      const answer = person.tty.ask("2? ", { timeoutMs: 1000 });
      await person.sees("2? sl");
      await person.type("ow\r");
      assert.equal(await answer, "slow");
      assert.equal(clock.timerCount, 0);
    };
    await withPerson(use, { io });
  });

  test("a key of one ESC is one after half a second, and nothing then", async () => {
    const use = async (person: Person): Promise<void> => {
      const answer = person.tty.ask("? ");
      await person.sees("?");
      await person.type("ab\x1b");
      await person.sees("? ab");
      await person.isRead();
      while (clock.timerCount === 0) await new Promise((resolve) => setImmediate(resolve));
      clock.step(500);
      await person.type("[D\r");
      assert.equal(await answer, "ab[D");
    };
    await withPerson(use, { io });
  });

  test("the rest of a key is in time if it has come before anybody could look", async () => {
    let timerCount = 0;
    const after: Clock["after"] = (...timer) => {
      timerCount++;
      return systemClock.after(...timer);
    };
    const pty = new TestPty();
    const tty = await new Io({}, { now: systemClock.now, after }).openTty(pty.path);
    const answer = tty.ask("? ");
    await pty.shown("? ");
    pty.type("ab\x1b");
    while (timerCount === 0) await new Promise((resolve) => setImmediate(resolve));
    pty.type("[D!\r");
    // Nobody looks in that time.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ESCAPE_MS + 1);
    assert.equal(await answer, "a!b");
    await tty.close();
  });

  test("before it began: nothing is shown", async () => {
    await withPerson(async (person) => {
      const reason = new Error("no");
      const never = person.tty.ask("never? ", { signal: AbortSignal.abort(reason) });
      await assert.rejects(never, { code: "ABORT_ERR", cause: reason });
      const first = person.tty.ask("1? ");
      await person.sees("1?");
      const controller = new AbortController();
      const waiting = person.tty.ask("waits? ", { signal: controller.signal });
      const last = person.tty.ask("2? ");
      controller.abort();
      await assert.rejects(waiting, isError("ABORT_ERR"));
      await person.type("a\rb\r");
      assert.deepEqual([await first, await last], ["a", "b"]);
      await person.sees("2? b");
      assert.equal(person.screen.text, "1? a\n2? b");
    });
  });

  test("by close(): the modes come back, and nobody need handle it", async () => {
    await withPerson(async (person) => {
      const pair = await newPerson();
      const before = pair.tty.modes();
      const other = await new Io().openTty(pair.tty.path);
      const stopped = pair.tty.ask("? ");
      await pair.sees("?");
      assert.notDeepEqual(other.modes(), before);
      void pair.tty.ask("behind? ");
      await pair.tty.close();
      await assert.rejects(stopped, isError("ABORT_ERR", "ERR_CLOSED"));
      assert.deepEqual(other.modes(), before);
      assert.throws(() => pair.tty.ask("? "), { code: "ERR_CLOSED" });
      await other.close();
      await pair.hangUp();
      await person.type("x");
    });
  });

  test("by the end of its scope: it is over, and the modes are back", async () => {
    await withPerson(async (person) => {
      const before = person.tty.modes();
      let stopped: Promise<string | null> = Promise.resolve(null);
      await Scope.use({}, async (scope) => {
        const tty = await scope.openTty(person.tty.path);
        tty.setRaw(true);
        stopped = tty.ask("? ");
        await person.sees("?");
      });
      assert.deepEqual(person.tty.modes(), before);
      await assert.rejects(stopped, isError("ABORT_ERR", "ERR_SCOPE_LEFT"));
    });
  });

  test("by drain()", async () => {
    const io = new Io();
    await withPerson(async (person) => {
      const tty = await io.openTty(person.tty.path);
      const stopped = tty.ask("? ");
      await person.sees("?");
      assert.deepEqual(await io.drain(), { held: [] });
      await assert.rejects(stopped, isError("ABORT_ERR"));
      assert.equal(person.tty.isRaw, false);
      await tty.close();
    });
  });

  test("by cancelAll()", async () => {
    await withPerson(async (person) => {
      const stopped = person.tty.ask("1? ");
      await person.sees("1?");
      await person.type("kept");
      await person.sees("1? kept");
      await person.tty.cancelAll();
      await assert.rejects(stopped, isError("ABORT_ERR"));
      const buffer = new IoBuffer(10);
      assert.equal(await person.tty.read(buffer), 4);
      assert.equal(Buffer.from(buffer.bytes.subarray(0, 4)).toString(), "kept");
    });
  });

  test("by a hang-up: null, for nobody has pressed Enter", async () => {
    const person = await newPerson();
    const answer = person.tty.ask("Delete all? ");
    await person.sees("Delete all?");
    await person.type("yes");
    await person.sees("Delete all? yes");
    await person.hangUp();
    assert.equal(await answer, null);
    assert.equal(await person.tty.ask("again? "), null);
    await person.tty.close();
  });

  test("the screen is as before, if that is wanted", async () => {
    await withPerson(async (person) => {
      await person.tty.writeAll("before\n");
      const controller = new AbortController();
      const options = { signal: controller.signal, clear: true };
      const stopped = person.tty.ask("two\nlines? ", options);
      await person.sees("lines?");
      await person.type("x".repeat(100));
      await person.sees("x".repeat(28));
      await person.seesThat(() => person.screen.cursor.join() === "3,27", "all of it");
      await person.type("\x1b[H");
      await person.seesThat(() => person.screen.cursor.join() === "2,7", "the cursor go home");
      controller.abort();
      await assert.rejects(stopped, isError("ABORT_ERR"));
      await person.tty.writeAll("news\n");
      await person.sees("news");
      assert.equal(person.screen.text, "before\nnews");
      const answer = person.tty.ask("? ");
      await person.sees("? xxx");
      await person.type("\r");
      assert.equal(await answer, "x".repeat(100));
    });
  });

  test("although the screen takes nothing any more", async () => {
    const io = new Io();
    const { controller, path } = io.openPty();
    const tty = await io.openTty(path);
    const blocked = tty.writeAll("x".repeat(1_000_000));
    const stopping = new AbortController();
    const stopped = tty.ask("? ", { signal: stopping.signal });
    stopping.abort();
    await assert.rejects(stopped, isError("ABORT_ERR"));
    assert.equal(tty.isRaw, false);
    assert.equal((await blocked.cancel().outcome()).status, "canceled");
    await Promise.all([tty.close(), controller.close()]);
  });

  test("leaves nothing behind: no descriptor, no listener, no timer", async () => {
    const clock = new StepClock();
    const use = async (person: Person): Promise<void> => {
      const held = (): readonly number[] => [
        readdirSync("/proc/self/fd").length,
        process.listenerCount("SIGWINCH"),
        process.listenerCount("SIGCONT"),
        clock.timerCount,
      ];
      const before = held();
      for (let count = 0; count < 10; count++) {
        const controller = new AbortController();
        const answer = person.tty.ask(`${count}? `, {
          signal: controller.signal,
          timeoutMs: 1000,
          secret: count % 3 === 0,
        });
        await person.sees(`${count}?`);
        if (count % 2 === 0) await person.type("\r");
        else controller.abort();
        await answer.catch(() => {});
      }
      assert.deepEqual(held(), before);
    };
    await withPerson(use, { io: new Io({}, clock) });
  });
});
