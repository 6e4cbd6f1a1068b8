// Goal: a cancel that fails, finds nothing or comes too late changes nothing but that it is asked
// again: what the kernel has stays the kernel's, the operation ends with its own completion, and a
// close that waits for it comes to its end.
// Method: a ring kernel and a simulated one that answer cancels with errors; disk reads, whose
// cancels find nothing on a real kernel while the reads are in flight.
//
// Seen in: https://github.com/nanomsg/nng/pull/1599
// Seen in: https://github.com/moonbitlang/async/pull/454

import assert from "node:assert/strict";

import { type File, IoBuffer, type Operation } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import { type Stage, turn } from "../conformance/subject.ts";
import { makeDirectFile, PATTERN_BYTE } from "../native/direct-file.ts";
import { noticesWrong, onEachBackend } from "../support/each-backend.ts";
import { EALREADY, ENOENT } from "../support/fake-kernel.ts";
import { ECANCELED, onRing } from "../support/ring-io.ts";
import { Deaf } from "../support/wrong-backends.ts";
import { flushed } from "../unit/backend/uring-harness.ts";

const MEBIBYTE = 1024 * 1024;
const READS = 32;
const LATER_MS = 60_000;

for (const [name, errno] of Object.entries({ ENOENT, EALREADY })) {
  onRing(`a close is not stuck behind a cancel that was answered ${name}`, async (ring) => {
    const file = await ring.open();
    ring.kernel.answerCancel = () => -errno;
    const buffer = new IoBuffer(8);
    const read = file.read(buffer, { position: 0 });
    await flushed();
    const taken = ring.last;
    const closing = file.close();
    for (let count = 1; count <= 4; count++) {
      await flushed();
      assert.equal(ring.kernel.cancels.length, count, "it is not asked again");
      assert.equal(read.state, "canceling");
      assertLent([buffer], []);
      ring.clock.step(LATER_MS);
    }
    ring.answer(taken, ECANCELED);
    assert.equal((await read.outcome()).status, "canceled");
    assertBack([buffer]);
    await flushed();
    ring.answer(ring.last, 0);
    await closing;
  });
}

async function closedAllTheSame(stage: Stage): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const { file, peer } = await openFifo(stage);
    const buffer = new IoBuffer(8);
    const read = file.read(buffer);
    await others(stage);
    const closing = file.close();
    assertLent([buffer], []);
    await closing;
    assert.notEqual(read.state, "canceling");
    assertBack([buffer]);
    peer.close();
  }
  assertQuiet(stage);
}

for (const fault of ["lostCancel", "lateCancel"] as const) {
  const sim = { rates: { [fault]: 1 } };
  const needs = ["waitingReads"] as const;
  onEachBackend(`a file is closed, ${fault} or not`, closedAllTheSame, { needs, sim });
}
noticesWrong("a cancel that failed is forgotten", closedAllTheSame, (...args) => new Deaf(...args));

function readAll(file: File, buffers: readonly IoBuffer[]): Operation<number>[] {
  return buffers.map((buffer, at) => file.read(buffer, { position: at * MEBIBYTE }));
}

function makeBuffers(): IoBuffer[] {
  return Array.from({ length: READS }, () => new IoBuffer(MEBIBYTE));
}

async function diskReads(stage: Stage): Promise<void> {
  const { path, flags, remove } = makeDirectFile(READS * MEBIBYTE);
  try {
    const file = await stage.io.open(path, flags);
    const buffers = makeBuffers();
    const reads = readAll(file, buffers);
    await turn();
    for (const read of reads) read.cancel();
    const closing = file.close();
    for (const [at, read] of reads.entries()) {
      const { bytesTransferred } = await read.outcome();
      // What came, came whole, and nothing comes behind it.
      const { bytes } = buffers[at]!;
      assert.ok(bytes.subarray(0, bytesTransferred).every((byte) => byte === PATTERN_BYTE));
      bytes.fill(0);
    }
    await closing;
    // The disk is done with those when it has done as much again.
    const again = await stage.io.open(path, flags);
    await Promise.all(readAll(again, makeBuffers()));
    await again.close();
    for (const { bytes } of buffers) assert.ok(bytes.every((byte) => byte === 0));
  } finally {
    remove();
  }
  assertQuiet(stage);
}

onEachBackend("reads of a disk end as they do, and nothing comes after them", diskReads, {
  sim: "a simulated disk is done at once",
  noShim: "its memory is not aligned for O_DIRECT",
});
