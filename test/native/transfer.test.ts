/**
 * Goal: whoever takes a buffer's memory away, by transfer() or by sending it to another thread,
 * gets memory that stays whole; the buffer says that it has none any more, and the kernel never
 * sees it. Method: every way to take an ArrayBuffer away, on buffers in each state, here and in a
 * worker whose memory the main thread watches after the worker's end. Which ways work at all
 * differs between versions of Node; what must hold afterwards does not.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { BufferPool, type File, IoBuffer, inFlight, open } from "../../src/index.ts";
import { runScript } from "../support/children.ts";
import { makeFifo, writeToFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";
import { collect } from "./collect.ts";
import { noRing } from "./ring-available.ts";

const temporary: string = makeTemporary("transfer");
const theft = new URL("./transfer-child.js", import.meta.url);
const filePath: string = join(temporary, "file");
const content: Buffer = randomBytes(64 * 1024);

before(() => writeFileSync(filePath, content));

type Take = (taken: ArrayBuffer) => ArrayBuffer;

const canMove: boolean = "transfer" in ArrayBuffer.prototype;
const clone: Take = (taken) => structuredClone(taken, { transfer: [taken] });
const ALL_WAYS: readonly (readonly [name: string, take: Take])[] = [
  ["structuredClone()", clone],
  ["transfer()", (taken) => taken.transfer()],
  ["transfer(length)", (taken) => taken.transfer(taken.byteLength * 2)],
  ["transferToFixedLength()", (taken) => taken.transferToFixedLength()],
];
const WAYS = canMove ? ALL_WAYS : ALL_WAYS.slice(0, 1);

type Prepare = (buffer: IoBuffer, file: File) => Promise<void>;

const STATES: readonly (readonly [name: string, prepare: Prepare])[] = [
  ["new", async () => {}],
  ["read into", async (buffer, file) => void (await file.read(buffer, { position: 0 }))],
  [
    "read into twice",
    async (buffer, file) => {
      await file.read(buffer, { position: 0 });
      buffer.bytes.fill(1);
      await file.read(buffer, { position: 0 });
    },
  ],
];

function arrayBufferOf(buffer: IoBuffer): ArrayBuffer {
  return buffer.bytes.buffer as ArrayBuffer;
}

/** Takes the memory; null if Node refuses that, which is the safest answer. */
function tryTake(take: Take, buffer: IoBuffer): ArrayBuffer | null {
  try {
    return take(arrayBufferOf(buffer));
  } catch (error) {
    assert.equal((error as Error).name, "DataCloneError");
    return null;
  }
}

/** The buffer must refuse to work, in every use, and leave nothing in flight. */
function assertTransferred(buffer: IoBuffer, file: File): void {
  const wanted = { name: "TypeError", code: "ERR_BUFFER_TRANSFERRED" };
  assert.throws(() => buffer.bytes, wanted);
  assert.throws(() => file.read(buffer, { position: 0 }), wanted);
  assert.throws(() => file.readFully(buffer), wanted);
  assert.throws(() => file.write(buffer), wanted);
  assert.throws(() => file.readv([new IoBuffer(1), buffer]), wanted);
  assert.throws(() => file.writev([buffer]), wanted);
  assert.equal(buffer.isLent, false);
  assert.deepEqual(inFlight(), []);
}

for (const [way, take] of WAYS) {
  for (const [state, prepare] of STATES) {
    test(`${way} of the memory of a buffer that is ${state}`, { skip: noRing }, async () => {
      const file = await open(filePath, "r+");
      const buffer = new IoBuffer(content.byteLength);
      await prepare(buffer, file);
      const bytes = Buffer.from(buffer.bytes);
      const taken = tryTake(take, buffer);
      if (taken !== null) {
        assert.ok(bytes.equals(new Uint8Array(taken, 0, bytes.byteLength)));
      }
      if (taken === null || taken.byteLength === 0 || !isDetached(buffer)) {
        // Refused or copied: the buffer is as it was.
        assert.ok(bytes.equals(buffer.bytes));
        assert.equal(await file.read(buffer, { position: 0 }), content.byteLength);
        assert.ok(content.equals(buffer.bytes));
      } else {
        assertTransferred(buffer, file);
        collect();
        assert.ok(bytes.equals(new Uint8Array(taken, 0, bytes.byteLength)));
      }
      await file.close();
    });
  }
}

function isDetached(buffer: IoBuffer): boolean {
  try {
    return buffer.bytes.byteLength === 0;
  } catch {
    return true;
  }
}

test("a view taken before a read leads nowhere while the kernel writes", {
  skip: noRing,
}, async () => {
  const path = makeFifo(temporary, "fifo");
  const file = await open(path, "r+");
  const buffer = new IoBuffer(4096);
  const early = buffer.bytes;
  const reading = file.read(buffer);
  assert.equal(early.byteLength, 0);
  assert.equal(early.buffer.byteLength, 0);
  early[0] = 1;
  assert.equal(early[0], undefined);
  // What is left of it can be moved about; it is empty.
  const moved = tryTake(clone, { bytes: early } as IoBuffer);
  assert.ok(moved === null || moved.byteLength === 0);
  writeToFifo(path, "arrived");
  assert.equal(await reading, 7);
  assert.equal(Buffer.from(buffer.bytes.subarray(0, 7)).toString(), "arrived");
  assert.equal(early.byteLength, 0);
  await file.close();
});

test("a pool takes a transferred buffer back and gives a new one", {
  skip: noRing || (!canMove && "this Node cannot take memory away"),
}, async () => {
  const file = await open(filePath);
  const pool = new BufferPool({ byteLength: 4096, count: 1 });
  const buffer = pool.acquire();
  await file.read(buffer, { position: 0 });
  const taken = arrayBufferOf(buffer).transfer();
  pool.release(buffer);
  const next = pool.acquire();
  assert.notEqual(next, buffer);
  assert.equal(await file.read(next, { position: 0 }), 4096);
  assert.ok(content.subarray(0, 4096).equals(next.bytes));
  assert.ok(content.subarray(0, 4096).equals(new Uint8Array(taken)));
  await file.close();
});

/**
 * Of a worker's buffer, new or one that the kernel has had; sent at once, or after a transfer().
 * Or of the main thread's, given to a worker.
 */
for (const way of ["new", "read", "new, moved", "read, moved", "given"]) {
  test(`memory that another thread has taken stays whole: ${way}`, { skip: noRing }, async (t) => {
    // The allocator overwrites what is freed, so that nobody reads it by luck.
    const env = { MALLOC_PERTURB_: "165" };
    const end = await runScript(theft, [way, filePath], { env });
    assert.equal(end.signal, null, end.err);
    assert.equal(end.exitCode, 0, end.err);
    assert.match(end.out, /^(?:refused|sent), intact\n$/);
    t.diagnostic(end.out.trim());
  });
}
