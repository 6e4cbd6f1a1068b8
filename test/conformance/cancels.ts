// P4 and P6: what a cancel is, and how the outcomes differ.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type File, IoBuffer, type Operation } from "../../src/index.ts";
import { assertQuiet, Witness } from "./checks.ts";
import { openFifo, others } from "./fifo-case.ts";
import { LONG_MS, needs, type Stage, type Subject } from "./subject.ts";
import { winnerCases } from "./winners.ts";

export function cancelCases(subject: Subject, stage: () => Stage): void {
  winnerCases(subject, stage);
  const option = needs(subject, "waitingReads", "waitingWrites");
  describe("P4", option, () => {
    requests(stage);
    late(stage);
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

function late(stage: () => Stage): void {
  test("P4: a cancel reaches the operation wherever it is", async () => {
    for (const where of ["on its way", "in a queue", "with the kernel", "between two parts"]) {
      const { file, peer, close } = await openFifo(stage());
      const before = where === "in a queue" ? [file.read(new IoBuffer(1))] : [];
      const read = file.readFully(new IoBuffer(100));
      if (where === "between two parts") peer.write("a part");
      if (where !== "on its way") await others(stage());
      read.cancel();
      const outcome = await read.outcome();
      assert.equal(outcome.status, "canceled", where);
      const sent = where === "between two parts" ? 6 : 0;
      assert.equal(outcome.bytesTransferred + peer.empty().byteLength, sent, where);
      for (const each of before) await each.cancel().outcome();
      await close();
    }
    assertQuiet(stage());
  });

  test("P4: a cancel that comes too late decides nothing, and hits nobody else", async () => {
    const { file, peer, close } = await openFifo(stage());
    let last = file.read(new IoBuffer(8));
    for (let round = 0; round < 50; round++) {
      peer.write("bytes");
      const value = await last;
      const over = last;
      last = file.read(new IoBuffer(8));
      over.cancel();
      await others(stage());
      over.cancel();
      assert.equal(await over, value);
      assert.equal((await over.outcome()).status, "completed");
      await others(stage());
      assert.equal(last.state, "submitted", "a late cancel hit the next one");
    }
    await last.cancel().outcome();
    await close();
    assertQuiet(stage());
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

  test("P6: the first to ask names the outcome, abandon() whenever it comes", async () => {
    const { file, close } = await openFifo(stage());
    const ways: Readonly<Record<string, (read: Operation<number>, abort: () => void) => void>> = {
      timedOut: (read, abort) => {
        stage().passTime(LONG_MS);
        read.cancel();
        abort();
      },
      canceled: (read, abort) => {
        abort();
        stage().passTime(LONG_MS);
        read.cancel();
      },
      abandoned: (read, abort) => {
        stage().passTime(LONG_MS);
        abort();
        read.abandon().cancel();
      },
    };
    for (const [status, ask] of Object.entries(ways)) {
      const controller = new AbortController();
      const { signal } = controller;
      const read = file.read(new IoBuffer(1), { signal, timeoutMs: LONG_MS });
      await others(stage());
      ask(read, () => controller.abort("why"));
      const outcome = await read.outcome();
      assert.ok(outcome.status !== "completed");
      assert.equal(outcome.status, status);
      assert.equal(outcome.error.cause, status === "canceled" ? "why" : undefined);
    }
    await close();
    assertQuiet(stage());
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
