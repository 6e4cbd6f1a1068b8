// Goal: an open whose peer has come is not delayed by opens whose peers have not (P10).
// Method: as many FIFOs as opens may wait in threads, and one more, are opened for writing; then a
// reader opens the last one, which has no thread. Its open has to end, the others must not.

import assert from "node:assert/strict";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { BLOCKING_OPENS_MAX } from "../../src/base/limits.ts";
import { Io, status } from "../../src/index.ts";
import { makeFifos } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";

const directory = makeTemporary("held-open");
const skip = status().backend === null ? `no ring: ${status().reason}` : false;
const OTHERS_MS = 10_000;

test("an open beyond the bound ends when its peer comes", { skip }, async () => {
  const io = new Io();
  const fifos = makeFifos(directory, "fifo", BLOCKING_OPENS_MAX + 5);
  const opens = fifos.map((fifo) => io.open(fifo, "w"));
  for (let round = 0; round < 5; round++) await io.stat(join(directory, "fifo-0"));
  const reader = openSync(fifos.at(-1)!, constants.O_RDONLY | constants.O_NONBLOCK);
  const last = opens.at(-1)!;
  // Without its turn it would wait for ever: then the others are stopped, and it fails.
  const bound = setTimeout(() => {
    for (const opening of opens.slice(0, -1)) opening.cancel();
  }, OTHERS_MS);
  const file = await last;
  clearTimeout(bound);
  const waiting = opens.slice(0, -1).filter(({ state }) => state === "submitted").length;
  for (const opening of opens) opening.cancel();
  await Promise.all(opens.map((opening) => opening.outcome()));
  assert.equal(waiting, BLOCKING_OPENS_MAX + 4, "it had to wait until others were stopped");
  assert.equal(await file.write("x"), 1);
  await file.close();
  closeSync(reader);
  assert.deepEqual(io.inFlight(), []);
});
