// P4, P5 and P6: what a cancel is, who wins, and how the outcomes differ.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type File, IoBuffer, type Operation } from "../../src/index.ts";
import { assertQuiet, Witness } from "./checks.ts";
import { openFifo, others } from "./ownership.ts";
import { LONG_MS, needs, type Stage, type Subject } from "./subject.ts";

export function cancelCases(subject: Subject, stage: () => Stage): void {
  const option = needs(subject, "waitingReads", "waitingWrites");
  describe("P4", option, () => requests(stage));
  describe("P5", option, () => {
    winners(stage);
    counts(stage);
  });
  describe("P6", option, () => outcomes(stage));
}

function requests(stage: () => Stage): void {
  test("P4: cancel() is the operation itself, and asking again changes nothing", async () => {
    const { file, close } = await openFifo(stage());
    const read = file.read(new IoBuffer(8));
    const witness = new Witness(read);
    await others(stage());
    for (let count = 0; count < 100; count++) assert.equal(read.cancel(), read);
    await assert.rejects(read.cancel(), { code: "ABORT_ERR" });
    assert.equal(read.cancel(), read);
    assert.deepEqual(witness.heard, ["ABORT_ERR"]);
    await close();
  });

  test("P4: more cancels at once than any queue is long: none is lost", async () => {
    const { io, world } = stage();
    const path = world.makeFifo();
    const peer = world.peerOf(path);
    const files: File[] = [];
    for (let count = 0; count < 600; count++) files.push(await io.open(path, "r+"));
    const reads = files.map((file) => file.read(new IoBuffer(8)));
    await others(stage());
    for (const read of reads) read.cancel();
    const ends = await Promise.all(reads.map((read) => read.outcome()));
    assert.ok(ends.every((outcome) => outcome.status === "canceled"));
    await Promise.all(files.map((file) => file.close()));
    peer.close();
    assertQuiet(stage());
  });

  test("P4: a shared signal ends a thousand operations, in flight and in the queue", async () => {
    const { file, close } = await openFifo(stage());
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const reads = Array.from({ length: 1000 }, () => file.read(new IoBuffer(8), options));
    const ends = reads.map((read) => read.outcome());
    await others(stage());
    controller.abort("all");
    for (const end of ends) {
      const outcome = await end;
      assert.ok(outcome.status === "canceled");
      assert.equal(outcome.error.cause, "all");
    }
    await close();
    assertQuiet(stage());
  });
}

function winners(stage: () => Stage): void {
  test("P5: bytes that came are delivered, although a cancel was on its way", async () => {
    let completed = 0;
    for (let round = 0; round < 100; round++) {
      const { file, peer, close } = await openFifo(stage());
      const buffer = new IoBuffer(8);
      const read = file.read(buffer);
      await others(stage());
      peer.write("bytes");
      read.cancel();
      const outcome = await read.outcome();
      if (outcome.status === "completed") {
        completed++;
        assert.equal(outcome.value, 5);
        assert.equal(Buffer.from(buffer.bytes.subarray(0, 5)).toString(), "bytes");
        assert.equal(peer.empty().byteLength, 0);
      } else {
        assert.equal(outcome.bytesTransferred, 0);
        assert.equal(Buffer.from(peer.empty()).toString(), "bytes", "nobody has the bytes");
      }
      await close();
    }
    assert.ok(completed > 0, "the bytes never won");
  });
}

