// A reader of messages that gives up waiting now and then, to do something else. The first version
// is what many would write, and it works when tried by hand: node dist/examples/lost-bytes.js

import assert from "node:assert/strict";
import { type File, type Io, IoBuffer } from "overlapped";
import { type SimulatedWorld, type SimulationError, simulateSeeds } from "overlapped/testing";

type Sleep = (ms: number) => Promise<void>;

/** What came within so many milliseconds, or null. */
type ChunkWithin = (
  file: File,
  buffer: IoBuffer,
  ms: number,
  sleep: Sleep,
) => Promise<string | null>;

/** Wrong: a read that was asked to stop may have brought something all the same. */
const byRace: ChunkWithin = async (file, buffer, ms, sleep) => {
  const reading = file.read(buffer);
  const winner = await Promise.race([reading, sleep(ms).then(() => "late" as const)]);
  if (winner !== "late") return textIn(buffer, winner);
  await reading.cancel().catch(() => {}); // "It was canceled, so nothing came."
  return null;
};

/** Right: it looks at what became of the read, not at what was asked of it. */
const byOutcome: ChunkWithin = async (file, buffer, ms) => {
  const outcome = await file.read(buffer, { timeoutMs: ms }).outcome();
  if (outcome.status === "completed") return textIn(buffer, outcome.value);
  if (outcome.status === "timedOut") return null;
  throw outcome.error;
};

function textIn(buffer: IoBuffer, byteLength: number): string {
  return Buffer.from(buffer.bytes.subarray(0, byteLength)).toString();
}

const MESSAGES = ["one ", "two ", "three ", "four ", "five "];

/** Somebody sends a message every 70 ms, then dots; the reader waits for 50 ms at a time. */
async function receiveAll(io: Io, world: SimulatedWorld, chunkWithin: ChunkWithin): Promise<void> {
  world.makeFifo("/messages");
  const sender = world.peerOf("/messages");
  let received = "";
  const sending = (async () => {
    for (let at = 0; !received.includes("."); at++) {
      await world.passTime(70);
      sender.write(MESSAGES[at] ?? ".");
    }
  })();
  await using file = await io.open("/messages", "r+");
  const buffer = new IoBuffer(64);
  const sent = MESSAGES.join("");
  while (!received.includes(".")) {
    received += (await chunkWithin(file, buffer, 50, world.passTime)) ?? "";
    const isWhole = sent.startsWith(received) || received.startsWith(`${sent}.`);
    assert.ok(isWhole, `"${received}" came of "${sent}"`);
  }
  await sending;
}

const SEEDS = 200;

async function tryOut(name: string, chunkWithin: ChunkWithin): Promise<boolean> {
  try {
    await simulateSeeds(SEEDS, { seed: 1 }, (io, world) => receiveAll(io, world, chunkWithin));
    console.log(`${name}: ${SEEDS} seeds, and every message arrived`);
    return true;
  } catch (error) {
    const { message, simulation } = error as Error & { readonly simulation: SimulationError };
    console.log(`${name}: ${message}\n${simulation.message}\n`);
    return false;
  }
}

const isRaceRight = await tryOut("by race", byRace);
const isOutcomeRight = await tryOut("by outcome", byOutcome);
process.exitCode = !isRaceRight && isOutcomeRight ? 0 : 1;
