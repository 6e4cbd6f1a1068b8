// What the tests of `overlapped/testing` share.

import assert from "node:assert/strict";
import { type Io, IoBuffer } from "../../../src/index.ts";
import { type SimulatedWorld, SimulationError } from "../../../src/testing.ts";

/** The error that a run ends with, which must be of this kind. */
export async function failureOf(run: Promise<unknown>): Promise<SimulationError> {
  const error = await run.then(
    () => assert.fail("it did not fail"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SimulationError, String(error));
  return error;
}

/** Waits for ever: the FIFO has a writer, itself, that writes nothing. */
export async function readSilence(io: Io, world: SimulatedWorld): Promise<void> {
  world.makeFifo("/fifo");
  await using fifo = await io.open("/fifo", "r+");
  await fifo.read(new IoBuffer(64));
}

/** Reads, writes and waits a little of everything; returns what it came to. */
export async function busy(io: Io, world: SimulatedWorld): Promise<string[]> {
  world.makeFile("/in", "some text that is read in parts");
  world.makeFifo("/fifo");
  const peer = world.peerOf("/fifo");
  void world.passTime(20).then(() => peer.write("late"));
  await using input = await io.open("/in");
  await using output = await io.open("/out", "w");
  await using fifo = await io.open("/fifo", "r+");
  const buffers = [new IoBuffer(7), new IoBuffer(7), new IoBuffer(7)] as const;
  const outcomes = await Promise.all([
    fifo.read(buffers[0], { timeoutMs: 25 }).outcome(),
    input.read(buffers[1], { timeoutMs: 10 }).outcome(),
    input.read(buffers[2]).cancel().outcome(),
    output.write("abcdefgh", { timeoutMs: 5 }).outcome(),
    output.writeAll("ijkl").outcome(),
  ]);
  return outcomes.map((it) => `${it.status} ${it.bytesTransferred}`);
}
