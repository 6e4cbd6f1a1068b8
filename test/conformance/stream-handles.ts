// FIFOs as streams: opening them, their ends, whose they are, and what they are ready for.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { IoBuffer, type IoError, Scope, type StreamHandle } from "../../src/index.ts";
import { assertQuiet } from "./checks.ts";
import { others } from "./fifo-case.ts";
import { unitCases } from "./stream-handle-units.ts";
import { LONG_MS, needs, type Peer, type Stage, type Subject } from "./subject.ts";

export function streamHandleCases(subject: Subject, stage: () => Stage): void {
  const option = needs(subject, "waitingReads", "waitingWrites", "waitingOpens", "descriptors");
  describe("FIFOs as streams", option, () => {
    opening(stage);
    waitingForPeers(stage);
    ends(stage);
    scopes(stage);
  });
  const polls = needs(subject, "waitingReads", "waitingWrites", "waitingPolls");
  describe("readiness", polls, () => readiness(subject, stage));
  unitCases(subject, stage);
}

interface Opened {
  readonly stream: StreamHandle;
  readonly peer: Peer;
  close(): Promise<void>;
}

async function openBoth({ io, world }: Stage): Promise<Opened> {
  const path = world.makeFifo();
  const peer = world.peerOf(path);
  const stream = await io.openPipe(path, "r+");
  const close = async (): Promise<void> => {
    await stream.close({ signal: AbortSignal.abort() });
    peer.close();
  };
  return { stream, peer, close };
}

async function textOf(reading: Promise<Uint8Array>): Promise<string> {
  return Buffer.from(await reading).toString();
}

function opening(stage: () => Stage): void {
  test("openPipe() opens a FIFO, and the stream says what it is", async () => {
    const { io, world } = stage();
    await io.stat("/"); // From here on there is a backend, with descriptors of its own.
    const before = world.descriptorCount();
    const path = world.makeFifo();
    const peer = world.peerOf(path);
    for (const flags of ["r", "w", "r+"] as const) {
      const stream = await io.openPipe(path, flags);
      assert.deepEqual([stream.kind, stream.path, stream.state], ["fifo", path, "open"]);
      await stream.close();
      assert.equal(stream.state, "closed");
    }
    peer.close();
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  });

  test("openPipe() of anything else: an error, and nothing stays open", async () => {
    const { io, world } = stage();
    const before = world.descriptorCount();
    for (const path of [world.makeFile("text"), world.makeDirectory()]) {
      const refused = { name: "IoError", code: "ERR_NOT_A_PIPE", syscall: "openPipe", path };
      const opening = io.openPipe(path);
      await assert.rejects(opening, refused);
      assert.equal((await opening.outcome()).status, "failed");
    }
    await assert.rejects(io.openPipe(world.fresh()), { code: "ENOENT", syscall: "open" });
    while (io.inFlight().length > 0) await others(stage());
    assert.equal(world.descriptorCount(), before);
  });

  test("openStream() reads a file once, from its start", async () => {
    const { io, world } = stage();
    const stream = await io.openStream(world.makeFile("one\ntwo\nthree"));
    assert.equal(await textOf(stream.readUntil("\n")), "one\n");
    assert.equal(await textOf(stream.readExactly(4)), "two\n");
    const short = { code: "ERR_UNEXPECTED_END", bytesTransferred: 5 };
    await assert.rejects(stream.readExactly(6), short);
    assert.equal(await textOf(stream.readExactly(5)), "three");
    await stream.close();
    assertQuiet(stage());
  });
}

