/**
 * Goal: what a person sees of a question is right: secrets, completions, other columns, another
 * screen than the terminal that is asked.
 * Method: a person at a pseudo-terminal, whose screen wraps as terminals do.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Complete, pipe } from "../../src/index.ts";
import { noTerminals } from "../support/pty.ts";
import { type Person, withPerson } from "./tty-screen.ts";

const LEFT = "\x1b[D";
const BACKSPACE = "\x7f";
const TAB = "\t";

describe("a question and its screen", { skip: noTerminals }, () => {
  test("a secret is never shown", async () => {
    await withPerson(async (person) => {
      const answer = person.tty.ask("Password: ", { secret: true });
      await person.sees("Password:");
      await person.type(`idxden${BACKSPACE}`);
      await person.type(`n${LEFT.repeat(4)}\x1b[3~\x01h\r`);
      assert.equal(await answer, "hidden");
      await person.tty.writeAll("done");
      await person.sees("done");
      assert.equal(person.screen.text, "Password:\ndone");
      assert.doesNotMatch(person.seen, /i.*d.*e/);
    });
  });

  test("a mask stands for each character, also beyond the row", async () => {
    const use = async (person: Person): Promise<void> => {
      const answer = person.tty.ask("PIN: ", { secret: true, mask: "*", initial: "12" });
      await person.sees("PIN: **");
      await person.type(`你😀4567890${LEFT}${LEFT}`);
      await person.seesThat(() => person.screen.text === "PIN: *****\n******", "eleven of them");
      await person.seesThat(() => person.screen.cursor.join() === "1,4", "the cursor go back");
      await person.type(BACKSPACE.repeat(5));
      await person.seesThat(() => person.screen.text === "PIN: *****\n*", "six of them");
      await person.type("\r");
      assert.equal(await answer, "12你😀90");
      await person.seesThat(() => person.screen.cursor.join() === "2,0", "a new line");
    };
    await withPerson(use, { rows: 5, columns: 10 });
  });

  test("a secret has no history and no completion", async () => {
    await withPerson(async (person) => {
      const never: Complete = () => assert.fail("it completes a secret");
      const history = ["old"];
      const options = { secret: true, history, complete: never };
      const answer = person.tty.ask("? ", options);
      await person.sees("?");
      await person.type(`\x1b[A${TAB}`);
      await person.type("a\r");
      assert.equal(await answer, "\ta");
      assert.deepEqual(history, ["old"]);
    });
  });

  const COMMANDS = ["help", "hello", "quit"];
  const complete: Complete = (text) => [COMMANDS.filter((it) => it.startsWith(text)), text];

  test("Tab completes, and shows what could be meant", async () => {
    await withPerson(async (person) => {
      const answer = person.tty.ask("> ", { complete: async (text) => complete(text) });
      await person.sees(">");
      await person.type(`h${TAB}`);
      await person.sees("> hel");
      await person.type(TAB);
      await person.sees("help");
      await person.type(`l${TAB}`);
      await person.sees("> hello");
      await person.type("!\r");
      assert.equal(await answer, "hello!");
    });
  });

  test("stopped after a completion, the next question has what was completed", async () => {
    await withPerson(async (person) => {
      const controller = new AbortController();
      const options = { complete, initial: "x", signal: controller.signal };
      const stopped = person.tty.ask("1? ", options);
      await person.sees("1? x");
      await person.type(`${BACKSPACE}q${TAB}`);
      await person.sees("1? quit");
      await person.type(`er${LEFT}${LEFT}`);
      await person.sees("1? quiter");
      controller.abort();
      await assert.rejects(stopped, { code: "ABORT_ERR" });
      const answer = person.tty.ask("2? ", { initial: "x" });
      await person.sees("2? quiter");
      await person.type("t\r");
      assert.equal(await answer, "quitter");
    });
  });

  test("stopped while it completes", async () => {
    await withPerson(async (person) => {
      const controller = new AbortController();
      let begun: () => void = () => {};
      const hasBegun = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const never: Complete = () => {
        begun();
        return new Promise(() => {});
      };
      const stopped = person.tty.ask("1? ", { complete: never, signal: controller.signal });
      await person.sees("1?");
      await person.type(`ab${TAB}`);
      await hasBegun;
      await person.type("cd");
      controller.abort();
      await assert.rejects(stopped, { code: "ABORT_ERR" });
      person.tty.setRaw(true);
      const answer = person.tty.ask("2? ");
      await person.sees("2?");
      await person.type("\r");
      assert.equal(await answer, "ab\tcd");
    });
  });

  test("what completing throws, or gives wrongly, ends the question", async () => {
    const failure = new Error("on purpose");
    const wrong: readonly (readonly [Complete, object])[] = [
      [() => Promise.reject(failure), failure],
      [
        () => {
          throw failure;
        },
        failure,
      ],
      [(() => "help") as unknown as Complete, { code: "ERR_INVALID_ARG_TYPE" }],
    ];
    for (const [complete, error] of wrong) {
      await withPerson(async (person) => {
        const answer = person.tty.ask("? ", { complete });
        await person.sees("?");
        await person.type(`a${TAB}`);
        await assert.rejects(answer, error);
        assert.equal(person.tty.isRaw, false);
      });
    }
  });

  test("shown on another terminal than the one that is asked", async () => {
    await withPerson(async (keyboard) => {
      await withPerson(async (person) => {
        const answer = keyboard.tty.ask("? ", { output: person.tty });
        await person.sees("?");
        await keyboard.type("hello\r");
        assert.equal(await answer, "hello");
        await person.sees("? hello");
        assert.equal(keyboard.seen, "");
      });
    });
  });

  test("what is no terminal shows nothing: the one that is asked does", async () => {
    await withPerson(async (person) => {
      const { reader, writer } = pipe();
      const answer = person.tty.ask("? ", { output: writer });
      await person.sees("?");
      await person.type("hello\r");
      assert.equal(await answer, "hello");
      await writer.close();
      await assert.rejects(reader.readExactly(1), { code: "ERR_UNEXPECTED_END" });
      await reader.close();
    });
  });
});
