// readExactly, readUntil and lines on a FIFO: each unit whole or not at all, and no byte lost,
// whenever and however they are stopped.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { IoBuffer, type IoError, type StreamHandle } from "../../src/index.ts";
import { assertQuiet } from "./checks.ts";
import { others } from "./fifo-case.ts";
import { LONG_MS, needs, type Peer, type Stage, type Subject, turn } from "./subject.ts";

export function unitCases(subject: Subject, stage: () => Stage): void {
  describe("units of a stream", needs(subject, "waitingReads", "waitingWrites"), () => {
    whole(stage);
    stopped(stage);
    inTurn(stage);
    held(subject, stage);
  });
}

async function openBoth({ io, world }: Stage): Promise<readonly [StreamHandle, Peer]> {
  const path = world.makeFifo();
  const peer = world.peerOf(path);
  return [await io.openPipe(path, "r+"), peer];
}

async function close(stream: StreamHandle, peer: Peer): Promise<void> {
  await stream.close({ signal: AbortSignal.abort() });
  peer.close();
}

/** The text, or the code of the error. */
function told(reading: Promise<Uint8Array>): Promise<string> {
  return reading.then(
    (bytes) => Buffer.from(bytes).toString(),
    ({ code }: IoError) => code,
  );
}

/** Text without the letters, in parts that say nothing. */
const PARTS = ["GE", "T /in", "dex\r", "\nHost: ", "a\r\n", "\r\nbody of ten", "!"] as const;
const TEXT = PARTS.join("");

function whole(stage: () => Stage): void {
  test("units come whole, however the bytes come", async () => {
    const [stream, peer] = await openBoth(stage());
    const reading = (async () => [
      await told(stream.readUntil("\r\n")),
      await told(stream.readUntil("\r\n\r\n")),
      await told(stream.readExactly(12)),
    ])();
    for (const part of PARTS) {
      peer.write(part);
      await others(stage());
    }
    assert.deepEqual(await reading, ["GET /index\r\n", "Host: a\r\n\r\n", "body of ten!"]);
    await close(stream, peer);
    assertQuiet(stage());
  });

  test("more bytes than a FIFO has room for", async () => {
    const { io, world } = stage();
    const path = world.makeFifo();
    const [reader, writer] = [await io.openPipe(path, "r+"), await io.openPipe(path, "w")];
    const content = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 31 + (at >> 7)) % 251);
    const reading = reader.readExactly(content.byteLength);
    await writer.writeAll(content);
    assert.ok(Buffer.from(await reading).equals(content));
    await writer.writeAll("\n");
    assert.equal(await told(reader.readUntil("\n")), "\n");
    await Promise.all([reader.close(), writer.close()]);
    assertQuiet(stage());
  });

  test("the end in the middle of a unit: an error, and the bytes are there", async () => {
    const { io, world } = stage();
    const path = world.makeFifo();
    const stream = await io.openPipe(path);
    const peer = world.peerOf(path);
    const reading = stream.readUntil("\n");
    peer.write("no line");
    peer.close();
    const short = { code: "ERR_UNEXPECTED_END", syscall: "readUntil", path, bytesTransferred: 7 };
    await assert.rejects(reading, short);
    assert.equal(await told(stream.readExactly(7)), "no line");
    await stream.close();
    assertQuiet(stage());
  });

  test("lines(), then units, then lines() again", async () => {
    const [stream, peer] = await openBoth(stage());
    peer.write("one\r\ntwo\nthree:four\nfive\nsix");
    for await (const line of stream.lines({ close: false })) if (line === "two") break;
    assert.equal(await told(stream.readUntil(":")), "three:");
    const got: string[] = [];
    for await (const line of stream.lines({ close: false })) {
      got.push(line);
      if (line === "five") break;
    }
    assert.deepEqual(got, ["four", "five"]);
    assert.equal(await told(stream.readExactly(3)), "six");
    await close(stream, peer);
    assertQuiet(stage());
  });
}

/** How to stop a unit, and the code that it ends with. */
const STOPS: Readonly<Record<string, (stream: StreamHandle, stage: Stage) => Stopped>> = {
  "a signal": (stream) => {
    const controller = new AbortController();
    const reading = stream.readUntil("!", { signal: controller.signal });
    return { reading, stop: () => controller.abort(), code: "ABORT_ERR" };
  },
  "a timeout": (stream, stage) => {
    const reading = stream.readExactly(TEXT.length, { timeoutMs: LONG_MS });
    return { reading, stop: () => stage.passTime(LONG_MS), code: "ETIMEDOUT" };
  },
  "cancelAll()": (stream) => {
    const reading = stream.readUntil("!");
    return { reading, stop: () => void stream.cancelAll(), code: "ABORT_ERR" };
  },
};

