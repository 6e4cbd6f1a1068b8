// Goal: calls without a position go on where the last such call ended, one after the other; a read
// that was canceled or abandoned does not count, what was written does (decision 5).
// Method: the kernel's answers are given by hand; the positions it is asked for are looked at.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type File, IoBuffer, type Operation } from "../../../src/index.ts";
import { openFake, pendingOf, quiet } from "./fake-file.ts";

const b = (byteLength: number): IoBuffer => new IoBuffer(byteLength);

describe("the handle's position", () => {
  test("concurrent calls follow each other, each from where the one before ended", async () => {
    const { file, backend } = await openFake(false);
    const all = [
      file.read(b(10)),
      file.write(b(5)),
      file.readv([b(3), b(4)]),
      file.writev([b(2)]),
      file.readFully(b(6)),
    ];
    const asked: string[] = [];
    for (const count of [7, 5, 7, 1, 4, 2]) {
      assert.equal(backend.pending.length, 1);
      asked.push(...pendingOf(backend));
      backend.done(count);
    }
    assert.deepEqual(asked, [
      "read@0+10",
      "write@7+5",
      "readv@12",
      "writev@19",
      "read@20+6",
      "read@24+2",
    ]);
    assert.deepEqual(await Promise.all(all), [7, 5, 7, 1, 6]);
    void file.read(b(1));
    assert.deepEqual(pendingOf(backend), ["read@26+1"]);
  });

  test("calls with a position neither wait nor count", async () => {
    const { file, backend } = await openFake(false);
    void file.read(b(10));
    void file.read(b(10), { position: 500 });
    void file.write(b(5), { position: 0 });
    assert.deepEqual(pendingOf(backend), ["read@0+10", "read@500+10", "write@0+5"]);
    backend.done(5, 2);
    backend.done(10, 1);
    backend.done(10, 0);
    void file.read(b(1));
    assert.deepEqual(pendingOf(backend), ["read@10+1"]);
  });

  const endings: Readonly<Record<string, (op: Operation<number>, answer: () => void) => void>> = {
    canceled: (op, answer) => {
      op.cancel();
      answer();
    },
    abandoned: (op, answer) => {
      op.abandon();
      answer();
    },
    failed: (op, answer) => {
      quiet(op);
      answer();
    },
  };

  for (const [name, end] of Object.entries(endings)) {
    test(`a read that was ${name} does not advance it`, async () => {
      const { file, backend } = await openFake(false);
      const first = file.read(b(10));
      backend.done(10);
      await first;
      end(file.read(b(10)), () =>
        backend.answer(name === "failed" ? { kind: "failed", errno: 5 } : { kind: "canceled" }),
      );
      void file.read(b(10));
      assert.deepEqual(pendingOf(backend), ["read@10+10"]);
    });
  }

  test("an abandoned read that completed after all does not advance it", async () => {
    const { file, backend } = await openFake(false);
    file.read(b(10)).abandon();
    void file.read(b(10));
    assert.deepEqual(pendingOf(backend), ["read@0+10"], "the next waits for the real end");
    backend.done(10);
    assert.deepEqual(pendingOf(backend), ["read@0+10"]);
  });

  test("a canceled read that completed after all does: its bytes were delivered", async () => {
    const { file, backend } = await openFake(false);
    const read = file.read(b(10)).cancel();
    backend.done(10);
    assert.equal(await read, 10);
    void file.read(b(10));
    assert.deepEqual(pendingOf(backend), ["read@10+10"]);
  });

  test("a canceled readFully does not advance it, whatever it had read", async () => {
    const { file, backend } = await openFake(false);
    const whole = file.readFully(b(10));
    backend.done(4);
    whole.cancel();
    backend.answer({ kind: "canceled" });
    await assert.rejects(whole, { code: "ABORT_ERR", bytesTransferred: 4 });
    void file.read(b(10));
    assert.deepEqual(pendingOf(backend), ["read@0+10"]);
  });

  for (const [name, end] of Object.entries(endings)) {
    test(`a writeAll that was ${name} advances it by what was written`, async () => {
      const { file, backend } = await openFake(false);
      const whole = file.writeAll(b(10));
      backend.done(4);
      end(whole, () =>
        backend.answer(name === "failed" ? { kind: "failed", errno: 28 } : { kind: "canceled" }),
      );
      void file.write(b(1));
      assert.deepEqual(pendingOf(backend), ["write@4+1"]);
    });
  }

  test("one that waits and is canceled or abandoned does not count", async () => {
    const { file, backend } = await openFake(false);
    void file.read(b(3));
    file.read(b(5)).cancel();
    file.write(b(5)).abandon();
    backend.done(3);
    void file.read(b(1));
    assert.deepEqual(pendingOf(backend), ["read@3+1"]);
  });

  test("each handle has its own", async () => {
    const one = await openFake(false);
    const opening = one.io.open("/other");
    one.backend.answer({ kind: "opened", fd: 50, isStream: false });
    const other: File = await opening;
    void one.file.read(b(10));
    one.backend.done(10);
    void other.read(b(1));
    assert.deepEqual(pendingOf(one.backend), ["read@0+1"]);
  });

  test("positions of up to 2^53 - 1 reach the kernel as they are", async () => {
    const { file, backend } = await openFake(false);
    void file.read(b(1), { position: Number.MAX_SAFE_INTEGER });
    assert.deepEqual(pendingOf(backend), [`read@${Number.MAX_SAFE_INTEGER}+1`]);
  });
});
