/**
 * Goal: without the shim a terminal can be asked, too: its driver edits the line; and what would
 * show a secret is refused. Method: a process without the shim at a pseudo-terminal that the test
 * has made with the shim.
 */

import assert from "node:assert/strict";
import { test } from "node:test";

import { noTerminals, TestPty } from "../support/pty.ts";

const child = new URL("./without-shim-child.js", import.meta.url);
const env = { OVERLAPPED_SHIM: "off", OVERLAPPED_BACKEND: "" };
const option = { skip: noTerminals };

test("answers come line by line, as the terminal's driver has edited them", option, async () => {
  const pty = new TestPty();
  const asking = pty.run(child, ["ask"], { env });
  await pty.shown("first? ");
  pty.type("onx\x7fe\n");
  await pty.shown('answer: "one"');
  await pty.shown("second? ");
  pty.type("\x04");
  await pty.shown("answer: null");
  assert.equal((await asking.ended()).exitCode, 0);
});

test("of two lines that are typed at once each question gets one", option, async () => {
  const pty = new TestPty();
  const asking = pty.run(child, ["ask"], { env });
  await pty.shown("first? ");
  pty.type("one\ntwo\n");
  await pty.shown('answer: "one"');
  await pty.shown('answer: "two"');
  assert.equal((await asking.ended()).exitCode, 0);
});

test("a secret is refused, since it would be shown", option, async () => {
  const pty = new TestPty();
  const asking = pty.run(child, ["ask for a secret"], { env });
  await pty.shown("ERR_NOT_SUPPORTED: native shim is switched off");
  assert.equal((await asking.ended()).exitCode, 0);
});

test(
  "a question that nobody answers ends in time, and leaves the modes as they were",
  option,
  async () => {
    const pty = new TestPty();
    const before = pty.modes();
    const asking = pty.run(child, ["ask and give up"], { env });
    await pty.shown("ETIMEDOUT");
    assert.equal((await asking.ended()).exitCode, 0);
    assert.deepEqual(pty.modes(), before);
  },
);
