/**
 * Goal: no collection at any moment takes away what the kernel, the library or the program needs.
 * Method: the same short program is run with a collection, full or of young objects, after each of
 * its steps, and between the turns of the loop while operations are in flight.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BufferPool, IoBuffer, inFlight, open, stat } from "../../src/index.ts";
import { makeFifo, writeToFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";
import { bytesAliveAfterCollection, collect } from "./collect.ts";
import { keepAlive } from "./keep-alive.ts";
import { noRing } from "./ring-available.ts";

const temporary: string = makeTemporary("gc");
keepAlive();
const filePath: string = join(temporary, "file");
const content: Buffer = randomBytes(256 * 1024);

before(() => writeFileSync(filePath, content));

type Step = () => void;

const KINDS: readonly (readonly [name: string, step: Step])[] = [
  ["full", () => collect()],
  ["young", () => collect({ type: "minor" })],
  ["both", () => [collect({ type: "minor" }), collect()]],
];

async function readFile(step: Step): Promise<void> {
  const opening = open(filePath);
  step();
  const file = await opening;
  step();
  const buffer = new IoBuffer(64 * 1024);
  step();
  const early = buffer.bytes;
  step();
  const reading = file.read(buffer, { position: 4096 });
  step();
  assert.equal(early.byteLength, 0);
  assert.throws(() => buffer.bytes, { code: "ERR_BUFFER_LENT" });
  await Promise.resolve();
  step();
  assert.equal(await reading, 64 * 1024);
  step();
  const late = buffer.bytes;
  step();
  assert.ok(content.subarray(4096, 4096 + 64 * 1024).equals(late));
  const parts = [new IoBuffer(100), new IoBuffer(5000), new IoBuffer(1)];
  step();
  const vector = file.readv(parts, { position: 1 });
  step();
  assert.equal(await vector, 5101);
  step();
  const joined = Buffer.concat(parts.map(({ bytes }) => bytes));
  assert.ok(content.subarray(1, 5102).equals(joined));
  const closing = file.close();
  step();
  await closing;
}

async function writeFile(step: Step): Promise<void> {
  const path = join(temporary, "written");
  const file = await open(path, "w+");
  step();
  const writes = [
    file.writeAll("text, copied; "),
    file.writeAll(Buffer.from("bytes, copied; ")),
    file.writeAll(IoBuffer.from("a buffer, lent")),
  ];
  step();
  await Promise.resolve();
  step();
  assert.deepEqual(await Promise.all(writes), [14, 15, 14]);
  step();
  await file.sync();
  step();
  const described = stat(path);
  step();
  assert.equal((await described).size, 43);
  await file.close();
  step();
  assert.equal(readFileSync(path, "utf8"), "text, copied; bytes, copied; a buffer, lent");
}

async function stopReads(step: Step, fifo: string): Promise<void> {
  const file = await open(fifo, "r+");
  const pool = new BufferPool({ byteLength: 4096, count: 4 });
  const controller = new AbortController();
  const read = file.read(pool.acquire(), { signal: controller.signal });
  const queued = file.read(pool.acquire());
  const abandoned = file.read(pool.acquire());
  step();
  await nextTurn();
  step();
  abandoned.abandon();
  step();
  controller.abort();
  step();
  await assert.rejects(read, { code: "ABORT_ERR" });
  step();
  await nextTurn();
  writeToFifo(fifo, "for the second");
  step();
  assert.equal(await queued, 14);
  step();
  await assert.rejects(abandoned, { code: "ERR_ABANDONED" });
  const last = file.read(pool.acquire());
  await nextTurn();
  const orphan = last.abandon().outcome();
  step();
  await orphan;
  step();
  await file.close();
}

for (const [name, step] of KINDS) {
  test(`a collection after each step: ${name}`, { skip: noRing }, async () => {
    const fifo = makeFifo(temporary, `fifo-${name}`);
    const once = async (): Promise<void> => {
      await readFile(step);
      await writeFile(step);
      await stopReads(step, fifo);
    };
    await once();
    const bytesBefore = await bytesAliveAfterCollection();
    for (let round = 0; round < 3; round += 1) await once();
    assert.deepEqual(inFlight(), []);
    assert.equal(await bytesAliveAfterCollection(), bytesBefore);
  });
}

test("collections while many reads are in flight", { skip: noRing }, async () => {
  const file = await open(filePath);
  const bytesBefore = await bytesAliveAfterCollection();
  const reads = Array.from({ length: 500 }, async (_, index) => {
    const buffer = new IoBuffer(1 + index);
    if (index % 2 === 0) buffer.bytes.fill(1);
    const count = await file.read(buffer, { position: index * 100 });
    assert.equal(count, 1 + index);
    assert.ok(content.subarray(index * 100, index * 100 + count).equals(buffer.bytes));
  });
  for (let turn = 0; turn < 20; turn += 1) {
    collect();
    await nextTurn();
  }
  await Promise.all(reads);
  reads.length = 0;
  assert.equal(await bytesAliveAfterCollection(), bytesBefore);
  await file.close();
});
