// Great numbers, in a process of their own: `mass-child WHAT COUNT PATH`. Prints one line of JSON.

import { getEventListeners } from "node:events";

import { type File, IoBuffer, inFlight, open, stat, status } from "../../src/index.ts";

const HANDLES = 2000;

interface Counts {
  [outcome: string]: number;
}

function count(counts: Counts, outcome: string): void {
  counts[outcome] = (counts[outcome] ?? 0) + 1;
}

/** All in one turn; and the loop has turns before they are over. */
async function inOneTurn(total: number, path: string): Promise<unknown> {
  const counts: Counts = {};
  const done: Promise<void>[] = [];
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  for (let at = 0; at < total; at++) {
    done.push(
      stat(path).then(
        ({ type }) => count(counts, type),
        ({ code }) => count(counts, code),
      ),
    );
  }
  const most = status().inFlight;
  await Promise.all(done);
  isOver = true;
  return { counts, most, hasTurns: turns > 10 };
}

/** Reads of a FIFO that nobody writes: as many as there are handles are with the kernel. */
async function oneSignal(total: number, path: string): Promise<unknown> {
  const files: File[] = [];
  for (let at = 0; at < HANDLES; at++) files.push(await open(path, "r+"));
  const controller = new AbortController();
  const { signal } = controller;
  const counts: Counts = {};
  const done: Promise<void>[] = [];
  const buffers: IoBuffer[] = [];
  for (let at = 0; at < total; at++) {
    const buffer = new IoBuffer(1);
    buffers.push(buffer);
    const read = files[at % HANDLES]!.read(buffer, { signal });
    done.push(read.outcome().then((outcome) => count(counts, outcome.status)));
  }
  await stat("/");
  const most = status().inFlight;
  const listeners = getEventListeners(signal, "abort").length;
  controller.abort();
  await Promise.all(done);
  const lent = buffers.filter((buffer) => buffer.isLent).length;
  await Promise.all(files.map((file) => file.close()));
  return { counts, most, listeners, lent };
}

const [, , what = "", total = "", path = ""] = process.argv;
const act = what === "one signal" ? oneSignal : inOneTurn;
const seen = await act(Number(total), path);
const { statistics, backend } = status();
const { overflows = 0, rings = 0, ringEntries = 0 } = statistics;
const left = inFlight().length;
console.log(JSON.stringify({ ...(seen as object), backend, left, overflows, rings, ringEntries }));