function waitingForPeers(stage: () => Stage): void {
  test("P4: an open that waits for a reader can be canceled in every way", async () => {
    const { io, world } = stage();
    const path = world.makeFifo();
    const before = world.descriptorCount();
    const controller = new AbortController();
    const opens = {
      canceled: io.openPipe(path, "w"),
      aborted: io.openPipe(path, "w", { signal: controller.signal }),
      timedOut: io.openPipe(path, "w", { timeoutMs: LONG_MS }),
      abandoned: io.openPipe(path, "w"),
    };
    await others(stage());
    for (const open of Object.values(opens)) assert.equal(open.state, "submitted");
    opens.canceled.cancel();
    controller.abort();
    stage().passTime(LONG_MS);
    opens.abandoned.abandon();
    const ended = await Promise.all(Object.values(opens).map((open) => open.outcome()));
    assert.deepEqual(
      ended.map(({ status }) => status),
      ["canceled", "canceled", "timedOut", "abandoned"],
    );
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  });

  test("an open that waits gets the reader that comes", async () => {
    const { io, world } = stage();
    const path = world.makeFifo();
    const opening = io.openPipe(path, "w");
    await others(stage());
    assert.equal(opening.state, "submitted");
    const peer = world.peerOf(path);
    const stream = await opening;
    await stream.writeAll("here");
    assert.equal(Buffer.from(peer.empty()).toString(), "here");
    await stream.close();
    peer.close();
    assertQuiet(stage());
  });

  test("P7: an abandoned open that gets its reader is closed again", async () => {
    const { io, world } = stage();
    const path = world.makeFifo();
    const before = world.descriptorCount();
    const opening = io.openPipe(path, "w");
    await others(stage());
    const peer = world.peerOf(path);
    opening.abandon();
    await opening.outcome();
    while (io.inFlight().length > 0) await others(stage());
    peer.close();
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  });
}

/** Reads until the end, which must come. */
async function rest(stream: StreamHandle): Promise<string> {
  const buffer = new IoBuffer(5);
  let text = "";
  for (let count = -1; count !== 0; ) {
    count = await stream.read(buffer);
    text += Buffer.from(buffer.bytes.subarray(0, count)).toString();
  }
  return text;
}

function ends(stage: () => Stage): void {
  test("a read waits for a writer, ends after the last one, and goes on with another", async () => {
    const { io, world } = stage();
    const path = world.makeFifo();
    const stream = await io.openPipe(path);
    for (const text of ["first writer", "", "second writer"]) {
      const reading = text === "" ? undefined : stream.read(new IoBuffer(1));
      await others(stage());
      if (text === "first writer") assert.equal(reading?.state, "submitted");
      await reading?.cancel().outcome();
      const peer = world.peerOf(path);
      peer.write(text);
      peer.close();
      assert.equal(await rest(stream), text);
      assert.equal(await rest(stream), "", "it stays at its end");
    }
    await stream.close();
    assertQuiet(stage());
  });

  test("opened anew after its end, it waits for a writer again", async () => {
    const { io, world } = stage();
    const path = world.makeFifo();
    const first = await io.openPipe(path);
    const peer = world.peerOf(path);
    peer.write("one");
    peer.close();
    assert.equal(await rest(first), "one");
    await first.close();
    const second = await io.openPipe(path);
    const reading = second.readExactly(3);
    await others(stage());
    assert.equal(io.inFlight().length, 1);
    const other = world.peerOf(path);
    other.write("two");
    assert.equal(await textOf(reading), "two");
    await second.close();
    other.close();
    assertQuiet(stage());
  });

  test("a write after the last reader has gone: EPIPE", async () => {
    const { io, world } = stage();
    const path = world.makeFifo();
    const peer = world.peerOf(path);
    const stream = await io.openPipe(path, "w");
    await stream.writeAll("heard");
    peer.close();
    const broken = { name: "IoError", code: "EPIPE", errno: -32, syscall: "write", path };
    await assert.rejects(stream.write("unheard"), broken);
    await assert.rejects(stream.writeAll("unheard"), { ...broken, bytesTransferred: 0 });
    await stream.close();
    assertQuiet(stage());
  });

  test("P5: a canceled writeAll tells how much the FIFO took", async () => {
    const { stream, peer, close } = await openBoth(stage());
    const writing = stream.writeAll(new Uint8Array(200_000).fill(0x78));
    await others(stage());
    writing.cancel();
    const { status, bytesTransferred } = await writing.outcome();
    assert.equal(status, "canceled");
    assert.ok(bytesTransferred > 0 && bytesTransferred < 200_000);
    assert.equal(peer.empty().byteLength, bytesTransferred);
    await close();
    assertQuiet(stage());
  });
}

