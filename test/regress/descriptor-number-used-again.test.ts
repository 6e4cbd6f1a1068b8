// Goal: a read of a file that was closed does not take the bytes of the file that has the same
// number next: the number is free only when nothing is at work on it any more.
// Method: FIFOs that are closed with a read in flight, and opened at once by other names; what is
// written to either end stays there or goes to its own reader.
//
// Seen in: https://github.com/axboe/liburing/issues/363

import assert from "node:assert/strict";

import { IoBuffer } from "../../src/index.ts";
import { assertQuiet } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import type { Stage } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";

async function eachItsOwn(stage: Stage): Promise<void> {
  for (let round = 0; round < 30; round++) {
    const before = await openFifo(stage);
    const old = before.file.read(new IoBuffer(8));
    if (round % 2 === 0) await others(stage);
    const closing = before.file.close();
    const meanwhile = await openFifo(stage);
    await closing;
    assert.equal(old.state, "settled", "closed while a read of it is there");
    const after = await openFifo(stage);
    assert.equal((await old.outcome()).status, "canceled");
    for (const { file, peer } of [meanwhile, after]) {
      const buffer = new IoBuffer(8);
      const read = file.read(buffer);
      await others(stage);
      before.peer.write("old");
      peer.write("new");
      assert.equal(await read, 3);
      assert.equal(Buffer.from(buffer.bytes.subarray(0, 3)).toString(), "new");
    }
    assert.equal(Buffer.from(before.peer.empty()).toString(), "oldold");
    before.peer.close();
    await Promise.all([meanwhile.close(), after.close()]);
  }
  assertQuiet(stage);
}

onEachBackend("bytes go to whose they are", eachItsOwn, { needs: ["waitingReads"] });
