// P7: abandon() stops waiting, not owning. Its effects are undone.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { BufferPool, IoBuffer, type Operation } from "../../src/index.ts";
import {
  assertBack,
  assertLent,
  assertQuiet,
  holdKernel,
  submissionsOf,
  Witness,
} from "./checks.ts";
import { fenceCases } from "./fences.ts";
import { type FifoCase, openFifo, others } from "./fifo-case.ts";
import { needs, type Stage, type Subject, turn } from "./subject.ts";

export function abandonCases(subject: Subject, stage: () => Stage): void {
  const option = needs(subject, "waitingReads", "waitingWrites", "descriptors");
  describe("P7", option, () => {
    waiting(stage);
    undoing(subject, stage);
    bytes(stage);
  });
  fenceCases(subject, stage);
  describe("P7 of opens", needs(subject, "waitingOpens", "descriptors"), () => opens(stage));
  const certain = needs(subject, "holding", "descriptors");
  describe("P7 of opens, for certain", certain, () => heldOpens(stage));
}

const END = "END";

/** All that is there, in small pieces. The mark at the end comes even if bytes were lost. */
async function readToEnd({ file, peer }: FifoCase): Promise<string> {
  peer.write(END);
  let text = "";
  while (!text.endsWith(END)) {
    const buffer = new IoBuffer(2);
    const count = await file.read(buffer);
    text += Buffer.from(buffer.bytes.subarray(0, count)).toString();
  }
  return text.slice(0, -END.length);
}

function waiting(stage: () => Stage): void {
  test("P7: the caller goes on at once, the buffer stays the kernel's to the end", async () => {
    const { file, close } = await openFifo(stage());
    const buffer = new IoBuffer(4096);
    const read = file.read(buffer);
    const witness = new Witness(read);
    await others(stage());
    read.abandon();
    assertLent([buffer], []);
    assert.equal(stage().io.status().quarantinedBytes, 4096);
    await assert.rejects(read, { code: "ERR_ABANDONED" });
    const outcome = await read.outcome();
    assert.equal(outcome.status, "abandoned");
    assertBack([buffer]);
    assert.deepEqual(witness.heard, ["ERR_ABANDONED"]);
    await close();
    assertQuiet(stage());
  });

  test("P7: abandoned before the kernel saw it, it is over, and nothing was asked", async () => {
    const { file, close } = await openFifo(stage());
    const first = file.read(new IoBuffer(8));
    await others(stage());
    const before = submissionsOf(stage());
    const buffer = new IoBuffer(8);
    const queued = file.read(buffer).abandon();
    assert.equal(queued.state, "settled");
    assertBack([buffer]);
    await assert.rejects(queued, { code: "ERR_ABANDONED" });
    await first.cancel().outcome();
    assert.equal(submissionsOf(stage()), before);
    await close();
    assertQuiet(stage());
  });

  test("P7: a pool counts its quarantined buffers and gets each back", async () => {
    const { file, close } = await openFifo(stage());
    const pool = new BufferPool({ byteLength: 64, count: 2 });
    const read = file.readv([pool.acquire(), pool.acquire()]);
    await others(stage());
    read.abandon();
    assert.deepEqual([pool.free, pool.quarantined], [0, 2]);
    assert.throws(() => pool.acquire(), { code: "ERR_POOL_EMPTY" });
    await read.outcome();
    assert.deepEqual([pool.free, pool.quarantined], [2, 0]);
    const again = [pool.acquire(), pool.acquire()];
    assertBack(again);
    for (const buffer of again) pool.release(buffer);
    await close();
  });

  test("P7: more abandoned bytes than the quarantine holds: refused, and canceled", async () => {
    const { io } = stage();
    const half = new IoBuffer(600 * 1024 * 1024);
    const other = new IoBuffer(600 * 1024 * 1024);
    const one = await openFifo(stage());
    const two = await openFifo(stage());
    // Only what has not ended counts, so both are abandoned in one go.
    const first = one.file.read(half);
    const second = two.file.read(other);
    await others(stage());
    first.abandon();
    assert.throws(() => second.abandon(), { name: "IoError", code: "ERR_QUARANTINE_FULL" });
    assert.equal(second.state, "canceling");
    assert.equal(io.status().quarantinedBytes, half.byteLength);
    assert.equal((await second.outcome()).status, "canceled");
    assert.equal((await first.outcome()).status, "abandoned");
    await one.close();
    await two.close();
    assertQuiet(stage());
  });
}

function undoing(subject: Subject, stage: () => Stage): void {
  test("P7: bytes that an orphan took from a stream go to the next read", async () => {
    let undone = 0;
    for (let round = 0; round < 60; round++) {
      const fifo = await openFifo(stage());
      const orphan = fifo.file.read(new IoBuffer(100));
      await others(stage());
      fifo.peer.write("abc");
      orphan.abandon();
      fifo.peer.write("def");
      const outcome = await orphan.outcome();
      undone += outcome.bytesTransferred > 0 ? 1 : 0;
      assert.equal(await readToEnd(fifo), "abcdef");
      await fifo.close();
    }
    const isOvertaking = subject.abilities.overtaking === true;
    assert.equal(undone > 0, isOvertaking, `orphans took bytes ${undone} times`);
    assertQuiet(stage());
  });
}

