// Goal: what is written is told truly; writeFileAtomic replaces in one step or not at all, and from
// that step on is not canceled.
// Method: the kernel's answers are given by hand.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Completion, Request } from "../../../src/backend/contract.ts";
import { IoBuffer, type IoError, Scope } from "../../../src/index.ts";
import { type FakeBackend, makeFakeIo } from "../../support/fake-kernel-backend.ts";
import { reactions } from "./fake-file.ts";

const NO_SPACE: Completion = { kind: "failed", errno: 28 };
const MISSING: Completion = { kind: "failed", errno: 2 };
const CANCELED: Completion = { kind: "canceled" };

/** Answers the only request there is, which must be of that kind; gives it back. */
async function answer(
  backend: FakeBackend,
  kind: Request["kind"],
  completion: Completion | number = 0,
): Promise<Request> {
  await reactions();
  assert.deepEqual(backend.kinds, [kind]);
  const { snapshot } = backend.pending[0] ?? assert.fail("nothing is pending");
  backend.answer(typeof completion === "number" ? { kind: "done", value: completion } : completion);
  await reactions();
  return snapshot;
}

const opened = (fd: number): Completion => ({ kind: "opened", fd, isStream: false });

function described(mode: number, uid = 0): Completion {
  return { kind: "described", stat: { mode, uid, gid: 0, size: 5 } as never };
}

async function failureOf(call: Promise<unknown>): Promise<IoError> {
  return call.then(
    () => assert.fail("it did not fail"),
    (error: IoError) => error,
  );
}

describe("writeFile()", () => {
  test("opens, writes all, syncs if told so, closes, and only then settles", async () => {
    const { io, backend } = makeFakeIo();
    const writing = io.writeFile("/a", "0123456789", { mode: 0o600, sync: true });
    const open = await answer(backend, "open", opened(7));
    assert.ok(open.kind === "open" && open.mode === 0o600);
    await answer(backend, "write", 4);
    const rest = await answer(backend, "write", 6);
    assert.deepEqual(rest.kind === "write" && [rest.position, rest.length], [4, 6]);
    await answer(backend, "fsync");
    await answer(backend, "close");
    assert.equal(await writing, undefined);
    assert.deepEqual(io.inFlight(), []);
  });

  test("failed in the middle, it closes and tells how much was written", async () => {
    const { io, backend } = makeFakeIo();
    const buffer = IoBuffer.from("0123456789");
    const writing = failureOf(io.writeFile("/a", buffer));
    assert.equal(buffer.isLent, true);
    await answer(backend, "open", opened(7));
    await answer(backend, "write", 4);
    await answer(backend, "write", NO_SPACE);
    assert.equal(buffer.isLent, false);
    await answer(backend, "close");
    const { code, syscall, path, bytesTransferred } = await writing;
    assert.deepEqual([code, syscall, path, bytesTransferred], ["ENOSPC", "writeFile", "/a", 4]);
  });

  test("a close that fails is told: the bytes may not be there", async () => {
    const { io, backend } = makeFakeIo();
    const writing = failureOf(io.appendFile("/a", "text"));
    await answer(backend, "open", opened(7));
    await answer(backend, "write", 4);
    await answer(backend, "close", NO_SPACE);
    const { code, bytesTransferred } = await writing;
    assert.deepEqual([code, bytesTransferred], ["ENOSPC", 4]);
  });

  test("nothing to write is nothing asked for", async () => {
    const { io, backend } = makeFakeIo();
    const writing = io.writeFile("/a", "");
    await answer(backend, "open", opened(7));
    await answer(backend, "close");
    await writing;
    assert.equal(backend.log.length, 2);
  });
});

/** Up to the rename, of "/d/a", which is not there; gives the path of the part file. */
async function startAtomic(backend: FakeBackend): Promise<string> {
  await answer(backend, "stat", MISSING);
  const open = await answer(backend, "open", opened(7));
  assert.ok(open.kind === "open");
  await answer(backend, "write", 4);
  await answer(backend, "fsync");
  await answer(backend, "close");
  return String(open.path);
}

