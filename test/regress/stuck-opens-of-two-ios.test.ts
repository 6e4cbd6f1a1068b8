// Goal: the bound of opens that wait for a peer is one for all Ios of a thread, since the kernel's
// threads are: otherwise several stop each other, and everything that needs such a thread (P10).
// Method: two Ios with as many waiting opens each as one may have; then both have to make folders.
// When all of the first are stopped, the second has its turn, and its peers are heard.

import assert from "node:assert/strict";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { BLOCKING_OPENS_MAX } from "../../src/base/limits.ts";
import { Io, status } from "../../src/index.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";

const directory = makeTemporary("stuck-opens");
const skip = status().backend === null ? `no ring: ${status().reason}` : false;
const STUCK_MS = 5000;
const FOLDERS = 20;

test("opens that wait on two Ios delay nobody", { skip }, async () => {
  const ios = [new Io(), new Io()];
  const fifo = makeFifo(directory, "fifo");
  const opens = ios.map((io) =>
    Array.from({ length: BLOCKING_OPENS_MAX }, () => io.openPipe(fifo, "w")),
  );
  const answers = await Promise.all(ios.map((io, index) => makeSome(io, `folder-${index}`)));
  const [first = [], second = []] = opens;
  for (const opening of first) opening.cancel();
  await Promise.all(first.map((opening) => opening.outcome()));
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const pipes = await Promise.all(second);
  closeSync(reader);
  await Promise.all(pipes.map((pipe) => pipe.close()));
  assert.deepEqual(answers, ["all made", "all made"]);
});

/** One after the other, so that the opens have their threads before the last of them. */
async function makeSome(io: Io, name: string): Promise<string> {
  try {
    for (let count = 0; count < FOLDERS; count++) {
      await io.mkdir(join(directory, `${name}-${count}`), { timeoutMs: STUCK_MS });
    }
    return "all made";
  } catch (error) {
    return String(error);
  }
}
