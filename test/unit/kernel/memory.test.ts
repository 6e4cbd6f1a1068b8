// Goal: native memory is the application's or the kernel's, never both, and never moves.
// Method: lend and give back in every order, with views taken at every moment, and with memory that
// its holder has transferred away.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { memoryCounters, NativeMemory, ScratchMemory } from "../../../src/kernel/memory.ts";

const PAGE = 4096;

function address(memory: NativeMemory): bigint {
  return (BigInt(memory.addressHigh) << 32n) + BigInt(memory.addressLow);
}

describe("NativeMemory", () => {
  test("is zeroed and aligned as asked", () => {
    for (const [bytes, alignment] of [
      [1, 64],
      [PAGE, PAGE],
      [PAGE + 1, PAGE],
      [1 << 20, 1 << 16],
    ] as const) {
      const memory = new NativeMemory(bytes, alignment);
      assert.equal(address(memory) % BigInt(alignment), 0n);
      assert.equal(memory.byteLength, bytes);
      const view = new Uint8Array(memory.attach());
      assert.equal(view.byteLength, bytes);
      assert.ok(view.every((byte) => byte === 0));
    }
  });

  test("lend() detaches every view; giveBack() brings the same bytes", () => {
    const memory = new NativeMemory(PAGE, PAGE);
    const before = address(memory);
    for (let round = 0; round < 50; round++) {
      const buffer = memory.attach();
      const views = [new Uint8Array(buffer), new Uint8Array(buffer, 5, 7), new DataView(buffer)];
      assert.equal((views[0] as Uint8Array)[9], round === 0 ? 0 : round - 1);
      (views[0] as Uint8Array)[9] = round;
      memory.lend();
      assert.equal(memory.isLent, true);
      assert.equal(buffer.byteLength, 0);
      assert.equal((views[0] as Uint8Array).length, 0);
      assert.throws(() => (views[2] as DataView).getUint8(0), TypeError);
      assert.throws(() => memory.attach(), { name: "InvariantError" });
      assert.throws(() => memory.lend(), { name: "InvariantError" });
      memory.giveBack();
      assert.equal(memory.isLent, false);
      assert.equal(buffer.byteLength, 0, "the old way to the memory stays shut");
    }
    assert.equal(address(memory), before);
  });

  test("can be lent without ever having been attached", () => {
    const memory = new NativeMemory(64, 64);
    memory.lend();
    memory.giveBack();
    assert.equal(new Uint8Array(memory.attach()).length, 64);
  });

  test("giveBack() without lend() is our bug", () => {
    const memory = new NativeMemory(64, 64);
    assert.throws(() => memory.giveBack(), { name: "InvariantError" });
  });

  test("memory that its holder has transferred away cannot be lent", (t) => {
    const memory = new NativeMemory(64, 64);
    const buffer = memory.attach() as ArrayBuffer & { transfer?: () => ArrayBuffer };
    assert.equal(memory.isTransferred, false);
    if (buffer.transfer === undefined) {
      t.skip("this Node has no transfer()");
      return;
    }
    const moved = buffer.transfer();
    assert.equal(memory.isTransferred, true);
    assert.throws(() => memory.lend(), { name: "InvariantError" });
    assert.equal(memory.isLent, false);
    assert.equal(moved.byteLength, 64);
  });

  test("counts blocks and bytes", () => {
    const before = memoryCounters();
    const memory = new NativeMemory(3 * PAGE, PAGE);
    const after = memoryCounters();
    assert.equal(after.blocksAlive, before.blocksAlive + 1);
    assert.ok(after.bytesAlive >= before.bytesAlive + memory.byteLength);
    assert.equal(after.bytesLeaked, 0);
  });
});

test("ScratchMemory stays attached while the kernel has it", () => {
  const scratch = new ScratchMemory(1024);
  scratch.claim();
  scratch.bytes[0] = 7;
  assert.equal(scratch.view.getUint8(0), 7);
  scratch.release();
  assert.equal(scratch.bytes.byteLength, 1024);
});
