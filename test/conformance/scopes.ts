// P8: a scope cannot be left while something of it is in flight.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type InFlight, IoBuffer, type IoError, type Operation, Scope } from "../../src/index.ts";
import { assertQuiet, holdKernel } from "./checks.ts";
import { openFifo, others } from "./fifo-case.ts";
import { LONG_MS, needs, type Stage, type Subject, turn } from "./subject.ts";

export function scopeCases(subject: Subject, stage: () => Stage): void {
  const option = needs(subject, "waitingReads", "waitingWrites", "descriptors");
  describe("P8", option, () => {
    leaving(stage);
    staying(stage);
    ending(stage);
  });
  describe("P8 for certain", needs(subject, "holding"), () => held(stage));
  describe("P8 of opens", needs(subject, "waitingOpens", "descriptors"), () => opens(stage));
}

function leaving(stage: () => Stage): void {
  test("P8: leaving cancels what is in flight, waits for it, and closes the files", async () => {
    const { io, world } = stage();
    const before = world.descriptorCount();
    const scope = new Scope({ io });
    const file = await scope.open(world.makeFifo(), "r+");
    const buffers = Array.from({ length: 3 }, () => new IoBuffer(8));
    const reads = buffers.map((buffer) => file.read(buffer));
    const log: string[] = [];
    for (const read of reads) void read.outcome().then(({ status }) => log.push(status));
    await others(stage());
    await scope.leave();
    log.push("left");
    assert.deepEqual(log, ["canceled", "canceled", "canceled", "left"]);
    assert.deepEqual([scope.phase, file.state], ["left", "closed"]);
    assert.ok(buffers.every((buffer) => !buffer.isLent));
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  });

  test("P8: a thousand operations, by path and of files: all are over", async () => {
    const { io, world } = stage();
    const path = world.makeFile("text");
    const operations: Operation<unknown>[] = [];
    {
      await using scope = new Scope({ io });
      const file = await scope.open(path, "r+");
      const fifo = await scope.open(world.makeFifo(), "r+");
      for (let at = 0; at < 250; at++) {
        operations.push(scope.stat(path), scope.open(path));
        operations.push(file.writeAll("text"), fifo.read(new IoBuffer(1)));
      }
      for (const operation of operations) operation.catch(() => {});
    }
    assert.ok(operations.every(({ state }) => state === "settled"));
    assertQuiet(stage());
  });

  test("P8: calls that are made of several operations, wherever they are", async () => {
    const { io, world } = stage();
    const [path, target, fifo] = [world.makeFile("text"), world.fresh(), world.makeFifo()];
    for (let rounds = 0; rounds < 8; rounds++) {
      const scope = new Scope({ io });
      const calls = [
        scope.readFile(path),
        scope.readFile(fifo),
        scope.writeFile(target, "new"),
        scope.writeFileAtomic(target, "new"),
      ].map((call) => call.then(String, (error: IoError) => error.code));
      for (let count = 0; count < rounds; count++) await io.stat(path);
      await scope.leave();
      assert.deepEqual(io.inFlight(), []);
      for (const end of await Promise.all(calls)) {
        assert.ok(!end.startsWith("E") && !end.startsWith("ERR_"), end);
      }
    }
    assertQuiet(stage());
  });

  test("P8: scopes within scopes are left from the inside out, those that wait, too", async () => {
    const { io, world } = stage();
    const log: string[] = [];
    const fifo = world.makeFifo();
    const scope = new Scope({ io });
    const inner = scope.nested();
    const innermost = inner.nested();
    for (const each of [scope, inner, innermost]) {
      void each.run(async () => {
        await using file = await each.open(fifo, "r+");
        await file.read(new IoBuffer(8));
      });
    }
    await others(stage());
    for (const [name, each] of Object.entries({ scope, inner, innermost })) {
      void each.leave().then(() => log.push(name));
    }
    await scope.leave();
    await turn();
    assert.deepEqual(log, ["innermost", "inner", "scope"]);
    assertQuiet(stage());
  });
}

