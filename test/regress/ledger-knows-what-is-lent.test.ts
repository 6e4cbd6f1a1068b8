// Goal: the shim's ledger has a mark for each block that the kernel may touch, and for no other: at
// the end of a thread nothing else tells what must not be freed.
// Method: look at the ledger before, while and after memory is the kernel's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Addon, loadAddon } from "../../src/kernel/addon.ts";
import { NativeMemory, ScratchMemory } from "../../src/kernel/memory.ts";

function markOf(memory: NativeMemory): number | undefined {
  return new Uint32Array((loadAddon().addon as Addon).ledger)[memory.index];
}

test("the ledger marks a buffer's memory while it is lent", () => {
  const memory = new NativeMemory(64, 64);
  assert.equal(markOf(memory), 0);
  memory.lend();
  assert.equal(markOf(memory), 1);
  memory.giveBack();
  assert.equal(markOf(memory), 0);
});

test("the ledger marks a scratch block while it is claimed", () => {
  const scratch = new ScratchMemory(64);
  assert.equal(markOf(scratch.memory), 0);
  scratch.claim();
  assert.equal(markOf(scratch.memory), 1);
  scratch.release();
  assert.equal(markOf(scratch.memory), 0);
});
