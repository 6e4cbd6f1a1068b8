// Actors on what waits for others: FIFOs, pipes, terminals, timers, counters, watchers.

import assert from "node:assert/strict";
import {
  eventfd,
  IoBuffer,
  inotify,
  mkdir,
  open,
  openPipe,
  openPty,
  openTty,
  pipe,
  remove,
  Scope,
  type StreamHandle,
  timer,
  writeFile,
} from "../../src/index.ts";
import type { Lot } from "./lot.ts";
import { type Actor, withFifo } from "./place.ts";

async function readOften(lot: Lot, stream: StreamHandle): Promise<void> {
  const reads = Array.from({ length: 1 + lot.random.below(6) }, () =>
    lot.stopped((options) => stream.read(new IoBuffer(1 + lot.random.below(9000)), options)),
  );
  await Promise.all(reads);
}

const useFifo: Actor = (place) =>
  withFifo(place, async (path) => {
    const { lot } = place;
    const [reader, writer] = await Promise.all([openPipe(path, "r"), openPipe(path, "w")]);
    const bytes = new Uint8Array(1 + lot.random.below(200_000)).fill(7);
    const writing = lot.stopped((options) => writer.writeAll(bytes, options));
    await Promise.all([writing, readOften(lot, reader)]);
    // In any order, and at the same time.
    await Promise.all([writer.close(), reader.close()]);
  });

/** Opens that nobody answers. */
const openInVain: Actor = (place) =>
  withFifo(place, async (path) => {
    await Promise.all([
      place.lot.stopped((options) => open(path, "w", 0o600, options)),
      place.lot.stopped((options) => open(path, "w", 0o600, options)),
    ]).then((ends) =>
      Promise.all(ends.map((end) => (end.status === "completed" ? end.value.close() : null))),
    );
  });

const usePipe: Actor = async ({ lot }) => {
  const { reader, writer } = pipe();
  const buffer = new IoBuffer(100);
  await lot.stopped((options) => reader.read(new IoBuffer(50), options));
  const sending = lot.end((options) => writer.write(new Uint8Array(40).fill(5), options));
  const got = await lot.stopped((options) => reader.read(buffer, options));
  await sending;
  if (got.status === "completed") assert.equal(buffer.bytes[0], 5);
  await (lot.oneIn(2) ? reader.close() : writer.close());
  await lot.expected(async () => void (await writer.write("x")));
  await Promise.all([reader.close(), writer.close()]);
};

const useTerminal: Actor = async ({ lot }) => {
  const { controller, path } = openPty();
  const terminal = await openTty(path);
  await controller.writeAll("typed\n");
  await lot.end((options) => terminal.read(new IoBuffer(64), options));
  await readOften(lot, terminal);
  if (lot.oneIn(2)) await terminal.close();
  await readOften(lot, controller);
  await Promise.all([terminal.close(), controller.close()]);
};

const useTimer: Actor = async ({ lot }) => {
  const ticks = timer();
  await lot.stopped((options) => ticks.expirations(options));
  ticks.set(1, 1);
  await ticks.expirations();
  lot.count("completed");
  await ticks.close();
};

const useCounter: Actor = async ({ lot }) => {
  const counter = eventfd();
  await lot.stopped((options) => counter.wait(options));
  await counter.add(3);
  assert.equal(await counter.wait(), 3n);
  lot.count("completed");
  await counter.close();
};

const useWatcher: Actor = async (place) => {
  const { lot } = place;
  const folder = place.nextName();
  await mkdir(folder);
  const watcher = inotify();
  watcher.add(folder, ["create"]);
  const stopping = lot.oneIn(2) ? AbortSignal.timeout(1) : undefined;
  const waiting = lot.expected(() =>
    watcher.next(stopping === undefined ? {} : { signal: stopping }),
  );
  await writeFile(join(folder), "");
  await waiting;
  await watcher.close();
  await remove(folder, { recursive: true });
};

function join(folder: string): string {
  return `${folder}/created`;
}

/** Left by its end, by an error, or by a deadline, with reads in it that nobody answers. */
const useScope: Actor = (place) =>
  withFifo(place, async (path) => {
    const { lot } = place;
    const way = lot.random.below(3);
    const options = way === 0 ? { deadlineMs: 1 } : {};
    const work = (): Promise<void> =>
      Scope.use(options, async (scope) => {
        const stream = await scope.open(path, "r+");
        for (let count = 0; count < 5; count += 1) stream.read(new IoBuffer(512)).catch(() => {});
        const inner = scope.nested();
        inner.open(path, "r+").catch(() => {});
        if (way === 1) throw Object.assign(new Error("on purpose"), { code: "ABORT_ERR" });
      });
    await lot.expected(work);
    lot.count("scopes");
  });

export const STREAM_ACTORS: readonly Actor[] = [
  useFifo,
  openInVain,
  usePipe,
  useTerminal,
  useTimer,
  useCounter,
  useWatcher,
  useScope,
];
