// Goal: an array that is long without holding anything is refused at once: `add()` of a watcher
// copied it, until the process was out of memory; `ask()` looked at 2^32 places, for minutes.
// Method: the longest array there is, where arrays are taken.

import assert from "node:assert/strict";
import { test } from "node:test";

import { inotify, openPty, openTty } from "../../src/index.ts";
import { noTerminals } from "../support/pty.ts";

const longest = (): never[] => new Array(2 ** 32 - 1) as never[];

const refused = { code: "ERR_INVALID_ARG_TYPE" };

test("events to watch for", async () => {
  await using watcher = inotify();
  assert.throws(() => watcher.add("/", longest()), refused);
});

test("a history of answers", { skip: noTerminals }, async () => {
  const { controller, path } = openPty();
  await using _controller = controller;
  await using tty = await openTty(path);
  assert.throws(() => tty.ask("? ", { history: longest() }), refused);
  assert.throws(() => tty.ask("? ", { history: { lines: longest() } }), refused);
});