function staying(stage: () => Stage): void {
  test("P8: what was abandoned does not keep it; its file is closed after it", async () => {
    const { io, world } = stage();
    const before = world.descriptorCount();
    const scope = new Scope({ io });
    const file = await scope.open(world.makeFifo(), "r+");
    const buffer = new IoBuffer(8);
    const orphan = file.read(buffer);
    await others(stage());
    orphan.abandon();
    await scope.leave();
    await orphan.outcome();
    await others(stage());
    assert.deepEqual([file.state, buffer.isLent], ["closed", false]);
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  });

  test("P8: an operation that began elsewhere keeps it once it was added", async () => {
    const { io } = stage();
    const { file, close } = await openFifo(stage());
    const scope = new Scope({ io });
    const read = scope.add(file.read(new IoBuffer(8)));
    await others(stage());
    await scope.leave();
    assert.deepEqual([read.state, file.state], ["settled", "open"]);
    await close();
    assertQuiet(stage());
  });

  test("P8: a shield goes on although the scope is canceled, and keeps it", async () => {
    const { io, world } = stage();
    const path = world.makeFile("");
    const scope = new Scope({ io });
    const journal = await scope.open(path, "w");
    const task = scope.run(async () => {
      const fifo = await scope.open(world.makeFifo(), "r+");
      try {
        await fifo.read(new IoBuffer(8));
      } finally {
        await scope.shield(async (shield) => {
          shield.add(journal);
          await journal.writeAll("the last words");
          await journal.sync();
        });
      }
    });
    await others(stage());
    await scope.leave();
    assert.equal(Buffer.from(world.contentOf(path)).toString(), "the last words");
    await assert.rejects(task, { code: "ABORT_ERR" });
    assertQuiet(stage());
  });
}

function ending(stage: () => Stage): void {
  test("P8: its deadline cancels and reports, and it goes on waiting", async () => {
    const { io, world, ...rest } = stage();
    const reports: (readonly InFlight[])[] = [];
    const onDeadline = (report: readonly InFlight[]): void => void reports.push(report);
    const scope = new Scope({ io, deadlineMs: LONG_MS, onDeadline });
    const file = await scope.open(world.makeFifo(), "r+");
    const read = file.read(new IoBuffer(8));
    await others(stage());
    rest.passTime(LONG_MS);
    assert.deepEqual(
      reports.map((report) => report.map(({ kind, state }) => [kind, state])),
      [[["read", "canceling"]]],
    );
    await assert.rejects(read, { code: "ETIMEDOUT" });
    await scope.leave();
    assert.equal(file.state, "closed");
    assertQuiet(stage());
  });

  test("P8: its signal cancels all that is in it, and what begins later", async () => {
    const { io, world } = stage();
    const controller = new AbortController();
    const path = world.makeFile("");
    const scope = new Scope({ io, signal: controller.signal });
    const file = await scope.open(world.makeFifo(), "r+");
    const read = file.read(new IoBuffer(8));
    await others(stage());
    controller.abort("enough");
    const all = [read, scope.stat(path), scope.open(path), file.write("x")];
    const ends = await Promise.all(all.map((each) => each.outcome()));
    assert.deepEqual(
      ends.map((end) => end.status === "canceled" && end.error.cause),
      ["enough", "enough", "enough", "enough"],
    );
    await scope.leave();
    assertQuiet(stage());
  });

  test("P8: left, it refuses everything", async () => {
    const { io, world } = stage();
    const path = world.makeFile("");
    const scope = new Scope({ io });
    await scope.leave();
    assert.throws(() => scope.open(path), { code: "ERR_SCOPE_LEFT" });
    assert.throws(() => scope.readFile(path), { code: "ERR_SCOPE_LEFT" });
    assertQuiet(stage());
  });
}

function held(stage: () => Stage): void {
  test("P8: while the kernel is silent it is not left, whatever is asked", async () => {
    const { io, world } = stage();
    const controller = new AbortController();
    const scope = new Scope({ io, signal: controller.signal, deadlineMs: LONG_MS });
    const file = await scope.open(world.makeFifo(), "r+");
    const release = holdKernel(stage());
    const buffer = new IoBuffer(8);
    const read = file.read(buffer);
    read.catch(() => {});
    await turn();
    controller.abort();
    scope.cancel();
    stage().passTime(LONG_MS);
    void scope.leave();
    for (let turns = 0; turns < 20; turns++) await turn();
    assert.deepEqual([scope.phase, file.state, buffer.isLent], ["leaving", "open", true]);
    assert.deepEqual(
      scope.inFlight().map(({ kind, state }) => [kind, state]),
      [["read", "canceling"]],
    );
    release();
    await scope.leave();
    assert.deepEqual([read.state, file.state], ["settled", "closed"]);
    assertQuiet(stage());
  });
}

function opens(stage: () => Stage): void {
  test("P8: whatever an open brings is closed, also one that was canceled", async () => {
    const { io, world } = stage();
    const before = world.descriptorCount();
    const paths = [world.makeFile("a"), world.makeFifo()];
    for (let rounds = 0; rounds < 8; rounds++) {
      const scope = new Scope({ io });
      const opening = Array.from({ length: 6 }, (_, at) => {
        return scope.open(paths[at % 2] ?? "", at % 2 === 0 ? "r" : "w");
      });
      for (const each of opening) each.catch(() => {});
      for (let count = 0; count < rounds; count++) await io.stat(paths[0] ?? "");
      await scope.leave();
      assert.ok(opening.every(({ state }) => state === "settled"));
      assert.equal(world.descriptorCount(), before);
    }
    assertQuiet(stage());
  });
}