describe("writeFileAtomic()", () => {
  test("of a new file: part file, bytes, sync, rename, sync of the directory", async () => {
    const { io, backend } = makeFakeIo();
    const writing = io.writeFileAtomic("/d/a", "text");
    const part = await startAtomic(backend);
    assert.match(part, /^\/d\/\.a\.[0-9a-f]{16}\.part$/);
    const rename = await answer(backend, "rename");
    assert.deepEqual(rename, { kind: "rename", from: part, to: "/d/a" });
    const open = await answer(backend, "open", opened(8));
    assert.equal(open.kind === "open" && open.path, "/d");
    await answer(backend, "fsync");
    await answer(backend, "close");
    await writing;
    assert.deepEqual(io.inFlight(), []);
  });

  test("a name that is taken is not touched: another one is tried", async () => {
    const { io, backend } = makeFakeIo();
    const writing = failureOf(io.writeFileAtomic("/d/a", "text"));
    await answer(backend, "stat", MISSING);
    const paths = new Set<unknown>();
    for (let count = 0; count < 16; count++) {
      const open = await answer(backend, "open", { kind: "failed", errno: 17 });
      paths.add(open.kind === "open" && open.path);
    }
    assert.equal((await writing).code, "EEXIST");
    assert.equal(paths.size, 16);
  });

  test("of a file of somebody else: owner and permissions are those of the old one", async () => {
    const { io, backend } = makeFakeIo();
    const writing = io.writeFileAtomic("/a", "text", { sync: false });
    await answer(backend, "stat", described(0o104755, 5));
    await answer(backend, "open", opened(6)); // Whether it may be written to.
    await answer(backend, "close");
    await answer(backend, "open", opened(7));
    await answer(backend, "write", 4);
    await answer(backend, "stat", described(0o100755));
    const chown = await answer(backend, "chown");
    assert.equal(chown.kind === "chown" && chown.uid, 5);
    const chmod = await answer(backend, "chmod");
    assert.equal(chmod.kind === "chmod" && chmod.mode, 0o4755);
    await answer(backend, "close");
    await answer(backend, "rename");
    await writing;
  });

  test("who may not give files away gives no rights of the old owner either", async () => {
    const { io, backend } = makeFakeIo();
    const writing = io.writeFileAtomic("/a", "text", { sync: false });
    await answer(backend, "stat", described(0o104755, 5));
    await answer(backend, "open", opened(6));
    await answer(backend, "close");
    await answer(backend, "open", opened(7));
    await answer(backend, "write", 4);
    await answer(backend, "stat", described(0o100755));
    await answer(backend, "chown", { kind: "failed", errno: 1 });
    const chmod = await answer(backend, "chmod");
    assert.equal(chmod.kind === "chmod" && chmod.mode, 0o755);
    await answer(backend, "close");
    await answer(backend, "rename");
    await writing;
  });

  test("failed or canceled before the rename: the part file is removed", async () => {
    for (const way of ["write", "fsync", "rename", "signal"] as const) {
      const { io, backend } = makeFakeIo();
      const controller = new AbortController();
      const { signal } = controller;
      const writing = failureOf(io.writeFileAtomic("/d/a", "text", { signal }));
      await answer(backend, "stat", MISSING);
      await answer(backend, "open", opened(7));
      if (way === "signal") controller.abort();
      const cut = way === "signal" ? CANCELED : NO_SPACE;
      await answer(backend, "write", way === "write" || way === "signal" ? cut : 4);
      if (way === "fsync" || way === "rename") {
        await answer(backend, "fsync", way === "fsync" ? cut : 0);
      }
      await answer(backend, "close");
      if (way === "rename") await answer(backend, "rename", cut);
      const unlink = await answer(backend, "unlink");
      assert.match(String(unlink.kind === "unlink" && unlink.path), /\.part$/);
      assert.equal((await writing).code, way === "signal" ? "ABORT_ERR" : "ENOSPC", way);
      assert.deepEqual(io.inFlight(), []);
    }
  });

  test("asked to stop before the part file is made: nothing is made", async () => {
    const { io, backend } = makeFakeIo();
    const controller = new AbortController();
    const { signal } = controller;
    const writing = failureOf(io.writeFileAtomic("/d/a", "text", { signal }));
    await reactions();
    controller.abort();
    backend.answer(MISSING);
    assert.equal((await writing).code, "ABORT_ERR");
    assert.equal(backend.log.length, 1);
  });

  test("asked to stop while the part file is made or closed: it is removed", async () => {
    for (const moment of ["open", "close"] as const) {
      const { io, backend } = makeFakeIo();
      const controller = new AbortController();
      const { signal } = controller;
      const writing = failureOf(io.writeFileAtomic("/d/a", "text", { signal, sync: false }));
      await answer(backend, "stat", MISSING);
      if (moment === "open") controller.abort();
      assert.deepEqual(backend.canceled, []);
      await answer(backend, "open", opened(7));
      if (moment === "close") {
        await answer(backend, "write", 4);
        controller.abort();
      }
      await answer(backend, "close");
      await answer(backend, "unlink");
      assert.equal((await writing).code, "ABORT_ERR");
      assert.equal(
        backend.log.some(({ request }) => request.kind === "rename"),
        false,
      );
    }
  });

  test("from the rename on nothing is canceled", async () => {
    const { io, backend, clock } = makeFakeIo();
    const controller = new AbortController();
    const { signal } = controller;
    const writing = io.writeFileAtomic("/d/a", "text", { signal, timeoutMs: 100 });
    await startAtomic(backend);
    controller.abort();
    clock.step(100);
    await answer(backend, "rename");
    await answer(backend, "open", opened(8));
    await answer(backend, "fsync");
    await answer(backend, "close");
    assert.equal(await writing, undefined);
    assert.deepEqual(backend.canceled, []);
  });

  test("nor by the end of the scope that it is in, which waits for it", async () => {
    const { io, backend } = makeFakeIo();
    const scope = new Scope({ io });
    const writing = scope.writeFileAtomic("/d/a", "text");
    await startAtomic(backend);
    const leaving = scope.leave();
    await answer(backend, "rename");
    await answer(backend, "open", opened(8));
    await answer(backend, "fsync");
    assert.notEqual(scope.phase, "left");
    await answer(backend, "close");
    await leaving;
    assert.equal(await writing, undefined);
    assert.deepEqual(backend.canceled, []);
  });

  test("a directory that cannot be synced is told; one that knows no sync is not", async () => {
    for (const [errno, code] of [
      [5, "EIO"],
      [22, undefined],
    ] as const) {
      const { io, backend } = makeFakeIo();
      const writing = io.writeFileAtomic("/d/a", "text").then(
        () => undefined,
        (error: IoError) => error.code,
      );
      await startAtomic(backend);
      await answer(backend, "rename");
      await answer(backend, "open", opened(8));
      await answer(backend, "fsync", { kind: "failed", errno });
      await answer(backend, "close");
      assert.equal(await writing, code);
    }
  });
});
