// P1, P9, P10 and decisions 1 and 9 where a process of its own has to end, or not.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type ChildEnd, ChildScript } from "../support/children.ts";
import { needs, type Stage, type Subject } from "./subject.ts";

const CHILD = new URL("./process-child.js", import.meta.url);

export function processCases(subject: Subject, stage: () => Stage): void {
  const start = (scenario: string, fifo: string): ChildScript =>
    new ChildScript(CHILD, [subject.module.href, scenario, fifo]);
  const run = (scenario: string): Promise<ChildEnd> =>
    start(scenario, stage().world.makeFifo()).ended();

  describe("processes", needs(subject, "processes", "waitingReads"), () => {
    endings(run);
    holding(start, stage);
  });
}

function assertEnd(end: ChildEnd, exitCode: number, out: string | RegExp): void {
  assert.equal(end.isHanging, false, "it hangs");
  assert.equal(end.signal, null);
  if (typeof out === "string") assert.equal(end.out, out, end.err);
  else assert.match(end.out, out, end.err);
  assert.equal(end.exitCode, exitCode, end.err);
}

function endings(run: (scenario: string) => Promise<ChildEnd>): void {
  test("P1: the end of the process settles nothing", async () => {
    assertEnd(await run("end"), 0, "submitted, lent: true\n");
  });

  test("P10: what waits for ever does not keep process.exit() from ending", async () => {
    assertEnd(await run("stuck"), 7, "3 wait\n");
  });

  test("P10: an idle file does not keep the process", async () => {
    assertEnd(await run("idle"), 0, "open\n");
  });

  test("P10: a read of an unref'd file does not keep the process", async () => {
    assertEnd(await run("unref"), 0, "waiting\n");
  });

  test("P10: orphans do not keep the process", async () => {
    assertEnd(await run("orphans"), 0, "abandoned\n");
  });

  test("P10: the timer of a timeout does not keep the process", async () => {
    assertEnd(await run("timer"), 0, "timed\n");
  });

  test("P9: process.exit() with a read in flight ends at once, with its code", async () => {
    assertEnd(await run("exit"), 7, "waiting\n");
  });

  test("P9: a worker that is terminated with a read in flight takes nobody with it", async () => {
    // Not every runtime keeps what a worker prints to itself.
    assertEnd(await run("worker"), 0, /^(?:waiting\n)?terminated, 0 bytes leaked\n$/);
  });

  test("P9: what a terminated worker was waiting for goes to others", async () => {
    assertEnd(await run("afterwards"), 0, /^(?:waiting\n)?got for others\n$/);
  });

  test("P9: after drain() everything has been written, and process.exit() may come", async () => {
    assertEnd(await run("land"), 0, "0 held, 1000 written\n");
  });

  test("P9: drain() comes to its end although only orphans are in flight", async () => {
    assertEnd(await run("drain"), 0, "drained 0 settled\n");
  });

  test("decision 1: a timeout that nobody handles ends the process", async () => {
    const end = await run("unhandled");
    assertEnd(end, 1, "");
    assert.match(end.err, /ETIMEDOUT/);
  });

  test("decision 1: cancel(), abandon() and close() end nobody's process", async () => {
    assertEnd(await run("handled"), 0, "closed\n");
  });
}

function holding(start: (scenario: string, fifo: string) => ChildScript, stage: () => Stage): void {
  test("P9: drain() keeps the process until its deadline, to report what is held", async () => {
    const { world } = stage();
    const fifo = world.makeFifo();
    const peer = world.peerOf(fifo);
    peer.fill();
    assertEnd(await start("deadline", fifo).ended(), 0, "held write\n");
    peer.close();
  });

  test("decision 9: a read in flight keeps the process until it is answered", async () => {
    const { world } = stage();
    const fifo = world.makeFifo();
    const peer = world.peerOf(fifo);
    const child = start("held", fifo);
    await child.printed("waiting");
    peer.write("an answer");
    assertEnd(await child.ended(), 0, "waiting\ngot an answer\n");
    peer.close();
  });
}
