// What a program does wrong, or is done to it, in a process of its own: `manner-child WHAT FIFO`.
// Prints one line of JSON.

import { randomBytes } from "node:crypto";
import { tracingChannel } from "node:diagnostics_channel";
import { readFileSync, writeFileSync } from "node:fs";

import {
  type File,
  IoBuffer,
  inFlight,
  type OperationTrace,
  open,
  readFile,
  stat,
  writeFile,
} from "../../src/index.ts";

const READS = 4;
const DAY_MS = 86_400_000;

const [, , what = "", fifo = ""] = process.argv;

const uncaught: string[] = [];
process.on("uncaughtException", ({ message }) => uncaught.push(message));
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push((reason as { code?: unknown }).code));

async function withReads(act: (file: File, reads: readonly IoBuffer[]) => Promise<unknown>) {
  const file = await open(fifo, "r+");
  try {
    return await act(
      file,
      Array.from({ length: READS }, () => new IoBuffer(8)),
    );
  } finally {
    await file.close();
  }
}

/** Listeners before ours and after it: every read ends all the same. */
function throwingListener(): Promise<unknown> {
  return withReads(async (file, buffers) => {
    const controller = new AbortController();
    const listenAndThrow = (): void => {
      controller.signal.addEventListener("abort", () => {
        throw new Error("a listener");
      });
    };
    listenAndThrow();
    const reads = buffers.map((buffer) => file.read(buffer, { signal: controller.signal }));
    listenAndThrow();
    controller.abort();
    const ends = await Promise.all(reads.map((read) => read.outcome()));
    return { ends: ends.map(({ status }) => status), lent: buffers.some(({ isLent }) => isLent) };
  });
}

async function throwingSubscriber(): Promise<unknown> {
  const channel = tracingChannel<unknown, OperationTrace>("overlapped.operation");
  const throwing = (): never => {
    throw new Error("a subscriber");
  };
  channel.asyncEnd.subscribe(throwing);
  channel.start.subscribe(throwing);
  const { type } = await stat("/");
  channel.asyncEnd.unsubscribe(throwing);
  channel.start.unsubscribe(throwing);
  return { type };
}

async function nobodyAwaits(): Promise<unknown> {
  void stat("/nonexistent");
  while (unhandled.length === 0) await stat("/");
  return { unhandled };
}

/** Somebody sets the clock, by days, there and back: whoever starts this sees to it. */
function clockJumps(): Promise<unknown> {
  return withReads(async (file, buffers) => {
    const hasJumped = Math.abs(Date.now() - Date.now()) > DAY_MS;
    const reads = buffers.map((buffer) => file.read(buffer, { timeoutMs: 1 }));
    const ages = inFlight().map(({ ageMs }) => ageMs >= 0 && ageMs < DAY_MS / 2);
    const ends = await Promise.all(reads.map((read) => read.outcome()));
    return { hasJumped, ends: ends.map(({ status }) => status), ages };
  });
}

/** Collections come when the flags of this process say so, at any moment. */
async function collections(): Promise<unknown> {
  const path = `${fifo}-file`;
  const content = randomBytes(300_000);
  let isSame = true;
  for (let round = 0; round < 5; round++) {
    await writeFile(path, content);
    isSame &&= content.equals(await readFile(path));
    const file = await open(path, "r+");
    const buffers = Array.from({ length: 20 }, () => new IoBuffer(10_000));
    const reads = buffers.map((buffer, at) => file.read(buffer, { position: at * 10_000 }));
    reads[3]?.abandon();
    reads[5]?.cancel();
    const ends = await Promise.all(reads.map((read) => read.outcome()));
    for (const [at, { status }] of ends.entries()) {
      if (status !== "completed") continue;
      const expected = content.subarray(at * 10_000, (at + 1) * 10_000);
      isSame &&= expected.equals(buffers[at]?.bytes ?? new Uint8Array(0));
    }
    await file.writeAll("changed", { position: 7 });
    await file.close();
    isSame &&= readFileSync(path, "latin1").slice(7, 14) === "changed";
    writeFileSync(path, "");
  }
  return { isSame };
}

const ACTS: Readonly<Record<string, () => Promise<unknown>>> = {
  "a listener throws": throwingListener,
  "a subscriber throws": throwingSubscriber,
  "nobody awaits": nobodyAwaits,
  "the clock jumps": clockJumps,
  collections,
};

const seen = await ACTS[what]?.();
await new Promise((resolve) => setImmediate(resolve));
console.log(JSON.stringify({ ...(seen as object), uncaught, left: inFlight().length }));
