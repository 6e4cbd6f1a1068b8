// P1 and P2: when an operation settles, and whose the buffer is until then.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type File, IoBuffer } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet, Witness } from "./checks.ts";
import { LONG_MS, needs, type Peer, type Stage, type Subject, turn } from "./subject.ts";

export interface FifoCase {
  readonly file: File;
  readonly peer: Peer;
  close(): Promise<void>;
}

export async function openFifo({ io, world }: Stage): Promise<FifoCase> {
  const path = world.makeFifo();
  const peer = world.peerOf(path);
  const file = await io.open(path, "r+");
  const close = async (): Promise<void> => {
    await file.close({ signal: AbortSignal.abort() });
    peer.close();
  };
  return { file, peer, close };
}

/** Others come and go meanwhile. */
export async function others({ io }: Stage): Promise<void> {
  for (let round = 0; round < 5; round++) await io.stat("/");
}

export function ownershipCases(subject: Subject, stage: () => Stage): void {
  describe("P1", needs(subject, "waitingReads"), () => settling(stage));
  describe("P2", needs(subject, "waitingReads"), () => {
    lending(stage);
    copying(stage);
  });
}

function settling(stage: () => Stage): void {
  test("P1: asking in every way at once settles once, with the kernel's answer", async () => {
    const { file, close } = await openFifo(stage());
    const controller = new AbortController();
    const buffer = new IoBuffer(64);
    const read = file.read(buffer, { signal: controller.signal, timeoutMs: LONG_MS });
    const witness = new Witness(read);
    await others(stage());
    controller.abort();
    stage().passTime(LONG_MS);
    read.cancel();
    void file.cancelAll();
    const closing = file.close();
    assert.deepEqual(witness.heard, []);
    assert.equal(read.state, "canceling");
    assert.equal(buffer.isLent, true);
    await closing;
    assert.deepEqual(witness.heard, ["ABORT_ERR"]);
    assertBack([buffer]);
    await close();
    assertQuiet(stage());
  });

  test("P1: a timeout settles nothing by itself", async () => {
    const { file, peer, close } = await openFifo(stage());
    const buffer = new IoBuffer(64);
    const read = file.read(buffer, { timeoutMs: LONG_MS });
    const witness = new Witness(read);
    await others(stage());
    peer.write("in time");
    stage().passTime(LONG_MS);
    await Promise.resolve();
    assert.ok(witness.heard.length === 0 || !buffer.isLent, "settled while the kernel has it");
    const outcome = await read.outcome();
    if (outcome.status === "completed") assert.equal(outcome.value, 7);
    else assert.equal(outcome.status, "timedOut");
    assert.equal(witness.heard.length, 1);
    await close();
  });

  test("P1: an operation that is left alone is answered all the same", async () => {
    const { file, peer, close } = await openFifo(stage());
    const buffer = new IoBuffer(64);
    void file.read(buffer);
    await others(stage());
    peer.write("x");
    while (buffer.isLent) await turn();
    assert.equal(buffer.bytes[0], 0x78);
    await close();
    assertQuiet(stage());
  });
}

function lending(stage: () => Stage): void {
  test("P2: every way to a lent buffer is shut, for its holder and for other calls", async () => {
    const { file, close } = await openFifo(stage());
    const buffer = IoBuffer.from("secret");
    const whole = buffer.bytes;
    const views = [whole, whole.subarray(1), new Uint8Array(whole.buffer, 2, 2)];
    const read = file.read(buffer);
    assertLent([buffer], views);
    const lent = { name: "TypeError", code: "ERR_BUFFER_LENT" };
    const before = stage().io.status().inFlight;
    assert.throws(() => file.read(buffer), lent);
    assert.throws(() => file.write(buffer), lent);
    assert.throws(() => file.readv([new IoBuffer(1), buffer]), lent);
    assert.throws(() => file.writev([buffer]), lent);
    assert.equal(stage().io.status().inFlight, before);
    await others(stage());
    assertLent([buffer], views);
    read.cancel();
    await read.outcome();
    assertBack([buffer]);
    assert.equal(Buffer.from(buffer.bytes).toString(), "secret");
    assert.ok(views.every((view) => view.byteLength === 0));
    await close();
  });

  test("P2: it comes back with every outcome, the same memory each time", async () => {
    const { io, world } = stage();
    const { file, peer, close } = await openFifo(stage());
    const directory = await io.open(world.makeDirectory());
    const buffer = IoBuffer.from("abcdefgh");
    const seen: string[] = [];
    for (const end of ["completed", "canceled", "timedOut", "abandoned", "failed"]) {
      const target = end === "failed" ? directory : file;
      const read = target.read(buffer, { offset: 4, timeoutMs: LONG_MS });
      read.catch(() => {}); // The outcome tells.
      await others(stage());
      if (end === "completed") peer.write("1234");
      if (end === "canceled") read.cancel();
      if (end === "timedOut") stage().passTime(LONG_MS);
      if (end === "abandoned") read.abandon();
      const { status } = await read.outcome();
      seen.push(status);
      assertBack([buffer]);
      assert.equal(Buffer.from(buffer.bytes).toString(), "abcd1234");
    }
    assert.deepEqual(seen, ["completed", "canceled", "timedOut", "abandoned", "failed"]);
    await directory.close();
    await close();
    assertQuiet(stage());
  });
}

function copying(stage: () => Stage): void {
  test("P2: a write sends what the buffer had at the call", async () => {
    const { file, peer, close } = await openFifo(stage());
    peer.fill();
    const bytes = new Uint8Array([1, 2, 3]);
    const write = file.write(bytes);
    bytes.fill(9);
    await others(stage());
    assert.equal(write.state, "submitted");
    const sent: number[] = [];
    const take = (): void => void sent.push(...peer.empty().filter((byte) => byte !== 0x2d));
    take();
    assert.equal(await write, 3);
    take();
    assert.deepEqual(sent, [1, 2, 3]);
    await close();
  });

  test("P2: an aborted signal lends nothing", async () => {
    const { file, close } = await openFifo(stage());
    const buffer = new IoBuffer(8);
    const view = buffer.bytes;
    const read = file.read(buffer, { signal: AbortSignal.abort() });
    assert.equal(view.byteLength, 8);
    assert.equal(buffer.isLent, false);
    await assert.rejects(read, { code: "ABORT_ERR" });
    await close();
  });
}
