// Goal: opens that may create or truncate go to a kernel thread at once, and wait there if they
// meet a FIFO without a reader: however many there are, they leave threads to calls by path (P10).
// Method: more such opens than there are threads; then a stat, while cached reads, which need no
// thread, come and go.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { BLOCKING_WORKERS_MAX } from "../../src/base/limits.ts";
import { Io, IoBuffer, status } from "../../src/index.ts";
import { makeFifos } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";

const directory = makeTemporary("creating-opens");
const skip = status().backend === null ? `no ring: ${status().reason}` : false;

test("a path is looked at while more creating opens wait than there are threads", {
  skip,
}, async () => {
  const io = new Io();
  const path = join(directory, "file");
  writeFileSync(path, "x");
  const file = await io.open(path);
  const buffer = new IoBuffer(1);
  const stuck = makeFifos(directory, "fifo", BLOCKING_WORKERS_MAX + 6).map((fifo) =>
    io.open(fifo, "w"),
  );
  const stat = io.stat(path);
  for (let round = 0; round < 5000; round++) await file.read(buffer, { position: 0 });
  const isAnswered = stat.state === "settled";
  for (const each of stuck) each.cancel();
  await Promise.all(stuck.map((each) => each.outcome()));
  await stat;
  await file.close();
  assert.ok(isAnswered, "it waits for a thread that never comes free");
});
