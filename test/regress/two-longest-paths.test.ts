// Goal: calls with two paths take two paths of the greatest length, in any script.
// Method: what such a request needs beside its entry is compared with what there is; then each call
// is made, and the kernel's own answer is the only one that counts.

import assert from "node:assert/strict";
import { test } from "node:test";

import { scratchBytes } from "../../src/backend/scratch-data.ts";
import { PATH_BYTES_MAX, SCRATCH_BIG_BYTES } from "../../src/base/limits.ts";
import { flushed, Harness } from "../unit/backend/uring-harness.ts";

/** `PATH_BYTES_MAX` bytes of names that are not too long by themselves. */
function longest(unit: string): string {
  const name = unit.repeat(200 / Buffer.byteLength(unit));
  const path = `${name}/`.repeat(PATH_BYTES_MAX / 201);
  return path + "x".repeat(PATH_BYTES_MAX - Buffer.byteLength(path));
}

for (const unit of ["a", "é"]) {
  test(`two paths of ${PATH_BYTES_MAX} bytes made of ${unit} fit into scratch memory`, async () => {
    const from = longest(unit);
    const to = longest(unit);
    assert.equal(Buffer.byteLength(from), PATH_BYTES_MAX);
    const h = new Harness();
    h.kernel.answer = () => -2;
    for (const request of [
      { kind: "rename", from, to },
      { kind: "link", from, to },
      { kind: "symlink", target: from, path: to },
    ] as const) {
      assert.ok(scratchBytes(request) <= SCRATCH_BIG_BYTES, request.kind);
      const id = h.submit(request);
      await flushed();
      assert.deepEqual(h.completionOf(id), { kind: "failed", errno: 2 });
    }
  });
}
