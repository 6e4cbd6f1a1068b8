// Goal: several readers and writers of one pipe that does not wait by itself (O_NONBLOCK) take
// turns: none fails because the others were quicker again and again, and every byte comes once.
// Method: handles of one open file, all at work at once, until all bytes have come.

import assert from "node:assert/strict";
import { closeSync, constants, openSync } from "node:fs";
import { test } from "node:test";

import { fromFd, IoBuffer, type IoError, type StreamHandle, status } from "../../src/index.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";

const fifo = makeFifo(makeTemporary("many-on-one"), "fifo");
const skip = status().backend === null ? `no ring: ${status().reason}` : false;
const HANDLES = 6;
const PARTS = 10_000;
const PART = "0123456789";

/** What has failed, at any end: then everybody stops. */
class Together {
  readonly errors: string[] = [];
  count = 0;
  readonly #streams: readonly StreamHandle[];

  constructor(streams: readonly StreamHandle[]) {
    this.#streams = streams;
  }

  stop(): void {
    for (const stream of this.#streams) void stream.cancelAll();
  }

  async read(stream: StreamHandle, byteCount: number): Promise<void> {
    const buffer = new IoBuffer(1000);
    while (this.count < byteCount && this.errors.length === 0) {
      const outcome = await stream.read(buffer).outcome();
      this.count += outcome.bytesTransferred;
      if (outcome.status === "failed") this.errors.push(outcome.error.code);
    }
    this.stop();
  }

  async write(stream: StreamHandle, data: string): Promise<void> {
    await stream.writeAll(data).catch((error: IoError) => {
      this.errors.push(error.code);
      this.stop();
    });
  }
}

async function run(
  work: (streams: readonly StreamHandle[], together: Together) => Promise<unknown>,
): Promise<Together> {
  const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  const streams = Array.from({ length: HANDLES }, () => fromFd(fd));
  const together = new Together(streams);
  await work(streams, together);
  await Promise.all(streams.map((stream) => stream.close()));
  closeSync(fd);
  return together;
}

test("one writes and many read", { skip }, async () => {
  const byteCount = PARTS * PART.length;
  const { errors, count } = await run(async ([writer, ...readers], together) => {
    const reading = readers.map((reader) => together.read(reader, byteCount));
    for (let part = 0; part < PARTS && writer !== undefined; part++) {
      if (together.errors.length === 0) await together.write(writer, PART);
    }
    await Promise.all(reading);
  });
  assert.deepEqual({ errors, count }, { errors: [], count: byteCount });
});

test("many write and one reads", { skip }, async () => {
  const data = PART.repeat(PARTS * 3);
  const byteCount = (HANDLES - 1) * data.length;
  const { errors, count } = await run(async ([reader, ...writers], together) => {
    const writing = writers.map((writer) => together.write(writer, data));
    if (reader !== undefined) await together.read(reader, byteCount);
    await Promise.all(writing);
  });
  assert.deepEqual({ errors, count }, { errors: [], count: byteCount });
});