function scopes(stage: () => Stage): void {
  test("P8: a scope ends what waits in it, and closes its FIFOs", async () => {
    const { io, world } = stage();
    const before = world.descriptorCount();
    const paths = [world.makeFifo(), world.makeFifo()] as const;
    const peer = world.peerOf(paths[0]);
    const scope = new Scope({ io });
    const stream = await scope.openPipe(paths[0]);
    const ended: Promise<unknown>[] = [
      stream.readExactly(10),
      stream.readUntil("\n"),
      stream.ready("readable"),
      scope.openPipe(paths[1], "w"),
    ].map((each) =>
      each.catch(({ code, cause }: IoError) => [code, (cause as IoError | undefined)?.code]),
    );
    peer.write("abc");
    await others(stage());
    await scope.leave();
    assert.equal(stream.state, "closed");
    const told = await Promise.all(ended);
    assert.deepEqual(told[0], ["ABORT_ERR", "ERR_SCOPE_LEFT"]);
    assert.deepEqual(told[3], ["ABORT_ERR", "ERR_SCOPE_LEFT"]);
    peer.close();
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  });
}

function readiness(subject: Subject, stage: () => Stage): void {
  test("ready() tells of bytes, of room, and of the end", async () => {
    const { io, world } = stage();
    const path = world.makeFifo();
    const reader = await io.openPipe(path);
    const peer = world.peerOf(path);
    const waiting = reader.ready("readable");
    await others(stage());
    assert.equal(waiting.state, "submitted");
    peer.write("x");
    await waiting;
    await reader.readExactly(1);
    peer.close();
    await reader.ready("readable");
    assert.equal(await reader.read(new IoBuffer(1)), 0);
    await reader.close();
    assertQuiet(stage());
  });

  test("ready() waits for room in a full FIFO", needs(subject, "writablePolls"), async () => {
    const { stream, peer, close } = await openBoth(stage());
    await stream.ready("writable");
    peer.fill();
    const waiting = stream.ready("writable");
    await others(stage());
    assert.equal(waiting.state, "submitted");
    peer.empty();
    await waiting;
    await close();
    assertQuiet(stage());
  });

  test("P4: ready() can be canceled in every way", async () => {
    const { stream, close } = await openBoth(stage());
    const controller = new AbortController();
    const waits = {
      canceled: stream.ready("readable"),
      aborted: stream.ready("readable", { signal: controller.signal }),
      timedOut: stream.ready("readable", { timeoutMs: LONG_MS }),
      abandoned: stream.ready("readable"),
    };
    await others(stage());
    waits.canceled.cancel();
    controller.abort();
    stage().passTime(LONG_MS);
    waits.abandoned.abandon();
    const ended = await Promise.all(Object.values(waits).map((wait) => wait.outcome()));
    assert.deepEqual(
      ended.map(({ status }) => status),
      ["canceled", "canceled", "timedOut", "abandoned"],
    );
    await close();
    assertQuiet(stage());
  });

  test("ready() hears of bytes that a canceled read gives back", async () => {
    const { stream, peer, close } = await openBoth(stage());
    const controller = new AbortController();
    const reading = stream.readExactly(10, { signal: controller.signal });
    peer.write("abc");
    while (stream.state === "open" && io(stage).length > 1) await others(stage());
    await others(stage());
    const waiting = stream.ready("readable");
    await others(stage());
    controller.abort();
    await assert.rejects(reading, { code: "ABORT_ERR", bytesTransferred: 3 });
    await waiting;
    assert.equal(await textOf(stream.readExactly(3)), "abc");
    await close();
    assertQuiet(stage());
  });
}

function io(stage: () => Stage): readonly unknown[] {
  return stage().io.inFlight();
}
