/** A live check of each promise: small, bounded, and cleaned up after. See `docs/promises.md`. */

import { stat as statByNode } from "node:fs/promises";
import { drain, IoBuffer, inFlight, open, Scope, stat, status } from "../../index.ts";
import { type Bed, expect, expectEqual, inTime, refusal, turns } from "./bed.ts";
import { exitsInTime, terminatesInTime } from "./ends.ts";

export interface Check {
  readonly promise: string;
  readonly title: string;
  /** Throws what is wrong. */
  run(bed: Bed): Promise<void>;
}

const HANDLES = 64;
const LOAD = 20_000;
const LAG_MS_MAX = 250;

type OpenFile = Awaited<ReturnType<typeof open>>;

/** With an open FIFO in which there is nothing; closes it. */
async function withFifo(bed: Bed, work: (file: OpenFile, fifo: string) => Promise<void>) {
  const fifo = bed.fifo(0);
  const file = await inTime(open(fifo, "r+"));
  try {
    await work(file, fifo);
  } finally {
    await inTime(file.close());
  }
}

const text = (buffer: IoBuffer, count: number): string =>
  Buffer.from(buffer.bytes.subarray(0, count)).toString();

function settlesOnce(bed: Bed): Promise<void> {
  return withFifo(bed, async (file) => {
    let settlements = 0;
    const reading = file.read(new IoBuffer(16));
    const count = (): void => void settlements++;
    void reading.then(count, count);
    await turns();
    expectEqual(settlements, 0, "settlements before the cancel");
    for (let time = 0; time < 3; time++) reading.cancel();
    expectEqual(await refusal(reading), "ABORT_ERR", "the read's end");
    await turns();
    expectEqual(settlements, 1, "the number of settlements");
  });
}

function keepsBuffer(bed: Bed): Promise<void> {
  return withFifo(bed, async (file) => {
    const buffer = new IoBuffer(16);
    const view = buffer.bytes;
    const reading = file.read(buffer);
    expectEqual(view.byteLength, 0, "the length of an old view");
    expectEqual(codeOfAccess(buffer), "ERR_BUFFER_LENT", "the buffer while it is lent");
    reading.cancel();
    await refusal(reading);
    expectEqual(buffer.bytes.byteLength, 16, "the length of what came back");
  });
}