function bytes(stage: () => Stage): void {
  test("P7: no byte is lost, doubled or out of order, whatever is abandoned", async () => {
    const fifo = await openFifo(stage());
    const { file, peer } = fifo;
    let sent = "";
    let got = "";
    const send = (text: string): void => {
      peer.write(text);
      sent += text;
    };
    /** One that had completed before it was abandoned has delivered its bytes. */
    const take = async (read: Operation<number>, buffers: readonly IoBuffer[]): Promise<void> => {
      const outcome = await read.outcome();
      if (outcome.status !== "completed") return;
      const bytes = Buffer.concat(buffers.map((buffer) => buffer.bytes));
      got += bytes.subarray(0, outcome.value).toString();
    };
    for (let round = 0; round < 100; round++) {
      const [one, two, three] = [new IoBuffer(3), new IoBuffer(5), new IoBuffer(4)];
      const targets = round % 3 === 0 ? [one, two] : [two];
      const read = round % 3 === 0 ? file.readv(targets) : file.read(two);
      const full = round % 4 === 0 ? file.readFully(three) : file.read(three);
      if (round % 2 === 0) await others(stage());
      send(`[${round}]`);
      read.abandon();
      if (round % 5 !== 0 || round % 4 === 0) full.abandon();
      send(`{${round}}`);
      await take(read, targets);
      await take(full, [three]);
      assert.ok(sent.startsWith(got), `${got} is not how ${sent} begins`);
    }
    got += await readToEnd(fifo);
    assert.equal(got, sent);
    await fifo.close();
    assertQuiet(stage());
  });

  test("P7: readFully and readv have the bytes of orphans before the kernel's", async () => {
    for (const isVector of [false, true]) {
      const fifo = await openFifo(stage());
      const { file, peer } = fifo;
      const orphan = file.read(new IoBuffer(5));
      await others(stage());
      peer.write("12345678rest");
      orphan.abandon();
      const { status, bytesTransferred } = await orphan.outcome();
      assert.equal(status, "abandoned");
      const whole = new IoBuffer(8);
      const parts = [new IoBuffer(3), new IoBuffer(5)];
      if (isVector) {
        const count = await file.readv(parts);
        const bytes = Buffer.concat(parts.map((part) => part.bytes)).subarray(0, count);
        const text = bytes.toString() + (await readToEnd(fifo));
        assert.equal(text, "12345678rest");
      } else {
        assert.equal(await file.readFully(whole), 8);
        const text = Buffer.from(whole.bytes).toString() + (await readToEnd(fifo));
        assert.equal(text, "12345678rest");
      }
      assert.ok(bytesTransferred === 0 || bytesTransferred === 5);
      await fifo.close();
    }
  });
}

function opens(stage: () => Stage): void {
  test("P7: the descriptor of an abandoned open is closed", async () => {
    const { io, world } = stage();
    const path = world.makeFile("x");
    await io.stat(path);
    const before = world.descriptorCount();
    for (let round = 0; round < 100; round++) {
      const opening = io.open(path);
      if (round % 2 === 0) await Promise.resolve();
      opening.abandon();
      const end = await opening.outcome();
      if (end.status === "completed") await end.value.close();
    }
    while (io.inFlight().length > 0) await turn();
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  });

  test("P7: an open that waits for a peer is abandoned in the moment it gets one", async () => {
    const { io, world } = stage();
    const before = world.descriptorCount();
    for (let round = 0; round < 20; round++) {
      const path = world.makeFifo();
      const opening = io.open(path, "w");
      await others(stage());
      const peer = world.peerOf(path);
      opening.abandon();
      const end = await opening.outcome();
      if (end.status === "completed") await end.value.close();
      while (io.inFlight().length > 0) await turn();
      peer.close();
    }
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  });
}

function heldOpens(stage: () => Stage): void {
  test("P7: a descriptor that an orphan opens while nobody waits is closed", async () => {
    const { io, world } = stage();
    const before = world.descriptorCount();
    const path = world.makeFile("x");
    const release = holdKernel(stage());
    const openings = [io.open(path), io.open(path, "r+"), io.open(world.fresh(), "w")];
    try {
      await turn();
      for (const opening of openings) {
        opening.abandon();
        await assert.rejects(opening, { code: "ERR_ABANDONED" });
      }
      assert.equal(io.status().quarantinedOperations, 3);
    } finally {
      release();
    }
    await Promise.all(openings.map((opening) => opening.outcome()));
    while (io.inFlight().length > 0) await turn();
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  });
}
