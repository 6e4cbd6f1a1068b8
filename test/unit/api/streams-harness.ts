// What the tests of streams share: the kernel's side of reads on the fake backend.

import assert from "node:assert/strict";

import type { File } from "../../../src/index.ts";
import type { NativeMemory } from "../../../src/kernel/memory.ts";
import type { FakeBackend } from "../../support/fake-kernel-backend.ts";
import { reactions } from "./fake-file.ts";

/** The kernel has read this text, for the oldest pending request or for the one at `at`. */
export function bring(backend: FakeBackend, text: string | Uint8Array, at = 0): void {
  const request = backend.pending[at]?.request;
  assert.ok(request?.kind === "read", "no read is pending there");
  const bytes = Buffer.from(text as string);
  assert.ok(bytes.byteLength <= request.length, "more than was asked for");
  const memory = request.memory as NativeMemory;
  memory.kernelView().set(bytes, request.offset);
  backend.done(bytes.byteLength, at);
}

/** Answers all that is pending, canceled ones first, until nothing more comes. */
export async function endAll(backend: FakeBackend): Promise<void> {
  for (await reactions(); backend.pending.length > 0; await reactions()) {
    const isClose = backend.pending[0]?.request.kind === "close";
    backend.answer(isClose ? { kind: "done", value: 0 } : { kind: "canceled" });
  }
}

/** Whether a promise has settled by now. */
export async function hasSettled(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const note = (): void => {
    isSettled = true;
  };
  promise.then(note, note);
  await reactions();
  return isSettled;
}

/** The answers of each kind of stream to the question what comes next. */
export type Next = () => Promise<string | undefined>;

/** Everything that takes bytes in order, as one: each call brings some, undefined is the end. */
export const TAKERS: Readonly<Record<string, (file: File, options?: object) => Next>> = {
  "a web stream": (file, options) => {
    const reader = file.createReader(options).getReader();
    return async () => textOf((await reader.read()).value);
  },
  "a Node stream": (file, options) => {
    const iterator = file.toReadable({ highWaterMark: 0, ...options })[Symbol.asyncIterator]();
    return async () => textOf((await iterator.next()).value as Uint8Array | undefined);
  },
};

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}
