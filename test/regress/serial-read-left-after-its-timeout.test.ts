// Goal: a read of a serial line that has run out of time is over when its caller hears so: the
// kernel has nothing of it any more, and what comes then is the next read's.
// Method: pseudo-terminals whose reads time out while nobody sends, before somebody does.
//
// Seen in: https://github.com/serialport/node-serialport/pull/93

import assert from "node:assert/strict";

import { IoBuffer } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet } from "../conformance/checks.ts";
import { others } from "../conformance/fifo-case.ts";
import { LONG_MS, type Stage } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";

async function timedOut(stage: Stage): Promise<void> {
  const { io, passTime } = stage;
  const { controller, path } = io.openPty();
  const line = await io.openTty(path);
  for (let round = 0; round < 10; round++) {
    const buffer = new IoBuffer(64);
    const read = line.read(buffer, { timeoutMs: LONG_MS });
    await others(stage);
    passTime(LONG_MS);
    assertLent(read.state === "settled" ? [] : [buffer], []);
    assert.equal((await read.outcome()).status, "timedOut");
    assertBack([buffer]);
    assertQuiet(stage);
    const next = new IoBuffer(64);
    const reading = line.read(next);
    await controller.writeAll(`${round}\n`);
    assert.equal(await reading, 2);
    assert.equal(Buffer.from(next.bytes.subarray(0, 2)).toString(), `${round}\n`);
    assert.ok(buffer.bytes.every((byte) => byte === 0));
  }
  await line.close();
  await controller.close();
  assertQuiet(stage);
}

onEachBackend("a read that timed out is over", timedOut, {
  sim: "the simulated kernel has no terminals",
  noShim: "a pseudo-terminal takes the shim",
});
