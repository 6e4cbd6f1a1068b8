// Goal: any mix of reads of a FIFO, in one batch after the other, canceled, timed out and abandoned
// at any moment: together they bring each byte once and in order.
// Method: the simulated kernel with many seeds, which makes reads short, lets canceled ones
// complete, loses cancels, interrupts and fails; somebody writes numbers meanwhile. Within a batch
// the calls wait for each other in the order that they were made in, so that is the order of their
// bytes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Prng } from "../../../src/base/prng.ts";
import { IoBuffer, IoError, type StreamHandle } from "../../../src/index.ts";
import { type SimulatedWorld, type SimulateOptions, simulateSeeds } from "../../../src/testing.ts";

const SEEDS = 120;
const ROUNDS = 12;
const CODES = ["ABORT_ERR", "ETIMEDOUT", "ERR_LINE_TOO_LONG", "EIO", "EAGAIN", "ENOBUFS"];

interface Moment {
  readonly world: SimulatedWorld;
  readonly random: Prng;
}

/** Begins, is over soon, and gives what it has brought. */
type Reading = (stream: StreamHandle, moment: Moment) => Promise<string>;

function soon({ random }: Moment): number {
  return 1 + random.below(12);
}

/** Some are stopped by a timeout, some by a signal. */
function stops(moment: Moment): { timeoutMs?: number; signal?: AbortSignal } {
  if (moment.random.chance(0.5)) return { timeoutMs: soon(moment) };
  const controller = new AbortController();
  void moment.world.passTime(soon(moment)).then(() => controller.abort());
  return { signal: controller.signal };
}

async function unit(reading: Promise<Uint8Array>): Promise<string> {
  try {
    return Buffer.from(await reading).toString();
  } catch (error) {
    assert.ok(error instanceof IoError && CODES.includes(error.code), String(error));
    return "";
  }
}

const READINGS: Readonly<Record<string, Reading>> = {
  read: async (stream, moment) => {
    const buffer = new IoBuffer(1 + moment.random.below(12));
    const operation = stream.read(buffer, stops(moment));
    if (moment.random.chance(0.3)) void moment.world.passTime(soon(moment)).then(abandon);
    function abandon(): void {
      operation.abandon();
    }
    const { status, bytesTransferred } = await operation.outcome();
    if (status === "abandoned") return "";
    return Buffer.from(buffer.bytes.subarray(0, bytesTransferred)).toString();
  },
  readv: async (stream, moment) => {
    const buffers = [new IoBuffer(2), new IoBuffer(5)];
    const { status, bytesTransferred } = await stream.readv(buffers, stops(moment)).outcome();
    if (status === "abandoned") return "";
    const bytes = Buffer.concat(buffers.map((buffer) => buffer.bytes));
    return bytes.subarray(0, bytesTransferred).toString();
  },
  readExactly: (stream, moment) =>
    unit(stream.readExactly(1 + moment.random.below(15), stops(moment))),
  readUntil: (stream, moment) => {
    const { random } = moment;
    const delimiter = ["\n", ",", "3", "1,1"][random.below(4)] ?? "";
    const maxBytes = random.chance(0.2) ? 3 + random.below(5) : undefined;
    return unit(stream.readUntil(delimiter, { ...stops(moment), maxBytes }));
  },
  ready: async (stream, moment) => {
    await stream.ready("readable", stops(moment)).outcome();
    return "";
  },
};

/** These have the handle for themselves. */
const ALONE: readonly Reading[] = [
  async (stream, moment) => {
    const lines = stream.lines({ close: false, blockBytes: 1 + moment.random.below(20) });
    void moment.world.passTime(soon(moment)).then(() => lines.return());
    let got = "";
    try {
      for await (const line of lines) {
        got += `${line}\n`;
        if (moment.random.chance(0.2)) break;
      }
    } catch (error) {
      assert.ok(error instanceof IoError && CODES.includes(error.code), String(error));
    }
    return got;
  },
  async (stream, moment) => {
    const blockBytes = 1 + moment.random.below(20);
    const reader = stream.createReader({ close: false, blockBytes }).getReader();
    void moment.world.passTime(soon(moment)).then(() => reader.cancel().catch(() => {}));
    let got = "";
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        got += Buffer.from(part.value).toString();
      }
    } catch (error) {
      assert.ok(error instanceof IoError && CODES.includes(error.code), String(error));
    }
    return got;
  },
];

class Writer {
  sent = "";
  #count = 0;

  /** A few numbers, each with its end: a line's or its own. */
  next(random: Prng): string {
    let text = "";
    for (let left = random.below(6); left > 0; left--) {
      text += `${this.#count++}${random.chance(0.3) ? "\n" : ","}`;
    }
    this.sent += text;
    return text;
  }
}

async function runBatches(stream: StreamHandle, moment: Moment): Promise<void> {
  const { world, random } = moment;
  const peer = world.peerOf(stream.path);
  const writer = new Writer();
  const kinds = Object.values(READINGS);
  let got = "";
  for (let round = 0; round < ROUNDS; round++) {
    const write = (): void => peer.write(writer.next(random));
    for (let times = random.below(4); times > 0; times--) {
      void world.passTime(soon(moment)).then(write);
    }
    const alone = random.chance(0.25) ? ALONE[random.below(ALONE.length)] : undefined;
    const batch =
      alone === undefined
        ? Array.from({ length: 1 + random.below(5) }, () => kinds[random.below(kinds.length)])
        : [alone];
    const readings = batch.map((reading) => reading?.(stream, moment));
    got += (await Promise.all(readings)).join("");
    assert.equal(got, writer.sent.slice(0, got.length), `after round ${round}`);
    await world.passTime(15);
  }
  peer.write("END");
  while (!got.endsWith("END")) got += await unit(stream.readUntil("END"));
  assert.equal(got, `${writer.sent}END`);
  peer.close();
}

const KERNELS: Readonly<Record<string, SimulateOptions>> = {
  "does only what it may": {},
  "loses cancels, or answers them late": {
    faults: { lostCancel: 0.3, lateCancel: 0.3, alreadyRunning: 0.2, shortRead: 0.4 },
    disorder: 0.5,
  },
  "interrupts and fails": {
    faults: { interrupted: 0.3, ioError: 0.1, again: 0.1, noBuffers: 0.05, shortRead: 0.3 },
    disorder: 0.3,
  },
};

describe("reads of every kind at once", () => {
  for (const [name, options] of Object.entries(KERNELS)) {
    test(`a kernel that ${name}: each byte once and in order`, async () => {
      let run = 0;
      await simulateSeeds(SEEDS, options, async (io, world) => {
        const random = new Prng(run++);
        world.makeFifo("/fifo");
        let stream: StreamHandle | undefined;
        while (stream === undefined) {
          const outcome = await io.openPipe("/fifo", "r+").outcome();
          if (outcome.status === "completed") stream = outcome.value;
        }
        await runBatches(stream, { world, random });
        await stream.close();
      });
    });
  }
});
