// Goal: an everyday call that the program itself has ended, by leaving or canceling the scope that
// it is in, kills no process; any other end that nobody handles is an unhandled rejection.
// Method: calls whose promises nobody looks at; the kernel's answers are given by hand.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type IoError, Scope } from "../../../src/index.ts";
import { makeFakeIo } from "../../support/fake-kernel-backend.ts";
import { reactions } from "./fake-file.ts";
import { unhandledAfter } from "./unhandled.ts";

const CANCELED = { kind: "canceled" } as const;

async function codesAfter(act: () => void | Promise<void>): Promise<unknown[]> {
  const unhandled = await unhandledAfter(act);
  return unhandled.map((error) => (error as IoError).code);
}

describe("an everyday call that nobody looks at", () => {
  test("ended by its scope's end: handled", async () => {
    const codes = await codesAfter(async () => {
      const { io, backend } = makeFakeIo();
      const scope = new Scope({ io });
      void scope.readFile("/a");
      void scope.exists("/b");
      await reactions();
      const leaving = scope.leave();
      backend.answer(CANCELED);
      backend.answer(CANCELED);
      await leaving;
    });
    assert.deepEqual(codes, []);
  });

  test("canceled with its scope: handled", async () => {
    const codes = await codesAfter(async () => {
      const { io, backend } = makeFakeIo();
      const scope = new Scope({ io });
      void scope.mkdir("/a/b", { recursive: true });
      scope.cancel(new Error("enough"));
      backend.answer(CANCELED);
      await scope.leave();
    });
    assert.deepEqual(codes, []);
  });

  test("ended by a signal or a timeout, or failed: unhandled", async () => {
    const codes = await codesAfter(async () => {
      const { io, backend, clock } = makeFakeIo();
      const controller = new AbortController();
      const { signal } = controller;
      void io.readFile("/a", { signal });
      void io.readFile("/b", { timeoutMs: 5 });
      void io.readFile("/c");
      const scope = new Scope({ io });
      void scope.readFile("/d");
      await reactions();
      controller.abort();
      clock.step(5);
      backend.answer(CANCELED);
      backend.answer(CANCELED);
      backend.answer({ kind: "failed", errno: 2 });
      backend.answer({ kind: "failed", errno: 13 });
      await scope.leave();
    });
    assert.deepEqual(codes.sort(), ["ABORT_ERR", "EACCES", "ENOENT", "ETIMEDOUT"]);
  });
});
