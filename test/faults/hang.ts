// A server that hangs and comes back: what is asked to stop stays the kernel's, what is abandoned
// is counted and comes back, and nobody else waits.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { stat as nodeStat } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";

import {
  BufferPool,
  captureStacks,
  drain,
  type File,
  IoBuffer,
  inFlight,
  open,
  readFile,
  Scope,
  stat,
  status,
} from "../../src/index.ts";
import type { FuseServer } from "../support/fuse.ts";
import { contentOf, FILE_BYTES, type Served, withServer } from "./served.ts";
import { assertNothingHeld, report, type Variant } from "./variant.ts";

const BYTES = 65_536;
const READS = 3;

/** Starts reads, and waits until the server has all of them. */
async function hangingReads(server: FuseServer, file: File, buffers: readonly IoBuffer[]) {
  await server.rule("read", "hold");
  const before = server.countOf("read");
  const reads = buffers.map((buffer, at) => file.read(buffer, { position: at * BYTES }));
  await server.asked("read", before + buffers.length);
  return reads;
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  promise.then(end, end);
  // Turns in which others come to their ends.
  for (let turn = 0; turn < 3; turn++) await nodeStat("/");
  return !isOver;
}

export function hangs(variant: Variant, skip: string | false): void {
  describe(`a server that hangs, on ${variant.name}`, { skip }, () => {
    test("a cancel settles nothing, and abandoned buffers come back with the server", (t) =>
      withServer(async (served) => {
        await abandonAndComeBack(served);
        report(t, variant, "FUSE hangs on reads: canceled, abandoned, comes back", {
          operations: READS,
          quarantinedBytes: READS * BYTES,
        });
      }));

    test("abandoned memory is capped: then abandon() says so, and has asked for a cancel", (t) =>
      withServer(async ({ server, path }) => {
        const file = await open(path);
        const half = 512 * 1024 * 1024;
        const buffers = [new IoBuffer(half), new IoBuffer(half), new IoBuffer(1)];
        const reads = await hangingReads(server, file, buffers);
        const [first, second, third] = reads;
        first?.abandon();
        second?.abandon();
        assert.throws(() => third?.abandon(), { name: "IoError", code: "ERR_QUARANTINE_FULL" });
        assert.equal(third?.state, "canceling");
        assert.equal(status().quarantinedBytes, 2 * half);
        await server.comeBack();
        for (const read of reads) await read.outcome();
        assert.ok(buffers.every((buffer) => !buffer.isLent));
        await file.close();
        report(t, variant, "FUSE hangs: the cap of abandoned memory is reached", {
          quarantinedBytes: 2 * half,
        });
      }));

    test("close(), drain() and a scope wait for it, and say what is held", (t) =>
      withServer(async (served) => {
        await ends(served);
        report(t, variant, "FUSE hangs: close, drain and a scope, with what is held");
      }));

    test("as many calls hang as can: others wait for a turn, and can be canceled", (t) =>
      withServer(async (served) => {
        await everythingHangs(variant, served);
        report(t, variant, "FUSE hangs on as many calls as can run at once", {
          operations: variant.hangsMax,
        });
      }));

    test("an open of a name that the kernel remembers waits, and the thread does not", (t) =>
      withServer(async (served) => {
        await opensWait(served);
        report(t, variant, "FUSE hangs on an open of a name that the kernel remembers");
      }));

    test("it dies: everything fails, and nothing is held", (t) =>
      withServer(async ({ server, path }) => {
        const file = await open(path);
        const buffers = Array.from({ length: READS }, () => new IoBuffer(BYTES));
        const reads = await hangingReads(server, file, buffers);
        const code = /^(?:ECONNABORTED|ENOTCONN)$/;
        const failure = { name: "IoError", code, syscall: "read", path, bytesTransferred: 0 };
        const rejections = reads.map((read) => assert.rejects(read, failure));
        await server.stop();
        await Promise.all(rejections);
        assert.ok(buffers.every((buffer) => !buffer.isLent));
        await file.close().outcome();
        report(t, variant, "FUSE dies with reads in flight", { operations: READS });
      }));

    test("a server that hears of interruptions: then what was canceled is", (t) =>
      withServer(async ({ server, path }) => {
        await server.tell("interrupts hear");
        await server.rule("lookup", "hold");
        const before = server.countOf("lookup");
        const operation = stat(path);
        await server.asked("lookup", before + 1);
        operation.cancel();
        // A call of a thread of ours has begun, and nobody interrupts it: it completes.
        if (!variant.isInterrupting) await server.comeBack();
        const { status: end } = await operation.outcome();
        assert.equal(end, variant.isInterrupting ? "canceled" : "completed");
        await server.comeBack();
        report(t, variant, "FUSE hangs, and hears of the cancel", { outcome: end });
      }));
  });
}

