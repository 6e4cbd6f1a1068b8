// Goal: a loop over what happens to files ends when the scope of its watcher is left, as it does
// when the watcher is closed: it did not fail, there is only no more to come.
// Method: a scope that is left in the middle of the loop, and one that is canceled.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Scope, stat, status } from "../../src/index.ts";
import { loadAddon } from "../../src/kernel/addon.ts";
import { makeTemporary } from "../support/temp.ts";

const temporary = makeTemporary("watch-loop");
const skip = loadAddon().addon === null ? `no shim: ${status().reason}` : false;

/** What the loop came to once it waits and the scope ends. */
async function endOfLoop(end: (scope: Scope) => void): Promise<unknown> {
  let looping: Promise<unknown> = Promise.resolve();
  const loop = async (events: AsyncIterable<unknown>): Promise<unknown> => {
    try {
      for await (const _ of events);
      return "ended";
    } catch (error) {
      return error;
    }
  };
  await Scope.use({}, async (scope) => {
    const watcher = scope.inotify();
    watcher.add(temporary);
    looping = loop(watcher);
    await stat("/");
    end(scope);
  });
  return looping;
}

test("left: it ends", { skip }, async () => {
  assert.equal(await endOfLoop(() => {}), "ended");
});

test("canceled: it fails", { skip }, async () => {
  const reason = new Error("enough");
  const error = (await endOfLoop((scope) => scope.cancel(reason))) as Error;
  assert.deepEqual([error.name, error.cause], ["AbortError", reason]);
});
