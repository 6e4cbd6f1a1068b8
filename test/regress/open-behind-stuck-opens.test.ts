// Goal: opens that wait for a peer for ever do not delay the open of a plain file (P10).
// Method: one more than the bound of FIFOs that nobody reads are opened for writing; then a file is
// opened for reading, and two hundred other calls come and go.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { BLOCKING_OPENS_MAX } from "../../src/base/limits.ts";
import { Io, status } from "../../src/index.ts";
import { makeFifos } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";

const directory = makeTemporary("stuck-opens");
const skip = status().backend === null ? `no ring: ${status().reason}` : false;

test("a file is opened while more opens than the bound wait for a peer", { skip }, async () => {
  const io = new Io();
  const path = join(directory, "file");
  writeFileSync(path, "x");
  const fifos = makeFifos(directory, "fifo", BLOCKING_OPENS_MAX + 1);
  const stuck = fifos.map((fifo) => io.open(fifo, "w"));
  for (let round = 0; round < 5; round++) await io.stat(path);
  const opening = io.open(path);
  for (let round = 0; round < 200; round++) await io.stat(path);
  const isOpen = opening.state === "settled";
  for (const each of [opening, ...stuck]) each.cancel();
  await Promise.all(stuck.map((each) => each.outcome()));
  const end = await opening.outcome();
  if (end.status === "completed") await end.value.close();
  assert.ok(isOpen, "it waits behind opens that may never end");
});
