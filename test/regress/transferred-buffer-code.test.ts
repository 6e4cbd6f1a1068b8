// Goal: a buffer whose memory was transferred away says so with its documented code, everywhere.
// Method: transfer it, where the running Node lets it go, then touch and use it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BufferPool, IoBuffer } from "../../src/index.ts";
import { openFake } from "../unit/api/fake-file.ts";

type Move = { transfer?: () => ArrayBuffer };

/** True if the memory has left the buffer. */
function transferAway(buffer: IoBuffer): boolean {
  const { bytes } = buffer;
  const memory = bytes.buffer as ArrayBuffer & Move;
  try {
    if (memory.transfer === undefined) structuredClone(memory, { transfer: [memory] });
    else memory.transfer();
  } catch {
    // This Node refuses; then nothing has happened.
  }
  return bytes.byteLength === 0;
}

const TRANSFERRED = { name: "TypeError", code: "ERR_BUFFER_TRANSFERRED" };

test("bytes of a transferred buffer throws ERR_BUFFER_TRANSFERRED", (t) => {
  const buffer = new IoBuffer(64);
  if (!transferAway(buffer)) return t.skip("this Node does not let external memory go");
  assert.throws(() => buffer.bytes, TRANSFERRED);
});

test("a transferred buffer is refused by reads and writes, and no use to its pool", async (t) => {
  const { file, backend } = await openFake(false);
  const pool = new BufferPool({ byteLength: 64, count: 1 });
  const buffer = pool.acquire();
  if (!transferAway(buffer)) return t.skip("this Node does not let external memory go");
  const before = backend.log.length;
  assert.throws(() => file.read(buffer), TRANSFERRED);
  assert.throws(() => file.write(buffer), TRANSFERRED);
  assert.throws(() => file.readv([new IoBuffer(1), buffer]), TRANSFERRED);
  assert.equal(backend.log.length, before);
  pool.release(buffer);
  assert.equal(pool.acquire().bytes.byteLength, 64);
});
