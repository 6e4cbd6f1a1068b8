// Goal: what a completion needs is there when it comes, although whoever asked has asked for a
// stop and has forgotten promise, file and buffer since; and it comes, though nobody waits for it.
// Method: operations that are canceled or abandoned and dropped; a collection before their
// completions; then the same kernel is used again. The wrong backend keeps such completions back.
//
// Seen in: https://github.com/elle-lisp/elle/pull/896

import assert from "node:assert/strict";

import { type File, IoBuffer } from "../../src/index.ts";
import { assertQuiet } from "../conformance/checks.ts";
import { others } from "../conformance/fifo-case.ts";
import { LONG_MS, type Stage } from "../conformance/subject.ts";
import { collect } from "../native/collect.ts";
import { noticesWrong, onEachBackend } from "../support/each-backend.ts";
import { Silent } from "../support/wrong-backends.ts";

const WAYS: readonly ((file: File) => unknown)[] = [
  (file) => file.read(new IoBuffer(64)).cancel(),
  (file) => file.read(new IoBuffer(64)).abandon(),
  (file) => file.readv([new IoBuffer(8), new IoBuffer(8)]).cancel(),
  (file) => file.read(new IoBuffer(64)),
];

/** Nothing is left to the caller but what the library has. */
async function askAndForget({ io }: Stage, path: string, round: number): Promise<void> {
  const file = await io.open(path, "r+");
  WAYS[round % WAYS.length]?.(file);
  void file.close();
}

async function endsAllTheSame(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const path = world.makeFifo();
  const peer = world.peerOf(path);
  const before = world.descriptorCount();
  for (let round = 0; round < 12; round++) {
    await askAndForget(stage, path, round);
    collect();
    assert.deepEqual(await io.drain({ deadlineMs: LONG_MS }), { held: [] });
    await others(stage);
    assertQuiet(stage);
  }
  assert.equal(world.descriptorCount(), before);
  const file = await io.open(path, "r+");
  peer.write("bytes");
  assert.equal(await file.read(new IoBuffer(8)), 5);
  await file.close();
  peer.close();
}

onEachBackend("what nobody has any more comes to its end", endsAllTheSame, {
  needs: ["waitingReads", "descriptors"],
});
noticesWrong("what was canceled is not told of", endsAllTheSame, (...args) => new Silent(...args));
