/**
 * Goal: native memory lives exactly as long as somebody has a claim on it: a program that holds the
 * buffer or a view of it, or the kernel. Not shorter, whatever the garbage collector does; not
 * longer. Method: references are dropped at every stage of a read, collections are forced, and the
 * shim's count of bytes tells what is left.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { constants, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BufferPool, type File, IoBuffer, inFlight, open, status } from "../../src/index.ts";
import { type Addon, loadAddon } from "../../src/kernel/addon.ts";
import { memoryCounters } from "../../src/kernel/memory.ts";
import { makeFifo, writeToFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";
import { bytesAliveAfterCollection } from "./collect.ts";
import { keepAlive } from "./keep-alive.ts";
import { noRing } from "./ring-available.ts";

const MEBIBYTE = 1024 * 1024;
const temporary: string = makeTemporary("memory-life");
keepAlive();
const filePath: string = join(temporary, "file");
const content: Buffer = randomBytes(MEBIBYTE);

before(() => writeFileSync(filePath, content));

async function openFifo(path: string): Promise<File> {
  // "r+" never waits for a peer; the reader's end stays open as long as the file does.
  return await open(path, "r+");
}

/** Waits until the library has nothing in flight. */
async function quiet(): Promise<void> {
  while (inFlight().length > 0) await nextTurn();
}

async function readAndForget(file: File, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const buffer = new IoBuffer(64 * 1024);
    if (round % 2 === 0) buffer.bytes.fill(1);
    const position = round * 4096;
    const count = await file.read(buffer, { position });
    assert.equal(count, 64 * 1024);
    if (round % 3 === 0) {
      assert.ok(content.subarray(position, position + count).equals(buffer.bytes));
    }
  }
}

test("buffers that nobody has are freed", { skip: noRing }, async () => {
  const file = await open(filePath);
  await readAndForget(file, 4);
  const bytesBefore = await bytesAliveAfterCollection();
  await readAndForget(file, 200);
  new BufferPool({ byteLength: 4096, count: 4 }).acquire();
  IoBuffer.from("never used");
  assert.equal(await bytesAliveAfterCollection(), bytesBefore);
  await file.close();
});

test("a view keeps the memory, and without it the memory goes", { skip: noRing }, async () => {
  const bytesBefore = await bytesAliveAfterCollection();
  let view: Uint8Array | null = IoBuffer.from("kept by its view").bytes;
  assert.equal(await bytesAliveAfterCollection(), bytesBefore + view.byteLength);
  assert.equal(Buffer.from(view).toString(), "kept by its view");
  view = null;
  assert.equal(await bytesAliveAfterCollection(), bytesBefore);
});

/** Begins a read of which nobody outside knows; its views are taken along. */
function beginForgottenRead(file: File, byteLength: number, isAbandoned: boolean): void {
  const buffer = new IoBuffer(byteLength);
  buffer.bytes.fill(7);
  const operation = file.read(buffer);
  if (isAbandoned) operation.abandon();
}

test("memory that is lent outlives the buffer and the operation", { skip: noRing }, async () => {
  const path = makeFifo(temporary, "forgotten");
  const file = await openFifo(path);
  await nextTurn();
  const bytesBefore = await bytesAliveAfterCollection();
  for (let round = 0; round < 10; round += 1) {
    beginForgottenRead(file, MEBIBYTE, false);
    assert.equal(await bytesAliveAfterCollection(), bytesBefore + MEBIBYTE);
    assert.equal(inFlight().length, 1);
    writeToFifo(path, randomBytes(60_000));
    await quiet();
    assert.equal(await bytesAliveAfterCollection(), bytesBefore);
  }
  await file.close();
});

test("many forgotten reads at once, and an abandoned one", { skip: noRing }, async () => {
  const path = makeFifo(temporary, "many");
  const file = await openFifo(path);
  const bytesBefore = await bytesAliveAfterCollection();
  for (let count = 0; count < 100; count += 1) beginForgottenRead(file, 64 * 1024, count === 50);
  await nextTurn();
  assert.equal(inFlight().length, 99);
  assert.equal(await bytesAliveAfterCollection(), bytesBefore + 99 * 64 * 1024);
  for (let count = 0; count < 99; count += 1) {
    assert.equal(inFlight().length, 99 - count);
    writeToFifo(path, "x");
    while (inFlight().length === 99 - count) await nextTurn();
  }
  assert.equal(status().quarantinedOperations, 0);
  assert.equal(await bytesAliveAfterCollection(), bytesBefore);
  await file.close();
});

test("a block with the kernel's mark is not freed, even without a handle", {
  skip: noRing,
}, async () => {
  const shim = loadAddon().addon as Addon;
  const ledger = new Uint32Array(shim.ledger);
  const bytesBefore = await bytesAliveAfterCollection();
  const place = new Uint32Array(3);
  // In functions of their own, so that no register of this one keeps the handle alive.
  const makeMarked = (): void => {
    shim.allocate(MEBIBYTE, 4096, place);
    ledger[place[0]!] = 1;
  };
  makeMarked();
  assert.equal(await bytesAliveAfterCollection(), bytesBefore + MEBIBYTE);
  const address = place[1];
  for (let count = 0; count < 10; count += 1) {
    shim.allocate(MEBIBYTE, 4096, place);
    assert.notEqual(place[1], address, "the same memory was given out twice");
  }
  assert.equal(await bytesAliveAfterCollection(), bytesBefore + MEBIBYTE);
});

test("memory that no view leads to counts for the collector, too", { skip: noRing }, async () => {
  const file = await open(filePath);
  const bytesBefore = memoryCounters().bytesAlive;
  let most = 0;
  for (let round = 0; round < 1000; round += 1) {
    await file.read(new IoBuffer(MEBIBYTE), { position: 0 });
    most = Math.max(most, memoryCounters().bytesAlive - bytesBefore);
  }
  // Left to itself the collector sees small objects only, and lets gigabytes pile up.
  assert.ok(most < 256 * MEBIBYTE, `${most >> 20} MiB at once, none of them in use`);
  await file.close();
});

test("a read that fails gives the buffer back", {
  skip: noRing,
}, async () => {
  const directory = await open(temporary, constants.O_RDONLY | constants.O_DIRECTORY);
  const buffer = new IoBuffer(4096);
  buffer.bytes.fill(3);
  await assert.rejects(directory.read(buffer), { code: "EISDIR" });
  assert.ok(buffer.bytes.every((byte) => byte === 3));
  await directory.close();
});
