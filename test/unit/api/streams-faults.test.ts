// Goal: whatever a kernel does, streams bring each byte once and in order or fail, and leave
// nothing behind.
// Method: the simulated kernel with many seeds, which makes reads and writes short, lets canceled
// ones complete, answers in any order, and fails; each run checks that nothing is left.

import assert from "node:assert/strict";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { describe, test } from "node:test";

import { Prng } from "../../../src/base/prng.ts";
import { type File, IoError } from "../../../src/index.ts";
import { simulateSeeds } from "../../../src/testing.ts";
import { READINGS, readToEnd } from "../../conformance/readings.ts";

const SEEDS = 60;
const CONTENT = Uint8Array.from({ length: 3000 }, (_, at) => (at * 7 + (at >> 8)) % 253);

async function collect(chunks: AsyncIterable<Uint8Array>, into: Uint8Array[]): Promise<void> {
  for await (const chunk of chunks) into.push(chunk);
}

/** Copies by streams of a drawn kind; its error, if it fails. */
async function copy(source: File, target: File, random: Prng): Promise<unknown> {
  const options = () => ({
    blockBytes: 20 + random.below(400),
    blocksInFlight: 1 + random.below(5),
  });
  try {
    if (random.chance(0.5)) {
      await source.createReader(options()).pipeTo(target.createWriter(options()));
    } else {
      const writable = target.toWritable(options());
      const readable = source.toReadable(options());
      readable.on("error", (error) => writable.destroy(error));
      writable.on("error", () => readable.destroy());
      readable.pipe(writable);
      await Promise.all([finished(writable), once(readable, "close")]);
    }
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await Promise.allSettled([source.close(), target.close()]);
  }
}

describe("streams on a kernel that is out to get us", () => {
  test("a kernel that does only what it may: every byte, once and in order", async () => {
    let run = 0;
    await simulateSeeds(SEEDS, {}, async (io, world) => {
      world.makeFile("/a", CONTENT);
      const random = new Prng(run++);
      const error = await copy(await io.open("/a"), await io.open("/b", "w"), random);
      assert.equal(error, undefined);
      assert.ok(Buffer.from(world.contentOf("/b")).equals(CONTENT));
    });
  });

  test("a kernel that fails: an error, and what is there is how it begins", async () => {
    let run = 0;
    let failures = 0;
    const faults = { ioError: 0.05, noSpace: 0.05, shortRead: 0.3, shortWrite: 0.3 };
    await simulateSeeds(SEEDS, { faults, disorder: 0.5 }, async (io, world) => {
      world.makeFile("/a", CONTENT);
      world.makeFile("/b");
      const open = async (path: string, flags: string): Promise<File> => {
        for (;;) {
          const outcome = await io.open(path, flags).outcome();
          if (outcome.status === "completed") return outcome.value;
        }
      };
      const random = new Prng(run++);
      const error = await copy(await open("/a", "r"), await open("/b", "w"), random);
      const content = Buffer.from(world.contentOf("/b"));
      assert.ok(content.equals(CONTENT.subarray(0, content.byteLength)));
      if (error === undefined) assert.equal(content.byteLength, CONTENT.byteLength);
      else assert.ok(error instanceof IoError, String(error));
      failures += error === undefined ? 0 : 1;
    });
    assert.ok(failures > 5 && failures < SEEDS, `${failures} failures`);
  });

  test("a reader that stops at any moment gives back what it did not use", async () => {
    const faults = { lateCancel: 0.4, lostCancel: 0.2, alreadyRunning: 0.2, shortRead: 0.3 };
    const kinds = Object.values(READINGS);
    let run = 0;
    await simulateSeeds(SEEDS, { faults, disorder: 0.6 }, async (io, world) => {
      const random = new Prng(run++);
      world.makeFifo("/fifo");
      const peer = world.peerOf("/fifo");
      const file = await io.open("/fifo", "r+");
      let sent = "";
      let got = "";
      for (let round = 0; round < 12; round++) {
        const reading = kinds[round % kinds.length];
        const begun = reading?.(file, random);
        for (let count = random.below(3); count > 0; count--) await io.stat("/");
        const text = `${round}\nab${round}`;
        peer.write(text);
        sent += text;
        for (let count = random.below(3); count > 0; count--) await io.stat("/");
        got += await begun?.stop();
        assert.ok(sent.startsWith(got), `${got} is not how ${sent} begins`);
      }
      got += await readToEnd(file, peer);
      assert.equal(got, sent);
      peer.close();
      await file.close();
    });
  });

  test("a file that is read through several streams at once", async () => {
    await simulateSeeds(SEEDS, {}, async (io, world) => {
      world.makeFile("/a", CONTENT);
      const file = await io.open("/a");
      const starts = [0, 1000, 2000];
      const parts = await Promise.all(
        starts.map(async (start) => {
          const got: Uint8Array[] = [];
          const options = { start, end: start + 1000, blockBytes: 130, close: false };
          await collect(file.createReader(options), got);
          return Buffer.concat(got);
        }),
      );
      assert.ok(Buffer.concat(parts).equals(CONTENT));
      await file.close();
    });
  });
});
