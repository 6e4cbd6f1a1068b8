// Goal: a call that a thread of the shim is at may end when the thread of JavaScript that asked is
// gone: what it answers to is still there, and the memory that it fills is left to it.
// Method: workers that are terminated in the middle of calls that fill memory, and are not waited
// for: listings of a directory, and reads past the page cache. Which of them are in the middle is a
// matter of chance, so it goes on until some were.
//
// Seen in: https://github.com/libfuse/libfuse/pull/1481

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";

import { Io } from "../../src/index.ts";
import { loadAddon } from "../../src/kernel/addon.ts";
import type { CallsRole } from "../native/calls-child.ts";
import { type DirectFile, makeDirectFile } from "../native/direct-file.ts";
import { makeTemporary } from "../support/temp.ts";

const FILES = 2000;
const FILE_BYTES = 4 * 1024 * 1024;
const ROUNDS_MAX = 100;

const folder = makeTemporary("answers");
const many = join(folder, "many");
let direct: DirectFile;

before(() => {
  mkdirSync(many);
  for (let count = 0; count < FILES; count++) writeFileSync(join(many, `${count}`), "");
  direct = makeDirectFile(FILE_BYTES);
});
after(() => direct.remove());

function startListing(): Worker {
  const way = "filling, not waited for";
  return new Worker(new URL("../native/calls-child.js", import.meta.url), {
    workerData: { way, folder } satisfies CallsRole,
    env: { ...process.env, OVERLAPPED_BACKEND: "uring" },
  });
}

function startReading(): Worker {
  const { path, flags } = direct;
  return new Worker(new URL("./filling-worker.js", import.meta.url), {
    workerData: { path, flags },
  });
}

async function terminate(worker: Worker): Promise<void> {
  const failed = new Promise<never>((_, reject) => worker.once("error", reject));
  await Promise.race([new Promise((resolve) => worker.once("message", resolve)), failed]);
  await worker.terminate();
}

for (const [backend, start] of [
  ["uring", startListing],
  ["portable", startReading],
] as const) {
  const io = new Io({ backend });
  const { backend: chosen, reason } = io.status();
  const noShim = loadAddon().reason ?? false;
  const skip = noShim || (chosen === backend ? false : `${reason}`);
  test(`what is being filled is left to who fills it: ${backend}`, { skip }, async () => {
    const { bytesLeaked } = io.status();
    let rounds = 0;
    while (io.status().bytesLeaked === bytesLeaked && rounds < ROUNDS_MAX) {
      await terminate(start());
      // The threads go on for others.
      assert.equal((await io.readdir(many)).length, FILES);
      rounds++;
    }
    assert.ok(io.status().bytesLeaked > bytesLeaked, `nothing was kept in ${rounds} rounds`);
  });
}
