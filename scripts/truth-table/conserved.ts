// What becomes of the bytes when operations are stopped at random: numbered lines go through, and
// the other end must get each of them once and in order.

import { IoBuffer, type Operation, type StreamHandle } from "../../src/index.ts";
import { flushed } from "./case.ts";

const ROUNDS = 1000;
const BYTES_MAX = 700;
/** Sent and not yet received, at most: less than anything holds. */
const DUE_MAX = 1500;

/** Numbered lines, which a terminal takes for what they are, too. */
const LINE_BYTES = 8;

/** A part of the sequence, which is the same for everybody. */
export function lines(offset: number, length: number): Buffer {
  const first = Math.floor(offset / LINE_BYTES);
  const count = Math.ceil(length / LINE_BYTES) + 1;
  const text = Array.from(
    { length: count },
    (_, at) => `${String(first + at).padStart(LINE_BYTES - 1, "0")}\n`,
  );
  const start = offset - first * LINE_BYTES;
  return Buffer.from(text.join("")).subarray(start, start + length);
}

export function random(below: number): number {
  return Math.floor(Math.random() * below);
}

/** At a random moment: at once, when the kernel has it, or some turns of the loop later. */
export async function someMoment(): Promise<void> {
  const draw = random(4);
  if (draw === 1) await flushed();
  for (let turn = 1; turn < draw; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

interface Tally {
  bytes: number;
  canceled: number;
  abandoned: number;
}

function verdict(tally: Tally, what: string): string {
  const { bytes, canceled, abandoned } = tally;
  const count = (value: number): string => value.toLocaleString("en");
  return (
    `yes: ${count(bytes)} bytes in order, ` +
    `${count(canceled)} ${what} canceled, ${count(abandoned)} abandoned`
  );
}

/** Asks it to stop, or not, and waits for its real end. Returns the bytes that count. */
async function stopOrNot(operation: Operation<unknown>, tally: Tally): Promise<number> {
  operation.catch(() => {});
  await someMoment();
  if (random(2) === 0) operation.abandon();
  else operation.cancel();
  const outcome = await operation.outcome();
  if (outcome.status === "failed") throw outcome.error;
  if (outcome.status === "canceled") tally.canceled++;
  if (outcome.status === "abandoned") tally.abandoned++;
  return outcome.bytesTransferred;
}

/**
 * Reads of `reader`, whose other end `send` writes to.
 *
 * @param linesMax At a time; no more than a read or two take, or reads would hardly ever wait.
 */
export async function conservedReads(
  reader: StreamHandle,
  send: (bytes: Uint8Array) => unknown,
  linesMax: number,
): Promise<string> {
  const tally: Tally = { bytes: 0, canceled: 0, abandoned: 0 };
  const buffer = new IoBuffer(BYTES_MAX);
  let sent = 0;
  const receive = (count: number): string | null => {
    const bytes = buffer.bytes.subarray(0, count);
    const isRight = lines(tally.bytes, count).equals(bytes);
    tally.bytes += count;
    return isRight ? null : `NO: wrong bytes before ${tally.bytes}`;
  };
  for (let round = 0; round < ROUNDS || tally.bytes < sent; round++) {
    const isLast = round >= ROUNDS;
    const sends = !isLast && sent - tally.bytes < DUE_MAX && random(2) === 0;
    const length = sends ? LINE_BYTES * (1 + random(linesMax)) : 0;
    const bytes = lines(sent, length);
    if (sends && random(2) === 0) await send(bytes);
    else if (sends) setImmediate(() => send(bytes));
    const operation = reader.read(buffer, { length: 1 + random(BYTES_MAX) });
    const { abandoned } = tally;
    const count = isLast ? await operation : await stopOrNot(operation, tally);
    if (sends) await new Promise<void>((resolve) => setImmediate(resolve));
    sent += length;
    // What an abandoned read took is for the next one.
    const wrong = tally.abandoned > abandoned ? null : receive(count);
    if (wrong !== null) return wrong;
  }
  return verdict(tally, "reads");
}

/** Writes of `writer`, whose other end is `reader`: it gets what the writes say that they wrote. */
export async function conservedWrites(writer: StreamHandle, reader: StreamHandle): Promise<string> {
  const tally: Tally = { bytes: 0, canceled: 0, abandoned: 0 };
  const buffer = new IoBuffer(65_536);
  let received = 0;
  let wrong: string | null = null;
  const take = async (length: number): Promise<void> => {
    const count = await reader.read(buffer, { length });
    const bytes = buffer.bytes.subarray(0, count);
    if (!lines(received, count).equals(bytes)) wrong ??= `NO: wrong bytes after ${received}`;
    received += count;
  };
  for (let round = 0; round < ROUNDS && wrong === null; round++) {
    const operation = writer.write(lines(tally.bytes, 1 + random(8 * BYTES_MAX)));
    // Sometimes full, sometimes not; and sometimes there is room in the moment of the stop.
    if (tally.bytes - received > 0 && random(2) === 0) await take(1 + random(8 * BYTES_MAX));
    tally.bytes += await stopOrNot(operation, tally);
  }
  while (received < tally.bytes && wrong === null) await take(buffer.byteLength);
  return wrong ?? verdict(tally, "writes");
}

/** Who waits until there is something to read takes nothing of it, whatever becomes of him. */
export async function conservedReadiness(
  reader: StreamHandle,
  writer: StreamHandle,
): Promise<string> {
  const tally: Tally = { bytes: 0, canceled: 0, abandoned: 0 };
  const buffer = new IoBuffer(BYTES_MAX);
  for (let round = 0; round < ROUNDS; round++) {
    const ready = reader.ready("readable");
    const sent = lines(tally.bytes, 1 + random(BYTES_MAX));
    if (random(2) === 0) setImmediate(() => writer.writeAll(sent));
    else await writer.writeAll(sent);
    await stopOrNot(ready, tally);
    const end = tally.bytes + sent.byteLength;
    while (tally.bytes < end) {
      const count = await reader.read(buffer);
      const isRight = lines(tally.bytes, count).equals(buffer.bytes.subarray(0, count));
      if (!isRight) return `NO: wrong bytes after ${tally.bytes}`;
      tally.bytes += count;
    }
  }
  return verdict(tally, "waits");
}

/** Messages that are numbered, one for each read; those that `next` reads, from the oldest on. */
export async function conservedMessages(
  next: () => Operation<number>,
  numberOf: (byteCount: number) => number,
): Promise<string> {
  const tally: Tally = { bytes: 0, canceled: 0, abandoned: 0 };
  let [messages, last] = [0, -1];
  for (let round = 0; round < ROUNDS; round++) {
    const { abandoned } = tally;
    const count = await stopOrNot(next(), tally);
    if (count === 0 || tally.abandoned > abandoned) continue;
    const number = numberOf(count);
    if (last >= 0 && number !== last + 1) return `NO: message ${number} came after ${last}`;
    last = number;
    messages++;
  }
  const { canceled, abandoned } = tally;
  return `yes: ${messages} messages in order, ${canceled} reads canceled, ${abandoned} abandoned`;
}
