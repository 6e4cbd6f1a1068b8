/**
 * Goal: a question gets the line that a person has edited, whatever the keys, and nothing of what
 * comes behind it.
 * Method: a person at a pseudo-terminal, and a small screen that shows what that person sees.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type AskOptions, IoError } from "../../src/index.ts";
import { noTerminals } from "../support/pty.ts";
import { newPerson, type Person, withPerson } from "./tty-screen.ts";

const LEFT = "\x1b[D";
const RIGHT = "\x1b[C";
const UP = "\x1b[A";
const DOWN = "\x1b[B";
const HOME = "\x1b[H";
const DELETE = "\x1b[3~";
const BACKSPACE = "\x7f";
const META_B = "\x1bb";

/** Asks a new person, who types when the prompt is there. */
async function answerOf(keys: string, options?: AskOptions): Promise<string | null> {
  const person = await newPerson();
  try {
    const answer = person.tty.ask("? ", options);
    await person.sees("?");
    await person.type(keys);
    return await answer;
  } finally {
    await person.leave();
  }
}

function isError(code: string, cause?: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof IoError, String(error));
    assert.equal(error.code, code);
    assert.equal(error.syscall, "ask");
    if (cause !== undefined) assert.equal((error.cause as IoError).code, cause);
    return true;
  };
}

