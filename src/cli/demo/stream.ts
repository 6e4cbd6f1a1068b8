/**
 * Scene 3: a stream on a FIFO is destroyed while its read is pending.
 *
 * destroy() stops listening; the read goes on without a listener, stands first in line for the
 * next bytes, and nobody ever sees them.
 */

import { once } from "node:events";
import { constants, createReadStream, promises } from "node:fs";
import { Readable } from "node:stream";
import type { File, IoBuffer } from "../../index.ts";
import { blockedReads, eventually, RingView } from "./kernel-view.ts";
import { flagFact, textFact } from "./protocol.ts";
import { type Finding, finding, type Part, type PartOutcome } from "./scene.ts";
import { pause, type Stage } from "./stage.ts";

const SENT = "HELLO";
const AFTER = "WORLD";
/** How long the scene waits for what may never come: a 'close' event, or bytes. */
const PATIENCE_MS = 200;

export const stream: Part = {
  title: "a destroyed stream and the next reader",
  fifos: ["fifo"],
  files: {},
  play: { "node:fs": streamWithNode, overlapped: streamWithOverlapped },
  judge: judgeStream,
};

async function streamWithNode(stage: Stage): Promise<undefined> {
  const path = stage.path("fifo");
  const source = createReadStream(path, { flags: "r+" });
  source.on("data", (chunk) => stage.app(`the destroyed stream gives "${chunk}"`));
  await once(source, "open");
  stage.app("reads a stream on a FIFO");
  const taken = await blocked(1);
  stage.kernel(taken === null ? "the read has not returned" : `thread ${taken} waits in read()`);
  await destroy(stage, source, () => {
    const still = blockedReads()?.some((read) => read.thread === taken) ?? false;
    if (still) stage.kernel(`thread ${taken} still waits in read()`);
  });

  const next = await promises.open(path, constants.O_RDWR);
  const buffer = Buffer.alloc(16);
  const read = next.read(buffer, 0, buffer.length, null);
  stage.app("the next reader opens the FIFO and reads");
  await blocked(2);
  stage.writer("fifo", SENT);
  const first = await Promise.race([read, once(source, "close"), pause(PATIENCE_MS)]);
  if (Array.isArray(first)) stage.kernel("the old read took it: only now the stream closes");
  stage.writer("fifo", AFTER);
  const { bytesRead } = await read;
  report(stage, buffer.toString("latin1", 0, bytesRead));
  await next.close();
  return undefined;
}

async function streamWithOverlapped(stage: Stage): Promise<undefined> {
  const view = new RingView();
  const { IoBuffer, open } = await import("../../index.ts");
  const path = stage.path("fifo");
  const source = readableOf(await open(path, "r+"), new IoBuffer(16));
  source.on("data", (chunk) => stage.app(`the destroyed stream gives "${chunk}"`));
  stage.app("reads a stream on a FIFO");
  const held = await view.holding(1);
  if (held !== null) stage.kernel(`the ring holds ${held.reads} read, waiting for data`);
  await destroy(stage, source, () => {
    const state = view.state();
    if (state !== null) stage.kernel(`answers the cancel: ${state.reads} reads held`);
  });

  const next = await open(path, "r+");
  const buffer = new IoBuffer(16);
  const read = next.read(buffer);
  stage.app("the next reader opens the FIFO and reads");
  await view.holding(1);
  stage.writer("fifo", SENT);
  await Promise.race([read, pause(PATIENCE_MS)]);
  if (read.state !== "settled") stage.writer("fifo", AFTER);
  const count = await read;
  report(stage, Buffer.from(buffer.bytes.subarray(0, count)).toString("latin1"));
  await next.close();
  return undefined;
}

/** A stream over an Overlapped file: destroy() waits for close(), and close() for the kernel. */
function readableOf(file: File, buffer: IoBuffer): Readable {
  return new Readable({
    read() {
      file.read(buffer).then(
        (count) => this.push(count === 0 ? null : Buffer.from(buffer.bytes.subarray(0, count))),
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, done) {
      file.close().then(() => done(error), done);
    },
  });
}

async function destroy(stage: Stage, source: Readable, look: () => void): Promise<void> {
  stage.app("source.destroy()");
  source.destroy();
  await Promise.race([once(source, "close"), pause(PATIENCE_MS)]);
  look();
  stage.fact("closed", source.closed);
  stage.app(
    source.closed ? "'close' fires: the stream is gone" : `no 'close' event in ${PATIENCE_MS} ms`,
  );
}

function report(stage: Stage, got: string): void {
  stage.fact("sent", SENT);
  stage.fact("got", got);
  stage.app(`the next reader gets "${got}"`);
}

/** The thread that went to read last, once `count` threads wait; null when /proc hides it. */
async function blocked(count: number): Promise<string | null> {
  return eventually(() => {
    const reads = blockedReads() ?? [];
    return reads.length >= count ? (reads.at(-1)?.thread ?? null) : null;
  });
}

function judgeStream({ facts }: PartOutcome): Finding[] {
  const sent = textFact(facts, "sent");
  const got = textFact(facts, "got");
  return [
    finding(flagFact(facts, "closed"), {
      good: "the destroyed stream closed, with no bytes needed to wake its read",
      bad: `the destroyed stream did not close in ${PATIENCE_MS} ms: its read was still pending`,
      harm: "stream held",
    }),
    finding(got === sent, {
      good: `the next reader got "${got}", all that was sent`,
      bad: `"${sent}" went to the destroyed stream's read; the next reader got "${got}"`,
      harm: "bytes lost",
    }),
  ];
}
