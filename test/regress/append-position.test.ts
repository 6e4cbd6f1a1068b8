// Goal: a call without a position goes on where the last one ended, also behind a write that the
// kernel has put at the end of the file.
// Method: a file opened for appending and reading.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Io, IoBuffer, status } from "../../src/index.ts";
import { makeTemporary } from "../support/temp.ts";

const path = join(makeTemporary("append"), "file");
const skip = status().backend === null ? `no ring: ${status().reason}` : false;

test("a read after an append is at the end of the file", { skip }, async () => {
  writeFileSync(path, "0123456789");
  const file = await new Io().open(path, "a+");
  assert.equal(await file.write("abc"), 3);
  assert.equal(await file.read(new IoBuffer(8)), 0);
  await file.close();
});