describe("ask", { skip: noTerminals }, () => {
  const EDITS: Readonly<Record<string, readonly [keys: string, line: string]>> = {
    "a line": ["hello\r", "hello"],
    "an empty line": ["\r", ""],
    "the end of a line as of a file": ["hello\n", "hello"],
    "spaces at both ends": ["  a \r", "  a "],
    backspace: [`helxx${BACKSPACE}${BACKSPACE}lo\r`, "hello"],
    "keys for the cursor": [`ello${HOME}h${RIGHT}${RIGHT}X${LEFT}${DELETE}\r`, "hello"],
    "Ctrl-U, Ctrl-W, Ctrl-K, Ctrl-A, Ctrl-E": ["x\x15a b\x17c\x01zz\x05d\x02\x02\x0b\r", "zza "],
    "words and what was deleted": [`one two${META_B}\x0b\x19\x19\r`, "one twotwo"],
    "undo and redo": ["ab\x1f\x1e\r", "ab"],
    "two bytes": ["Jörg\r", "Jörg"],
    "wide characters": [`你好吗${LEFT}${BACKSPACE}\r`, "你吗"],
    "beyond 16 bits": [`a😀b${LEFT}${LEFT}${DELETE}\r`, "ab"],
    "marks on letters": ["e\u0301a\r", "e\u0301a"],
    "a tab": ["a\tb\r", "a\tb"],
    "a key that does nothing": ["a\x1b[15~\x1b[1;5P\x00\x1cb\r", "ab"],
    "what is not UTF-8": ["a\xffb\r", "a\ufffdb"],
  };
  for (const [name, [keys, line]] of Object.entries(EDITS)) {
    test(`edits: ${name}`, async () => {
      // The last one is made of bytes.
      const typed = name === "what is not UTF-8" ? "latin1" : "utf8";
      await withPerson(async (person) => {
        const answer = person.tty.ask("? ");
        await person.sees("?");
        await person.type(Buffer.from(keys, typed));
        assert.equal(await answer, line);
      });
    });
  }

  test("it is shown as it is edited, on the row of the prompt", async () => {
    await withPerson(async (person) => {
      const answer = person.tty.ask("Name: ");
      await person.sees("Name:");
      assert.deepEqual(person.screen.cursor, [0, 6]);
      await person.type(`你好${LEFT}`);
      await person.seesThat(() => person.screen.cursor[1] === 8, "the cursor between the two");
      assert.equal(person.screen.text, "Name: 你好");
      await person.type("吗\r");
      assert.equal(await answer, "你吗好");
      await person.sees("Name: 你吗好");
      await person.seesThat(() => person.screen.cursor[0] === 1, "the cursor on a new line");
      assert.deepEqual(person.screen.cursor, [1, 0]);
    });
  });

  test("a line of several rows, and a prompt of several lines", async () => {
    const use = async (person: Person): Promise<void> => {
      const answer = person.tty.ask("A question\nof two lines: ");
      await person.sees("of two lines:");
      await person.type("x".repeat(30));
      const shown = `A question\nof two lines: ${"x".repeat(6)}\n${"x".repeat(20)}\nxxxx`;
      await person.sees(shown);
      await person.type(HOME);
      await person.seesThat(() => person.screen.cursor.join() === "1,14", "the cursor go home");
      assert.equal(person.screen.text, shown);
      await person.type("\r");
      assert.equal(await answer, "x".repeat(30));
      await person.seesThat(() => person.screen.cursor.join() === "4,0", "a new line");
    };
    await withPerson(use, { rows: 10, columns: 20 });
  });

  test("Ctrl-D on an empty line is the end, and on others a key", async () => {
    assert.equal(await answerOf("\x04"), null);
    assert.equal(await answerOf(`ab${LEFT}\x04\x04\r`), "a");
  });

  test("Ctrl-C ends it, and says that it was Ctrl-C", async () => {
    await assert.rejects(answerOf("abc\x03"), isError("ABORT_ERR", "ERR_INTERRUPTED"));
  });

  test("Ctrl-C drops what was typed, and nothing behind it", async () => {
    await withPerson(async (person) => {
      const first = person.tty.ask("1? ");
      await person.sees("1?");
      await person.type("dropped\x03kept\r");
      await assert.rejects(first, isError("ABORT_ERR", "ERR_INTERRUPTED"));
      await person.sees("1? dropped^C");
      assert.equal(await person.tty.ask("2? "), "kept");
    });
  });

  test("keys make no signal where the terminal is not that of the process", async () => {
    await assert.rejects(
      answerOf("\x1a\x03", { interrupt: "signal" }),
      isError("ABORT_ERR", "ERR_INTERRUPTED"),
    );
  });

  test("of several lines at once each question gets one, and the rest is read", async () => {
    await withPerson(async (person) => {
      const questions = ["1? ", "2? ", "3? ", "4? "].map((prompt) => person.tty.ask(prompt));
      await person.sees("1?");
      await person.type("one\rtwo\r\nthr\u2028four\rrest\r\nlast\r");
      assert.deepEqual(await Promise.all(questions), ["one", "two", "thr", "four"]);
      await person.sees("4? four");
      assert.equal(person.screen.text, "1? one\n2? two\n3? thr\n4? four");
      // Enter is a line's end for whoever reads the terminal as it is.
      assert.equal(Buffer.from(await person.tty.readUntil("\n")).toString(), "rest\n");
      assert.equal(Buffer.from(await person.tty.readUntil("\n")).toString(), "last\n");
    });
  });

  test("a read that waits behind it gets the rest, and not what is typed later", async () => {
    await withPerson(async (person) => {
      const answer = person.tty.ask("? ");
      const reading = person.tty.readUntil("\n");
      await person.sees("?");
      await person.type("one\rtwo\r");
      assert.equal(await answer, "one");
      await person.type("three\n");
      assert.equal(Buffer.from(await reading).toString(), "two\n");
      assert.equal(Buffer.from(await person.tty.readUntil("\n")).toString(), "three\n");
    });
  });

  test("in a raw terminal the rest stays as it was typed", async () => {
    await withPerson(async (person) => {
      person.tty.setRaw(true);
      const answer = person.tty.ask("? ");
      await person.sees("?");
      await person.type("one\rtwo\r");
      assert.equal(await answer, "one");
      assert.equal(person.tty.isRaw, true);
      assert.equal(Buffer.from(await person.tty.readUntil("\r")).toString(), "two\r");
    });
  });

  test("modes that are set or given back meanwhile are those of the time behind it", async () => {
    await withPerson(async (person) => {
      const { tty } = person;
      const before = tty.modes();
      tty.setRaw(true);
      const first = tty.ask("1? ");
      tty.setRaw(false);
      assert.equal(tty.isRaw, true, "the question goes on");
      await person.type("one\r");
      assert.equal(await first, "one");
      assert.deepEqual(tty.modes(), before);
      const second = tty.ask("2? ");
      tty.setRaw(true);
      await person.type("two\r");
      assert.equal(await second, "two");
      assert.equal(tty.isRaw, true, "the question has taken it away");
      const third = tty.ask("3? ");
      tty.setRaw(false).setModes({ echo: false });
      await person.type("three\r");
      assert.equal(await third, "three");
      assert.deepEqual(tty.modes(), { ...before, echo: false });
    });
  });

  test("what was typed before there was a question is its answer", async () => {
    await withPerson(async (person) => {
      await person.type("early\nlate");
      await person.sees("late");
      assert.equal(await person.tty.ask("1? "), "early");
      const second = person.tty.ask("2? ");
      await person.sees("2? late");
      await person.type("r\r");
      assert.equal(await second, "later");
    });
  });

  test("a long line that was pasted", async () => {
    const line = "0123456789äöüß".repeat(1000);
    await withPerson(async (person) => {
      const answer = person.tty.ask("? ");
      await person.sees("?");
      await person.type(`${line}\r`);
      assert.equal(await answer, line);
    });
  });

  test("a line that is too long is refused, and goes back", async () => {
    await withPerson(async (person) => {
      const answer = person.tty.ask("? ", { maxBytes: 5 });
      await person.sees("?");
      await person.type("123456");
      await assert.rejects(answer, isError("ERR_LINE_TOO_LONG"));
      const again = person.tty.ask("again? ");
      await person.sees("again? 123456");
      await person.type("\r");
      assert.equal(await again, "123456");
    });
  });

  test("however it comes: with the Enter in one piece, too", async () => {
    await withPerson(async (person) => {
      person.tty.setRaw(true);
      await person.type("123456\r");
      const answer = person.tty.ask("? ", { maxBytes: 5 });
      await assert.rejects(answer, isError("ERR_LINE_TOO_LONG"));
      assert.equal(await person.tty.ask("? ", { maxBytes: 6 }), "123456");
    });
  });

  test("text to begin with, and white space that is cut off", async () => {
    const keys = `${BACKSPACE}p  \r`;
    assert.equal(await answerOf(keys, { initial: "  hello", trim: true }), "hellp");
    assert.equal(await answerOf(keys, { initial: "  hello" }), "  hellp  ");
  });

  test("answers before it, and the bound of their list", async () => {
    const history = { lines: ["oldest", "older", "two\nlines", "old"], max: 3 };
    assert.equal(await answerOf(`${UP}${UP}\r`, { history }), "older");
    assert.deepEqual(history.lines, ["two\nlines", "old", "older"]);
    assert.equal(await answerOf(`${UP}${UP}${DOWN}!\r`, { history }), "older!");
    assert.deepEqual(history.lines, ["old", "older", "older!"]);
  });

  test("what is no new answer is not remembered", async () => {
    const history: string[] = ["same"];
    await answerOf("same\r", { history });
    await answerOf("  \r", { history });
    await answerOf("secret\r", { history, secret: true });
    assert.deepEqual(history, ["same"]);
    await answerOf(" new \r", { history, trim: true });
    assert.deepEqual(history, ["same", "new"]);
  });
});
