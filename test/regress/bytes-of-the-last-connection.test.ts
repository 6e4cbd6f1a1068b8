// Goal: a handle begins with nothing: not with bytes that a read of an earlier one took, and not
// with a read of it that is still there, although the descriptor has the same number.
// Method: a FIFO is opened, read, left with bytes taken and not delivered, closed and opened anew.
//
// Seen in: https://github.com/tokio-rs/mio/issues/1983

import assert from "node:assert/strict";

import { type File, IoBuffer } from "../../src/index.ts";
import { assertQuiet } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import type { Stage } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";

async function readText(file: File, byteLength = 64): Promise<string> {
  const buffer = new IoBuffer(byteLength);
  const count = await file.read(buffer);
  return Buffer.from(buffer.bytes.subarray(0, count)).toString();
}

/** Ways to leave a connection. */
const LEAVING: Readonly<Record<string, (stage: Stage, file: File) => Promise<unknown>>> = {
  "a read in flight": async (stage, file) => {
    void file.read(new IoBuffer(64));
    await others(stage);
  },
  "an abandoned read": async (stage, file) => {
    const read = file.read(new IoBuffer(64));
    await others(stage);
    read.abandon();
  },
  "bytes that nobody read": async (_stage, file) => {
    assert.equal(await readText(file, 1), "o");
  },
  "bytes that were put back": async (stage, file) => {
    const lines = file.lines({ close: false })[Symbol.asyncIterator]();
    assert.equal((await lines.next()).value, "old");
    await lines.return?.();
    await others(stage);
  },
};

async function nothingOld(stage: Stage): Promise<void> {
  for (const [name, leave] of Object.entries(LEAVING)) {
    for (let round = 0; round < 5; round++) {
      const before = await openFifo(stage);
      if (name.startsWith("bytes")) before.peer.write("old\nold\n");
      await leave(stage, before.file);
      if (name === "an abandoned read") before.peer.write("old\n");
      await before.file.close();
      const after = await openFifo(stage);
      const text = readText(after.file);
      await others(stage);
      before.peer.write("old\n");
      await others(stage);
      after.peer.write("new");
      assert.equal(await text, "new", name);
      before.peer.close();
      await after.close();
    }
  }
  assertQuiet(stage);
}

onEachBackend("a new handle has nothing of an old one", nothingOld, { needs: ["waitingReads"] });
