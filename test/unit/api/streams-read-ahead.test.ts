// Goal: streams read ahead as far as they may and no farther, bring bytes in order whatever the
// kernel does first, and are over only when the kernel has let go of everything.
// Method: the kernel's answers are given by hand, in every order that matters.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { IoError } from "../../../src/index.ts";
import type { FakeBackend } from "../../support/fake-kernel-backend.ts";
import { openFake, pendingOf, reactions } from "./fake-file.ts";
import { bring, endAll, hasSettled, type Next, TAKERS } from "./streams-harness.ts";

const FOUR = { blockBytes: 4, blocksInFlight: 3 };

/** Reads so many full blocks, so that as many are ahead as may be. */
async function takeBlocks(backend: FakeBackend, next: Next, count: number): Promise<void> {
  for (let block = 0; block < count; block++) {
    const taken = next();
    await reactions();
    bring(backend, "full");
    assert.equal(await taken, "full");
  }
}

for (const [name, makeTaker] of Object.entries(TAKERS)) {
  describe(`reading ahead: ${name}`, () => {
    test("asks for nothing before somebody reads", async () => {
      const { file, backend } = await openFake(false);
      makeTaker(file, FOUR);
      await reactions();
      assert.equal(backend.log.length, 1, "the open");
    });

    test("has one more block in flight after each full one, up to its bound", async () => {
      const { file, backend } = await openFake(false);
      const next = makeTaker(file, FOUR);
      const seen: string[][] = [];
      for (let block = 0; block < 5; block++) {
        const taken = next();
        await reactions();
        seen.push(pendingOf(backend));
        bring(backend, "full");
        await taken;
      }
      assert.deepEqual(seen, [
        ["read@0+4"],
        ["read@4+4", "read@8+4"],
        ["read@8+4", "read@12+4", "read@16+4"],
        ["read@12+4", "read@16+4", "read@20+4"],
        ["read@16+4", "read@20+4", "read@24+4"],
      ]);
    });

    test("nobody reads: no more than the bound is ever asked for", async () => {
      const { file, backend } = await openFake(false);
      const next = makeTaker(file, FOUR);
      await takeBlocks(backend, next, 4);
      for (let round = 0; round < 10; round++) {
        await reactions();
        if (backend.pending.length > 0) bring(backend, "more");
      }
      assert.equal(backend.log.length, 1 + 4 + 2, "the open, those taken, and two ahead");
    });

    test("uses the same few buffers again and again, and the next stream does, too", async () => {
      const memories = new Set<unknown>();
      for (let stream = 0; stream < 3; stream++) {
        const { file, backend } = await openFake(false);
        const next = makeTaker(file, FOUR);
        await takeBlocks(backend, next, 20);
        const closing = file.close();
        const last = next().catch((error: IoError) => error.code);
        await endAll(backend);
        await closing;
        assert.match(String(await last), /ERR_CLOSED|ABORT_ERR/);
        for (const { request } of backend.log)
          if ("memory" in request) memories.add(request.memory);
      }
      assert.equal(memories.size, 3);
    });

    test("bytes are in order, whichever block the kernel answers first", async () => {
      const { file, backend } = await openFake(false);
      const next = makeTaker(file, FOUR);
      await takeBlocks(backend, next, 2);
      const third = next();
      await reactions();
      bring(backend, "ijkl", 2);
      bring(backend, "efgh", 1);
      assert.equal(await hasSettled(third), false);
      bring(backend, "abcd");
      assert.deepEqual([await third, await next(), await next()], ["abcd", "efgh", "ijkl"]);
    });

    test("a short answer is brought at once; what it lacks comes before the next", async () => {
      const { file, backend } = await openFake(false);
      const next = makeTaker(file, FOUR);
      await takeBlocks(backend, next, 2);
      const third = next();
      await reactions();
      bring(backend, "mn", 1);
      bring(backend, "a");
      assert.equal(await third, "a");
      const fourth = next();
      await reactions();
      assert.deepEqual(pendingOf(backend), ["read@16+4", "read@9+3"]);
      bring(backend, "bcd", 1);
      assert.deepEqual([await fourth, await next()], ["bcd", "mn"]);
      void next();
      await reactions();
      assert.deepEqual(pendingOf(backend).sort(), ["read@14+2", "read@16+4", "read@20+4"]);
    });

    test("the end: what is in flight behind it has ended, and the file is closed", async () => {
      const { file, backend } = await openFake(false);
      const next = makeTaker(file, FOUR);
      await takeBlocks(backend, next, 2);
      const third = next();
      await reactions();
      bring(backend, "ab");
      assert.equal(await third, "ab");
      const end = next();
      await reactions();
      assert.deepEqual(pendingOf(backend), ["read@12+4", "read@16+4", "read@10+2"]);
      backend.done(0, 2); // Nothing behind the two bytes.
      assert.equal(await hasSettled(end), false);
      assert.deepEqual(pendingOf(backend), ["read@12+4", "read@16+4"]);
      assert.equal(backend.canceled.length, 2);
      bring(backend, "late"); // Somebody appends meanwhile: that is behind the end.
      backend.answer({ kind: "canceled" });
      await reactions();
      assert.deepEqual(pendingOf(backend), ["close"]);
      assert.equal(await hasSettled(end), false);
      backend.done(0);
      assert.equal(await end, undefined);
      assert.equal(file.state, "closed");
    });

    test("a failure comes after the bytes before it, when all has ended", async () => {
      const { file, backend } = await openFake(false);
      const next = makeTaker(file, FOUR);
      await takeBlocks(backend, next, 2);
      const third = next();
      await reactions();
      backend.answer({ kind: "failed", errno: 5 }, 1);
      bring(backend, "good");
      assert.equal(await third, "good");
      const failing = next();
      failing.catch(() => {}); // Looked at below.
      await reactions();
      assert.ok(pendingOf(backend).every((each) => each.startsWith("read")));
      assert.equal(await hasSettled(failing), false);
      await endAll(backend);
      await assert.rejects(failing, { code: "EIO", bytesTransferred: 12 });
      assert.equal(file.state, "closed");
    });

    test("a block that fails in its middle brings what it has", async () => {
      const { file, backend } = await openFake(false);
      const next = makeTaker(file, FOUR);
      const taken = next();
      await reactions();
      bring(backend, "ab");
      assert.equal(await taken, "ab");
      const failing = next();
      failing.catch(() => {}); // Looked at below.
      await reactions();
      backend.answer({ kind: "failed", errno: 5 });
      await endAll(backend);
      await assert.rejects(failing, { code: "EIO", bytesTransferred: 2 });
    });

    test("of a FIFO one block is read, and only when somebody asks", async () => {
      const { file, backend } = await openFake(true);
      const next = makeTaker(file, FOUR);
      for (let round = 0; round < 5; round++) {
        const taken = next();
        await reactions();
        assert.deepEqual(pendingOf(backend), ["read@-1+4"]);
        bring(backend, "ab");
        assert.equal(await taken, "ab");
        await reactions();
        assert.deepEqual(pendingOf(backend), []);
      }
    });

    test("start and end: only what is between them is asked for", async () => {
      const { file, backend } = await openFake(false);
      const next = makeTaker(file, { ...FOUR, start: 10, end: 17 });
      for (const [asked, text] of [
        ["read@10+4", "abcd"],
        ["read@14+3", "efg"],
      ] as const) {
        const taken = next();
        await reactions();
        assert.deepEqual(pendingOf(backend), [asked]);
        bring(backend, text);
        assert.equal(await taken, text);
      }
      const end = next();
      await endAll(backend);
      assert.equal(await end, undefined);
    });

    test("a file that was closed meanwhile is not asked any more", async () => {
      const { file, backend } = await openFake(false);
      const next = makeTaker(file, FOUR);
      await takeBlocks(backend, next, 1);
      void file.close();
      await endAll(backend);
      const asked = backend.log.length;
      await assert.rejects(next(), { name: "TypeError", code: "ERR_CLOSED" });
      assert.equal(backend.log.length, asked);
    });

    test("a file that somebody else closes ends the stream", async () => {
      const { file, backend } = await openFake(false);
      const next = makeTaker(file, FOUR);
      const taken = next();
      taken.catch(() => {}); // Looked at below.
      await reactions();
      void file.close();
      await endAll(backend);
      await assert.rejects(taken, (error: IoError) => {
        assert.equal((error.cause as IoError).code, "ERR_CLOSED");
        return error.code === "ABORT_ERR";
      });
    });
  });
}
