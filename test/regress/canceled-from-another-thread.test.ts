// Goal: a cancel that comes from another thread reaches the operation: it stops, and its memory is
// given back after that, and not because somebody has asked.
// Method: a worker reads with a signal that this thread aborts, and then reads on.
//
// Seen in: https://github.com/ruabmbua/hidapi-rs/pull/152

import assert from "node:assert/strict";
import { on } from "node:events";
import { transferableAbortController } from "node:util";
import { Worker } from "node:worker_threads";

import type { Stage } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";

async function stopped({ io, world }: Stage): Promise<void> {
  const path = world.makeFifo();
  const peer = world.peerOf(path);
  const controller = transferableAbortController();
  const { signal } = controller;
  const { backend } = io.status();
  const worker = new Worker(new URL("./canceling-worker.js", import.meta.url), {
    workerData: { path, signal, backend },
    transferList: [signal as never],
  });
  const expected = [/^waiting$/, /^(?:canceling|settled), true$/, /^canceled, mine$/, /^next$/];
  try {
    for await (const [text] of on(worker, "message", { close: ["exit"] })) {
      assert.match(text, expected.shift() ?? /^$/);
      if (text === "waiting") controller.abort();
      if (text === "canceled, mine") peer.write("next");
      if (expected.length === 0) break;
    }
    assert.deepEqual(expected, []);
  } finally {
    await worker.terminate();
    peer.close();
  }
}

onEachBackend("a read stops when another thread says so", stopped, {
  sim: "a simulated kernel is one thread's",
});