interface Stopped {
  readonly reading: Promise<Uint8Array>;
  readonly stop: () => void;
  readonly code: string;
}

function stopped(stage: () => Stage): void {
  for (const [name, begin] of Object.entries(STOPS)) {
    test(`${name}, after any part and at any time: the next read has all of it`, async () => {
      for (let after = 0; after < PARTS.length; after++) {
        for (let wait = 0; wait < 4; wait++) {
          const [stream, peer] = await openBoth(stage());
          const { reading, stop, code } = begin(stream, stage());
          const ending = told(reading);
          for (const [at, part] of PARTS.entries()) {
            peer.write(part);
            if (at === after) {
              for (let turns = wait; turns > 0; turns--) await turn();
              stop();
            } else if (wait > 1) await others(stage());
          }
          const end = await ending;
          assert.ok(end === code || end === TEXT, end);
          if (end === code) assert.equal(await told(stream.readExactly(TEXT.length)), TEXT);
          await close(stream, peer);
        }
      }
      assertQuiet(stage());
    });
  }

  test("P5: a unit that was all there when it was canceled is the caller's", async () => {
    const [stream, peer] = await openBoth(stage());
    peer.write("line\n");
    await others(stage());
    const controller = new AbortController();
    const reading = stream.readUntil("\n", { signal: controller.signal });
    await others(stage());
    controller.abort();
    assert.equal(await told(reading), "line\n");
    await close(stream, peer);
    assertQuiet(stage());
  });
}

function inTurn(stage: () => Stage): void {
  test("calls that wait for each other have their bytes in order", async () => {
    const [stream, peer] = await openBoth(stage());
    const buffer = new IoBuffer(2);
    const first = told(stream.readExactly(5));
    const second = told(stream.readUntil(","));
    const plain = stream.read(buffer);
    const third = told(stream.readExactly(4));
    for (const part of ["12", "345a", "b,", "xy", "67", "89"]) {
      peer.write(part);
      await others(stage());
    }
    assert.deepEqual([await first, await second, await third], ["12345", "ab,", "6789"]);
    assert.equal(await plain, 2);
    assert.equal(Buffer.from(buffer.bytes).toString(), "xy");
    await close(stream, peer);
    assertQuiet(stage());
  });

  test("P7: behind an abandoned read, a unit has the orphan's bytes first", async () => {
    const [stream, peer] = await openBoth(stage());
    const orphan = stream.read(new IoBuffer(3));
    await others(stage());
    const reading = told(stream.readExactly(6));
    orphan.abandon();
    peer.write("abcdef");
    assert.equal(await reading, "abcdef");
    await orphan.outcome();
    await close(stream, peer);
    assertQuiet(stage());
  });

  test("P3: close() ends the one at work and those that wait", async () => {
    const [stream, peer] = await openBoth(stage());
    const readings = [stream.readExactly(5), stream.readUntil("\n"), stream.readExactly(1)];
    peer.write("abc");
    await others(stage());
    const closing = stream.close();
    assert.throws(() => stream.readExactly(1), { name: "TypeError", code: "ERR_CLOSED" });
    for (const reading of readings) {
      const error = (await reading.catch((it: unknown) => it)) as IoError;
      assert.equal((error.cause as IoError).code, "ERR_CLOSED");
    }
    await closing;
    peer.close();
    assertQuiet(stage());
  });

  test("P12: inFlight() has the read that a unit is at, and those that wait", async () => {
    const [stream, peer] = await openBoth(stage());
    const readings = [stream.readExactly(5), stream.readExactly(6)].map(told);
    await others(stage());
    const list = stage()
      .io.inFlight()
      .map(({ kind, path, state }) => [kind, path, state]);
    assert.deepEqual(list.sort(), [
      ["read", stream.path, "queued"],
      ["read", stream.path, "submitted"],
    ]);
    peer.write("12345678901");
    assert.deepEqual(await Promise.all(readings), ["12345", "678901"]);
    await close(stream, peer);
    assertQuiet(stage());
  });
}

function held(subject: Subject, stage: () => Stage): void {
  const option = needs(subject, "holding");
  test(
    "P1: a canceled unit settles when the kernel has answered, and not before",
    option,
    async () => {
      const [stream, peer] = await openBoth(stage());
      const controller = new AbortController();
      let end = "";
      const reading = told(stream.readExactly(5, { signal: controller.signal }));
      void reading.then((text) => {
        end = text;
      });
      peer.write("abc");
      await others(stage());
      const release = stage().hold?.();
      controller.abort();
      for (let turns = 0; turns < 20; turns++) await turn();
      assert.equal(end, "");
      release?.();
      assert.equal(await reading, "ABORT_ERR");
      assert.equal(await told(stream.readExactly(3)), "abc");
      await close(stream, peer);
      assertQuiet(stage());
    },
  );
}