function counts(stage: () => Stage): void {
  test("P5: a canceled writeAll tells how much was written", async () => {
    const { file, peer, close } = await openFifo(stage());
    const write = file.writeAll(new Uint8Array(1_000_000).fill(0x77));
    await others(stage());
    write.cancel();
    const outcome = await write.outcome();
    assert.ok(outcome.status === "canceled");
    const written = peer.empty().byteLength;
    assert.ok(written > 0 && written < 1_000_000);
    assert.equal(outcome.bytesTransferred, written);
    assert.equal(outcome.error.bytesTransferred, written);
    await close();
  });

  test("P5: a canceled readFully tells how much was read, and has it", async () => {
    const { file, peer, close } = await openFifo(stage());
    const buffer = new IoBuffer(100);
    const read = file.readFully(buffer, { offset: 10 });
    peer.write("abc");
    await others(stage());
    peer.write("def");
    await others(stage());
    read.cancel();
    const outcome = await read.outcome();
    assert.ok(outcome.status === "canceled");
    assert.equal(outcome.bytesTransferred, 6);
    assert.equal(Buffer.from(buffer.bytes.subarray(10, 16)).toString(), "abcdef");
    assert.deepEqual(peer.empty().byteLength, 0);
    await close();
  });

  test("P5: a timed out writev tells of nothing, if nothing was written", async () => {
    const { file, peer, close } = await openFifo(stage());
    peer.fill();
    const write = file.writev([new IoBuffer(100)], { timeoutMs: LONG_MS });
    await others(stage());
    const full = peer.empty().byteLength;
    assert.ok(full > 0);
    assert.equal(await write, 100);
    stage().passTime(LONG_MS);
    await close();
  });

  test("P5: no byte is lost or doubled by a hundred canceled reads", async () => {
    const { file, peer, close } = await openFifo(stage());
    let sent = "";
    let got = "";
    for (let round = 0; round < 100; round++) {
      const buffer = new IoBuffer(3);
      const read = file.read(buffer);
      if (round % 3 !== 0) await others(stage());
      peer.write(`<${round}>`);
      sent += `<${round}>`;
      if (round % 2 === 0) read.cancel();
      const outcome = await read.outcome();
      if (outcome.status === "completed") {
        got += Buffer.from(buffer.bytes.subarray(0, outcome.value)).toString();
      } else {
        assert.equal(outcome.bytesTransferred, 0);
      }
    }
    got += Buffer.from(peer.empty()).toString();
    assert.equal(got, sent);
    await close();
  });
}

function outcomes(stage: () => Stage): void {
  test("P6: canceled, timed out, abandoned and failed differ by status and code", async () => {
    const { io, world } = stage();
    const { file, close } = await openFifo(stage());
    const ends: Readonly<Record<string, readonly [string, () => Operation<unknown>]>> = {
      canceled: ["ABORT_ERR", () => file.read(new IoBuffer(1)).cancel()],
      abandoned: ["ERR_ABANDONED", () => file.read(new IoBuffer(1)).abandon()],
      timedOut: [
        "ETIMEDOUT",
        () => {
          const read = file.read(new IoBuffer(1), { timeoutMs: LONG_MS });
          stage().passTime(LONG_MS);
          return read;
        },
      ],
      failed: ["ENOENT", () => io.open(world.fresh())],
    };
    for (const [status, [code, start]] of Object.entries(ends)) {
      const operation = start();
      const outcome = await operation.outcome();
      assert.equal(outcome.status, status);
      assert.ok(outcome.status !== "completed");
      assert.equal(outcome.error.code, code);
      await assert.rejects(operation, outcome.error);
      // An errno is the kernel's: our own codes have none.
      assert.equal(outcome.error.errno, status === "failed" ? -2 : undefined);
    }
    await close();
    assertQuiet(stage());
  });

  test("P6: an abort has the name that Web APIs give it, and the signal's reason", async () => {
    const { file, close } = await openFifo(stage());
    const reason = { any: "value" };
    const controller = new AbortController();
    const read = file.read(new IoBuffer(1), { signal: controller.signal });
    await others(stage());
    controller.abort(reason);
    await assert.rejects(read, (error: Error) => {
      assert.equal(error.name, "AbortError");
      assert.equal(error.cause, reason);
      return true;
    });
    const timed = file.read(new IoBuffer(1), { signal: AbortSignal.timeout(1) });
    await assert.rejects(timed, (error: Error) => {
      assert.equal((error.cause as Error).name, "TimeoutError");
      return true;
    });
    await close();
  });

  test("P6: outcome() never rejects, whenever and however often it is asked", async () => {
    const { file, close } = await openFifo(stage());
    const read = file.read(new IoBuffer(1));
    const early = [read.outcome(), read.outcome()];
    read.cancel();
    const late = await read.outcome();
    for (const each of [...early, read.outcome()]) assert.deepEqual(await each, late);
    await close();
  });
}
