// Goal: a failed write of text or bytes is as loud as one of a buffer: who does not look at it
// gets an unhandled rejection.
// Method: writes of each kind fail on a backend that answers by hand; nobody looks.

import assert from "node:assert/strict";
import { test } from "node:test";

import { IoBuffer, type IoError, type Writable } from "../../src/index.ts";
import { openFake } from "../unit/api/fake-file.ts";
import { unhandledAfter } from "../unit/api/unhandled.ts";

const DATA: Readonly<Record<string, () => Writable>> = {
  "a buffer": () => new IoBuffer(3),
  text: () => "abc",
  bytes: () => new Uint8Array(3),
};

for (const [name, make] of Object.entries(DATA)) {
  test(`a failed write of ${name} that nobody looks at is an unhandled rejection`, async () => {
    const unhandled = await unhandledAfter(async () => {
      const { file, backend } = await openFake(false);
      void file.write(make());
      backend.answer({ kind: "failed", errno: 28 });
    });
    assert.deepEqual(
      unhandled.map((error) => (error as IoError).code),
      ["ENOSPC"],
    );
  });
}