function codeOfAccess(buffer: IoBuffer): string {
  try {
    return `${buffer.bytes.byteLength} bytes`;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

async function holdsHandle(bed: Bed): Promise<void> {
  const file = await inTime(open(bed.fifo(0), "r+"));
  const order: string[] = [];
  const onEnd = (): void => void order.push("read");
  void file.read(new IoBuffer(16)).then(onEnd, onEnd);
  await turns();
  const closing = file.close().then(() => order.push("close"));
  let late = "it was accepted";
  try {
    await file.read(new IoBuffer(16));
  } catch (error) {
    late = (error as { code?: string }).code ?? String(error);
  }
  expectEqual(late, "ERR_CLOSED", "a read after close()");
  await inTime(closing);
  expectEqual(order.join(", "), "read, close", "the order of the ends");
}

async function losesNoCancel(bed: Bed): Promise<void> {
  const opening = Array.from({ length: HANDLES }, () => open(bed.fifo(1), "r+"));
  const files = await inTime(Promise.all(opening));
  try {
    const readings = files.map((file) => file.read(new IoBuffer(16)));
    await turns();
    for (const reading of readings) reading.cancel();
    const codes = await Promise.all(readings.map((reading) => refusal(reading)));
    const lost = codes.filter((code) => code !== "ABORT_ERR");
    expectEqual(lost.length, 0, "the number of cancels that were lost");
  } finally {
    await inTime(Promise.all(files.map((file) => file.close())));
  }
}

function deliversWhatCame(bed: Bed): Promise<void> {
  return withFifo(bed, async (file, fifo) => {
    const buffer = new IoBuffer(16);
    const reading = file.read(buffer);
    await turns();
    bed.write(fifo, "hello");
    reading.cancel();
    const outcome = await inTime(reading.outcome());
    const count = outcome.status === "completed" ? outcome.value : await inTime(file.read(buffer));
    expectEqual(text(buffer, count), "hello", "what was read");
  });
}

function tellsOutcomesApart(bed: Bed): Promise<void> {
  return withFifo(bed, async (file) => {
    const canceled = file.read(new IoBuffer(4)).cancel();
    expectEqual(await refusal(canceled), "ABORT_ERR", "a canceled read");
    const late = file.read(new IoBuffer(4), { timeoutMs: 10 });
    expectEqual(await refusal(late), "ETIMEDOUT", "one that timed out");
    const left = file.read(new IoBuffer(4)).abandon();
    expectEqual(await refusal(left), "ERR_ABANDONED", "one that was abandoned");
    await inTime(left.outcome());
    expectEqual(await refusal(open(bed.path("nothing"))), "ENOENT", "a failed open");
  });
}

function givesBackOrphans(bed: Bed): Promise<void> {
  return withFifo(bed, async (file, fifo) => {
    const orphan = file.read(new IoBuffer(16));
    await turns();
    bed.write(fifo, "first");
    orphan.abandon();
    expectEqual(await refusal(orphan), "ERR_ABANDONED", "the orphan");
    const buffer = new IoBuffer(16);
    const count = await inTime(file.read(buffer));
    expectEqual(text(buffer, count), "first", "what the next read has");
  });
}

async function scopeWaits(bed: Bed): Promise<void> {
  let code = "it is pending";
  await inTime(
    Scope.use({}, async (scope) => {
      const file = await scope.open(bed.fifo(2), "r+");
      void refusal(file.read(new IoBuffer(16))).then((found) => {
        code = found;
      });
      await turns();
    }),
  );
  expectEqual(code, "ABORT_ERR", "the read when the scope was left");
  expectEqual(inFlight().length, 0, "the number of operations in flight");
}

async function endsCleanly(bed: Bed): Promise<void> {
  const file = await inTime(open(bed.fifo(0), "r+"));
  const reading = file.read(new IoBuffer(16));
  void refusal(reading);
  const { held } = await inTime(drain({ deadlineMs: 1000 }));
  expectEqual(held.length, 0, "the number of operations that drain() left");
  await inTime(file.close());
  const { bytesLeaked } = status();
  await terminatesInTime(bed.fifo(0));
  expectEqual(status().bytesLeaked, bytesLeaked, "the number of bytes leaked by a worker");
}

async function delaysNobody(bed: Bed): Promise<void> {
  const opening = Array.from({ length: 8 }, () => open(bed.fifo(1), "r+"));
  const files = await inTime(Promise.all(opening));
  try {
    for (const file of files) void refusal(file.read(new IoBuffer(16)));
    await inTime(stat(bed.directory));
    await inTime(statByNode(bed.directory)); // On the pool that all of Node's own files share.
  } finally {
    await inTime(Promise.all(files.map((file) => file.close())));
  }
  await exitsInTime(bed.fifo(0));
}

/** Processor time of this process: others that keep the machine busy do not count. */
function spentMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function staysFair(bed: Bed): Promise<void> {
  let pending = LOAD;
  let lastMs = spentMs();
  let lagMs = 0;
  const timer = setInterval(() => {
    const nowMs = spentMs();
    lagMs = Math.max(lagMs, nowMs - lastMs);
    lastMs = nowMs;
  }, 1);
  const again = async (): Promise<void> => {
    while (pending-- > 0) await stat(bed.directory);
  };
  try {
    await inTime(Promise.all(Array.from({ length: 32 }, again)));
  } finally {
    pending = 0;
    clearInterval(timer);
  }
  expect(lagMs < LAG_MS_MAX, `a timer was ${Math.round(lagMs)} ms late`);
}

function canBeSeen(bed: Bed): Promise<void> {
  return withFifo(bed, async (file, fifo) => {
    const reading = file.read(new IoBuffer(16));
    const [seen] = inFlight();
    expectEqual(seen?.kind, "read", "the kind of what is in flight");
    expectEqual(seen?.path, fifo, "its path");
    expectEqual(status().inFlight, 1, "their number");
    reading.cancel();
    await refusal(reading);
    expectEqual(inFlight().length, 0, "their number at the end");
  });
}

export const CHECKS: readonly Check[] = [
  { promise: "P1", title: "settles once, with the kernel's answer", run: settlesOnce },
  { promise: "P2", title: "a lent buffer cannot be reached, and comes back", run: keepsBuffer },
  { promise: "P3", title: "an operation holds its handle", run: holdsHandle },
  { promise: "P4", title: `of ${HANDLES} cancels at once none is lost`, run: losesNoCancel },
  { promise: "P5", title: "bytes that came are delivered", run: deliversWhatCame },
  { promise: "P6", title: "four ends have four codes", run: tellsOutcomesApart },
  { promise: "P7", title: "bytes of an orphan go to the next read", run: givesBackOrphans },
  { promise: "P8", title: "a scope is not left in the middle", run: scopeWaits },
  { promise: "P9", title: "drain() and the end of a worker are clean", run: endsCleanly },
  { promise: "P10", title: "what is stuck holds up nobody, nor the exit", run: delaysNobody },
  { promise: "P11", title: "timers are on time under load", run: staysFair },
  { promise: "P12", title: "what is in flight can be seen", run: canBeSeen },
];
