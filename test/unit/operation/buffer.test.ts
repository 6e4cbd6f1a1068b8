// Goal: a buffer is yours or the kernel's; a pool gives each buffer to one holder at a time and
// gets every one back.
// Method: lend and give back by hand; pools under random sequences of taking, releasing,
// abandoning.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import {
  BufferPool,
  checkLendable,
  endQuarantine,
  giveBackBuffer,
  IoBuffer,
  isIoBuffer,
  lendBuffer,
  quarantineBuffer,
} from "../../../src/operation/buffer.ts";
import { copyToNative, returnCopy } from "../../../src/operation/copy.ts";

describe("IoBuffer", () => {
  test("is zeroed, and `bytes` is the same view while it is yours", () => {
    const buffer = new IoBuffer(100);
    assert.equal(buffer.byteLength, 100);
    assert.ok(buffer.bytes.every((byte) => byte === 0));
    assert.equal(buffer.bytes, buffer.bytes);
    assert.equal(buffer.isLent, false);
  });

  test("lent: `bytes` throws, earlier views are empty, and it cannot be lent again", () => {
    const buffer = new IoBuffer(16);
    const view = buffer.bytes;
    const part = view.subarray(4, 8);
    view.set([1, 2, 3]);
    lendBuffer(buffer);
    assert.equal(buffer.isLent, true);
    assert.throws(() => buffer.bytes, { name: "TypeError", code: "ERR_BUFFER_LENT" });
    assert.deepEqual([view.length, part.length], [0, 0]);
    assert.throws(() => checkLendable(buffer), { name: "TypeError", code: "ERR_BUFFER_LENT" });
    giveBackBuffer(buffer);
    assert.deepEqual([...buffer.bytes.subarray(0, 3)], [1, 2, 3]);
    assert.equal(view.length, 0, "the old view stays empty");
    checkLendable(buffer);
  });

  test("from() copies text as UTF-8, and bytes", () => {
    assert.deepEqual([...IoBuffer.from("é\ud800").bytes], [0xc3, 0xa9, 0xef, 0xbf, 0xbd]);
    const bytes = new Uint8Array([9, 8, 7]).subarray(1);
    const buffer = IoBuffer.from(bytes);
    bytes.fill(0);
    assert.deepEqual([...buffer.bytes], [8, 7]);
    assert.deepEqual([...IoBuffer.from(Buffer.from("ab")).bytes], [97, 98]);
  });

  test("isIoBuffer() knows its own, and no impostor", () => {
    assert.equal(isIoBuffer(new IoBuffer(1)), true);
    for (const value of [
      null,
      undefined,
      1,
      {},
      new Uint8Array(1),
      Object.create(IoBuffer.prototype),
    ]) {
      assert.equal(isIoBuffer(value), false);
    }
    assert.equal(isIoBuffer(new Proxy(new IoBuffer(1), {})), false);
  });
});

describe("BufferPool", () => {
  test("gives as many as it has, then says so; released ones come again as they were", () => {
    const pool = new BufferPool({ byteLength: 64, count: 2 });
    assert.deepEqual([pool.free, pool.count, pool.byteLength], [2, 2, 64]);
    const one = pool.acquire();
    pool.acquire();
    assert.equal(pool.free, 0);
    assert.throws(() => pool.acquire(), { name: "IoError", code: "ERR_POOL_EMPTY" });
    one.bytes.fill(5);
    pool.release(one);
    assert.equal(pool.free, 1);
    const again = pool.acquire();
    assert.equal(again, one);
    assert.equal(again.bytes[63], 5);
  });

  test("takes back only what it gave, once, and not while it is lent", () => {
    const pool = new BufferPool({ byteLength: 64, count: 2 });
    const other = new BufferPool({ byteLength: 64, count: 2 });
    const buffer = pool.acquire();
    const foreign = { name: "TypeError", code: "ERR_INVALID_ARG_VALUE" };
    assert.throws(() => other.release(buffer), foreign);
    assert.throws(() => pool.release(new IoBuffer(64)), foreign);
    assert.throws(() => pool.release({} as never), { code: "ERR_INVALID_ARG_TYPE" });
    lendBuffer(buffer);
    assert.throws(() => pool.release(buffer), { code: "ERR_BUFFER_LENT" });
    assert.equal(pool.free, 1);
    giveBackBuffer(buffer);
    pool.release(buffer);
    assert.throws(() => pool.release(buffer), foreign);
    assert.equal(pool.free, 2);
  });

  test("a quarantined buffer is counted, given to nobody, and comes back by itself", () => {
    const pool = new BufferPool({ byteLength: 64, count: 1 });
    const buffer = pool.acquire();
    lendBuffer(buffer);
    quarantineBuffer(buffer);
    assert.deepEqual([pool.free, pool.quarantined], [0, 1]);
    assert.throws(() => pool.acquire(), { code: "ERR_POOL_EMPTY" });
    assert.throws(() => pool.release(buffer), { code: "ERR_BUFFER_LENT" });
    giveBackBuffer(buffer);
    endQuarantine(buffer);
    assert.deepEqual([pool.free, pool.quarantined], [1, 0]);
    assert.throws(() => pool.release(buffer), { code: "ERR_INVALID_ARG_VALUE" });
  });

  test("quarantine of a buffer of no pool, or that is not lent", () => {
    const buffer = new IoBuffer(8);
    assert.throws(() => quarantineBuffer(buffer), { name: "InvariantError" });
    lendBuffer(buffer);
    quarantineBuffer(buffer);
    giveBackBuffer(buffer);
    endQuarantine(buffer);
  });

  test("counts are right under any sequence, and nobody's buffer is given to another", () => {
    const step = fc.constantFrom("acquire", "release", "abandon", "end");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pool = new BufferPool({ byteLength: 16, count: 3 });
        const held: IoBuffer[] = [];
        const orphans: IoBuffer[] = [];
        for (const each of steps) {
          if (each === "acquire" && held.length + orphans.length < 3) {
            const buffer = pool.acquire();
            assert.ok(!held.includes(buffer) && !orphans.includes(buffer));
            held.push(buffer);
          } else if (each === "release" && held.length > 0) {
            pool.release(held.shift()!);
          } else if (each === "abandon" && held.length > 0) {
            const buffer = held.shift()!;
            lendBuffer(buffer);
            quarantineBuffer(buffer);
            orphans.push(buffer);
          } else if (each === "end" && orphans.length > 0) {
            const buffer = orphans.shift()!;
            giveBackBuffer(buffer);
            endQuarantine(buffer);
          }
          assert.equal(pool.free, 3 - held.length - orphans.length);
          assert.equal(pool.quarantined, orphans.length);
        }
      }),
    );
  });
});

describe("copies for writes", () => {
  test("hold the bytes, of any length, and are used again only after they were returned", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9000 }), (bytes) => {
        const first = copyToNative(bytes);
        const second = copyToNative(bytes);
        assert.notEqual(first, second);
        assert.deepEqual(first.bytes.slice(0, bytes.length), bytes);
        returnCopy(first);
        returnCopy(second);
      }),
    );
  });

  test("of the biggest size that is kept, and one above", () => {
    for (const length of [0, 65_535, 65_536, 65_537, 1_000_000]) {
      const buffer = copyToNative(new Uint8Array(length).fill(3));
      assert.ok(buffer.byteLength >= length);
      if (length > 0) assert.equal(buffer.bytes[length - 1], 3);
      returnCopy(buffer);
    }
  });
});
