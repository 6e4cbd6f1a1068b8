// Goal: a read that has run out of time never writes again, so memory that is made or used next,
// of the same size and maybe at the same place, has only what is meant for it.
// Method: reads time out, others follow at once, and then bytes come.
//
// Seen in: https://github.com/blackbeam/named_pipe/issues/5

import assert from "node:assert/strict";

import { IoBuffer } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import { LONG_MS, type Stage } from "../conformance/subject.ts";
import { noticesWrong, onEachBackend } from "../support/each-backend.ts";
import { Impatient } from "../support/wrong-backends.ts";

const TEXT = "for next";

async function onlyTheNext(stage: Stage): Promise<void> {
  const { file, peer, close } = await openFifo(stage);
  for (let round = 0; round < 20; round++) {
    const first = new IoBuffer(TEXT.length);
    const views = [first.bytes];
    const read = file.read(first, { timeoutMs: LONG_MS });
    await others(stage);
    stage.passTime(LONG_MS);
    assertLent(read.state === "settled" ? [] : [first], views);
    assert.equal((await read.outcome()).status, "timedOut");
    assertBack([first]);
    // The next frame of the stack, as it were.
    const next = new IoBuffer(TEXT.length);
    const plain = new Uint8Array(TEXT.length);
    const reading = file.read(next);
    peer.write(TEXT);
    assert.equal(await reading, TEXT.length);
    assert.equal(Buffer.from(next.bytes).toString(), TEXT);
    for (const bytes of [first.bytes, plain]) assert.ok(bytes.every((byte) => byte === 0));
  }
  await close();
  assertQuiet(stage);
}

onEachBackend("bytes go to the next read alone", onlyTheNext, { needs: ["waitingReads"] });
noticesWrong("the timeout settles the read", onlyTheNext, (...args) => new Impatient(...args));
