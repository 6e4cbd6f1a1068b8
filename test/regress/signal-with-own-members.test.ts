// Goal: close() closes the descriptor whatever its signal's members are: one whose `aborted` or
// `addEventListener` threw left the file closing for ever, its descriptor open.
// Method: signals with members of their own that throw, on a simulated kernel, which tells at the
// end what was left open; and they are obeyed all the same.

import assert from "node:assert/strict";
import { test } from "node:test";

import { IoBuffer } from "../../src/index.ts";
import { simulate } from "../../src/testing.ts";

function throwing(): never {
  throw new Error("a member of its own");
}

const MEMBERS = ["aborted", "reason", "addEventListener", "removeEventListener"] as const;

for (const member of MEMBERS) {
  test(`a signal whose ${member} throws: the file is closed`, async () => {
    await simulate({ faults: "none" }, async (io, world) => {
      world.makeFifo("/fifo");
      const { signal } = new AbortController();
      Object.defineProperty(signal, member, { get: throwing });
      const file = await io.open("/fifo", "r+");
      await file.close({ signal });
      assert.equal(file.state, "closed");
    });
  });

  test(`a signal whose ${member} throws is obeyed`, async () => {
    await simulate({ faults: "none" }, async (io, world) => {
      world.makeFifo("/fifo");
      const controller = new AbortController();
      Object.defineProperty(controller.signal, member, { get: throwing });
      await using file = await io.open("/fifo", "r+");
      const reading = file.read(new IoBuffer(1), { signal: controller.signal });
      controller.abort();
      await assert.rejects(reading, { code: "ABORT_ERR" });
    });
  });
}
