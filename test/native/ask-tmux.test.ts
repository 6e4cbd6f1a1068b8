/**
 * Goal: a question looks right in a real terminal, also when that gets other columns, and with
 * characters of other widths; and the example of an agent's prompt does what it says.
 * Method: programs in windows of tmux, whose screens are compared.
 */

import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { noTerminals } from "../support/pty.ts";
import { noTmux, TmuxWindow } from "./tmux.ts";

const CHILD = fileURLToPath(new URL("./ask-child.js", import.meta.url));
const EXAMPLE = fileURLToPath(new URL("../../examples/agent-prompt.js", import.meta.url));
const LEFT = "\x1b[D";

async function withQuestion(
  columns: number,
  use: (window: TmuxWindow) => Promise<void>,
): Promise<void> {
  const shell = ["sh", "-c", 'exec "$@" 3>/dev/null', "sh"];
  await withWindow(columns, [...shell, process.execPath, CHILD, "two"], async (window) => {
    await window.is("1?");
    await use(window);
  });
}

async function withWindow(
  columns: number,
  command: readonly string[],
  use: (window: TmuxWindow) => Promise<void>,
): Promise<void> {
  const window = new TmuxWindow(columns, 12, command);
  try {
    await use(window);
  } finally {
    await window.close();
  }
}

/** Text in rows of so many columns, each character of one. */
function wrapped(text: string, columns: number): string {
  return (text.match(new RegExp(`.{1,${columns}}`, "g")) ?? []).join("\n");
}

describe("in tmux", { skip: noTerminals || noTmux }, () => {
  test("other columns in the middle of a line", async () => {
    await withQuestion(40, async (window) => {
      const text = "1234567890".repeat(7);
      await window.type(text + LEFT.repeat(15));
      await window.is(wrapped(`1? ${text}`, 40));
      await window.resize(25, 12);
      // tmux wraps it anew by itself; it is the next key that shows whether we know.
      await window.type("x");
      const longer = `1? ${text.slice(0, -15)}x${text.slice(-15)}`;
      await window.is(wrapped(longer, 25), "2,9");
      await window.resize(60, 12);
      await window.type("y");
      await window.is(wrapped(longer.replace("x", "xy"), 60), "1,0");
      await window.type("\r");
      await window.ends("2?");
    });
  });

  test("wide characters at the end of a row, and marks", async () => {
    await withQuestion(8, async (window) => {
      // Of the eight columns one is left, which is not enough for the third of them.
      await window.type("你好吗x");
      await window.is("1? 你好\n吗x");
      await window.type(`${LEFT}${LEFT}é`);
      await window.is("1? 你好é\n吗x", "1,0");
      await window.type("\x7f\x7f\x7f");
      await window.is("1? 吗x", "0,3");
      await window.type("e\u0301");
      await window.is("1? e\u0301吗x");
      await window.type("\x05\r");
      await window.ends("2?");
    });
  });

  test("an agent's news leave what is being typed alone", async () => {
    await withWindow(60, [process.execPath, EXAMPLE], async (window) => {
      const head = "Commands: work, delete. Anything else is only repeated.";
      await window.is(`${head}\nagent>`);
      await window.type("work\r");
      const begun = `${head}\nagent> work`;
      await window.is(`${begun}\nagent>`);
      await window.type("hel");
      await window.is(`${begun}\nStep 1 of 3 is done.\nagent> hel`);
      await window.type(`lo 你好${LEFT}`);
      const steps = [1, 2, 3].map((step) => `\nStep ${step} of 3 is done.`).join("");
      await window.is(`${begun}${steps}\nagent> hello 你好`);
      await window.type("!\r");
      await window.is(`${begun}${steps}\nagent> hello 你!好\nYou said "hello 你!好".\nagent>`);
      await window.type("\x1b[A");
      await window.ends("agent> hello 你!好");
    });
  });

  test("an agent is stopped by Ctrl-C, and takes silence as a no", async () => {
    await withWindow(60, [process.execPath, EXAMPLE], async (window) => {
      await window.ends("agent>");
      await window.type("work\r");
      await window.ends("work\nagent>");
      await window.type("ab\x03");
      await window.ends("agent> ab^C\nStopped.\nagent>");
      await window.type("delete\r");
      await window.ends("Delete everything? [y/N]");
      await window.type("y");
      const silence = "Nobody answers, so it is a no.\nNot deleted.\nagent> y";
      await window.ends(`Delete everything? [y/N] y\n${silence}`);
      await window.type("\x15delete\ry\r");
      await window.ends("Delete everything? [y/N] y\nDeleted.\nagent>");
    });
  });
});