async function abandonAndComeBack({ server, path }: Served): Promise<void> {
  const file = await open(path);
  const pool = new BufferPool({ byteLength: BYTES, count: READS });
  const buffers = Array.from({ length: READS }, () => pool.acquire());
  // What the server is asked for it is asked by a thread, and not by this one.
  await server.rule("getattr", "hold");
  const reads = await hangingReads(server, file, buffers);
  for (const read of reads) read.cancel();
  assert.ok(reads.every((read) => read.state === "canceling"));
  assert.ok(await isPending(Promise.race(reads)));
  assert.ok(buffers.every((buffer) => buffer.isLent));
  const held = inFlight().map(({ kind, path, state, byteLength }) => {
    return { kind, path, state, byteLength };
  });
  const expected = { kind: "read", path, state: "canceling", byteLength: BYTES };
  assert.deepEqual(held, [expected, expected, expected]);
  for (const read of reads) read.abandon();
  for (const read of reads) await assert.rejects(read, { code: "ERR_ABANDONED", path });
  assert.throws(() => pool.acquire(), { code: "ERR_POOL_EMPTY" });
  assert.deepEqual([pool.quarantined, pool.free], [READS, 0]);
  assert.equal(status().quarantinedOperations, READS);
  assert.equal(status().quarantinedBytes, READS * BYTES);
  await server.comeBack();
  for (const read of reads) {
    const { status: end, bytesTransferred } = await read.outcome();
    assert.deepEqual([end, bytesTransferred], ["abandoned", BYTES]);
  }
  assert.deepEqual([pool.quarantined, pool.free], [0, READS]);
  assertNothingHeld();
  const again = pool.acquire();
  assert.equal(await file.readFully(again, { position: BYTES }), BYTES);
  assert.ok(contentOf(BYTES, BYTES).equals(again.bytes));
  pool.release(again);
  await file.close();
}

async function ends({ server, path }: Served): Promise<void> {
  captureStacks(true);
  const scope = new Scope();
  const inScope = await scope.open(path);
  const file = await open(path, "r+");
  const buffers = [new IoBuffer(BYTES), new IoBuffer(BYTES)];
  const [read] = await hangingReads(server, file, buffers.slice(0, 1));
  const [scoped] = await hangingReads(server, inScope, buffers.slice(1));
  captureStacks(false);
  const closed = file.close();
  const left = scope.leave();
  assert.throws(() => file.read(new IoBuffer(1)), { code: "ERR_CLOSED" });
  const { held } = await drain({ deadlineMs: 0 });
  const reads = held.filter(({ kind }) => kind === "read");
  assert.equal(reads.length, 2);
  for (const one of reads) {
    assert.deepEqual([one.path, one.byteLength, one.state], [path, BYTES, "canceling"]);
    assert.ok((one.fd ?? -1) > 2 && one.ageMs >= 0);
    assert.match(one.stack ?? "", /hangingReads/);
  }
  assert.ok(await isPending(Promise.race([closed, left])));
  assert.ok(buffers.every((buffer) => buffer.isLent));
  await server.comeBack();
  await Promise.all([closed, left]);
  assert.ok(buffers.every((buffer) => !buffer.isLent));
  // Too late: the kernel was at work, and what it did counts.
  for (const each of [read, scoped]) assert.equal((await each?.outcome())?.bytesTransferred, BYTES);
  assert.deepEqual((await drain({ deadlineMs: 0 })).held, []);
}

async function opensWait({ server, path, elsewhere }: Served): Promise<void> {
  const near = join(elsewhere, "near");
  writeFileSync(near, "near");
  await server.tell("remember");
  await stat(path);
  await server.rule("open", "hold");
  const lookups = server.countOf("lookup");
  const before = server.countOf("open");
  // Not as many as can hang: one is left for those that do not.
  const opens = [open(path), open(path)] as const;
  await server.asked("open", before + opens.length);
  assert.equal(server.countOf("lookup"), lookups, "the kernel has asked for the name once more");
  assert.ok(await isPending(Promise.race(opens)));
  assert.equal((await stat(near)).size, 4);
  opens[1].cancel();
  await server.comeBack();
  const file = await opens[0];
  assert.equal(await file.read(new IoBuffer(BYTES), { position: 0 }), BYTES);
  await file.close();
  assert.equal((await readFile(path)).byteLength, FILE_BYTES);
  // Interrupted, or too late: then there is a file.
  if ((await opens[1].outcome()).status === "completed") await (await opens[1]).close();
}

async function everythingHangs(variant: Variant, served: Served): Promise<void> {
  const { server, path, elsewhere } = served;
  const near = join(elsewhere, "near");
  writeFileSync(near, "near");
  await server.rule("lookup", "hold");
  const before = server.countOf("lookup");
  // Of names that differ, since the kernel asks for the same one once at a time.
  const stats = Array.from({ length: variant.hangsMax }, (_, at) => stat(`${path}-${at}`));
  await server.asked("lookup", before + variant.hangsMax);
  const waiting = stat(near);
  const reading = readFile(near);
  assert.ok(await isPending(waiting), "a thread is left: hangsMax is too small");
  assert.equal((await waiting.cancel().outcome()).status, "canceled");
  // The program's own calls have what they need.
  assert.equal((await nodeStat(near)).size, 4);
  for (const each of stats) each.cancel();
  assert.ok(await isPending(Promise.race(stats)));
  await server.comeBack();
  for (const each of stats) {
    const { status: end, bytesTransferred } = await each.outcome();
    assert.ok(end === "failed" || end === "canceled", end);
    assert.equal(bytesTransferred, 0);
  }
  assert.equal(Buffer.from(await reading).toString(), "near");
  assert.equal((await stat(path)).size, FILE_BYTES);
}
