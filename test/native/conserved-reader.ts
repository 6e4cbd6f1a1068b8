// Reads numbered bytes in every way that there is, and cancels, times out or abandons at random
// moments. Whatever becomes of a read: all that was delivered, in the order of the calls, is the
// numbers from the first one on.

import assert from "node:assert/strict";
import type { Prng } from "../../src/base/prng.ts";
import { IoBuffer, type IoError, type Operation, type StreamHandle } from "../../src/index.ts";
import { firstWrong } from "./conserved-numbers.ts";

/** The other end: how many bytes are to be written. */
export type Ask = (count: number) => void;

/** How reads ended; the bytes delivered, and those that abandoned reads had taken and gave back. */
export interface Tally {
  completed: number;
  canceled: number;
  timedOut: number;
  abandoned: number;
  /** Lines and records that were stopped with a part of them taken. */
  halfway: number;
  streams: number;
  bytes: number;
  bytesBack: number;
}

type Ending = "completed" | "canceled" | "timedOut" | "abandoned";

/** What a read came to. */
interface Taken {
  readonly ending: Ending;
  readonly chunks: readonly Uint8Array[];
  readonly bytesBack: number;
}

const READ_BYTES_MAX: readonly number[] = [3, 40, 900, 6000];
const WRITE_BYTES_MAX: readonly number[] = [1, 20, 1000, 5000];
/** Asked for and not delivered: less than what a FIFO or terminal holds. */
const DUE_BYTES_MAX = 3000;
const AT_ONCE_MAX = 4;
/** Operations whose end is not known yet; later ones wait. */
const OPEN_ENDS_MAX = 12;
/** Far above what the other end needs: bytes that have not come by then are lost. */
const LOST_MS = 20_000;
/** Longer than it takes somebody else to write what he was asked for. */
const SPIN_MS_MAX = 0.15;
const TURNS_MAX: readonly number[] = [2, 12, 40];

interface Read {
  /** Nobody waits for it any more. */
  readonly released: Promise<unknown>;
  readonly taken: Promise<Taken>;
}

interface Stops {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
}

function pick<T>(random: Prng, items: readonly T[]): T {
  return items[random.below(items.length)]!;
}

function afterTurns(turns: number, act: () => void): void {
  setImmediate(turns === 1 ? act : () => afterTurns(turns - 1, act));
}

/** Nothing of ours runs, nor does the kernel look after us: what happens, we hear of afterwards. */
function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

export class ConservedReader {
  readonly tally: Tally = {
    completed: 0,
    canceled: 0,
    timedOut: 0,
    abandoned: 0,
    halfway: 0,
    streams: 0,
    bytes: 0,
    bytesBack: 0,
  };
  readonly #handle: StreamHandle;
  readonly #random: Prng;
  readonly #ask: Ask;
  readonly #free: Map<number, IoBuffer[]> = new Map();
  #asked = 0;
  #openEnds = 0;
  /** Stops whose moment has not come yet, even if their read is over by then. */
  #momentsDue = 0;
  /** Ends in the order of the calls. */
  #told: Promise<void> = Promise.resolve();

  constructor(handle: StreamHandle, random: Prng, ask: Ask) {
    this.#handle = handle;
    this.#random = random;
    this.#ask = ask;
  }

  /**
   * Until so many reads have been stopped: canceled, timed out or abandoned. Afterwards nothing is
   * asked for any more.
   */
  async run(count: number): Promise<void> {
    const { tally } = this;
    // Else all would be over, under load, before the other end has begun.
    this.#askFor(1);
    await this.finish();
    while (tally.canceled + tally.timedOut + tally.abandoned < count) {
      if (this.#random.below(30) === 0) {
        await this.#stream();
        continue;
      }
      const atOnce = Array.from({ length: 1 + this.#random.below(AT_ONCE_MAX) });
      await Promise.allSettled(atOnce.map(() => this.#begin()));
      if (this.#openEnds >= OPEN_ENDS_MAX) await this.#told;
    }
    await this.#told;
    while (this.#momentsDue > 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Reads what is still to come, which the other end has written or is about to. */
  async finish(): Promise<void> {
    while (this.tally.bytes < this.#asked) {
      const buffer = this.#lease(4096);
      const outcome = await this.#handle.read(buffer, { timeoutMs: LOST_MS }).outcome();
      const { bytesTransferred: count } = outcome;
      assert.ok(count > 0, `${this.#asked - this.tally.bytes} bytes were lost: ${outcome.status}`);
      this.#receive(buffer.bytes.subarray(0, count));
      this.#return(buffer);
    }
  }

  /**
   * At a random moment: at once, after reactions of promises, or turns of the loop; or in the very
   * moment in which the other end has written.
   */
  #later(what: () => void): void {
    const random = this.#random;
    const draw = random.below(10);
    this.#momentsDue++;
    const act = (): void => {
      this.#momentsDue--;
      what();
    };
    if (draw === 0) act();
    else if (draw < 3) void Promise.resolve().then(() => act());
    else if (draw < 5) afterTurns(1 + random.below(2), () => this.#race(act));
    else afterTurns(1 + random.below(pick(random, TURNS_MAX)), act);
  }

  #race(act: () => void): void {
    this.#maybeAsk();
    spin((this.#random.below(100) / 100) * SPIN_MS_MAX);
    act();
  }

  #maybeAsk(): void {
    if (this.#random.below(5) < 2 || this.#asked - this.tally.bytes > DUE_BYTES_MAX) return;
    this.#askFor(1 + this.#random.below(pick(this.#random, WRITE_BYTES_MAX)));
  }

  #askFor(count: number): void {
    this.#asked += count;
    this.#ask(count);
  }

  /** Resolves or rejects when nobody waits for it any more. */
  #begin(): Promise<unknown> {
    const random = this.#random;
    // A millisecond is long: among so many, few are enough.
    const isTimed = random.below(40) === 0;
    const controller = new AbortController();
    const isUnit = random.below(3) === 0;
    const isSignaled = !isTimed && (isUnit || random.below(4) === 0);
    const stops: Stops = {
      signal: isSignaled ? controller.signal : undefined,
      timeoutMs: isTimed ? 1 : undefined,
    };
    const { released, taken } = isUnit ? this.#unit(stops) : this.#read(stops, isTimed);
    if (isSignaled) this.#later(() => controller.abort());
    this.#maybeAsk();
    this.#openEnds++;
    this.#told = this.#told.then(async () => this.#tell(await taken));
    return released;
  }

  #read(stops: Stops, isTimed: boolean): Read {
    const random = this.#random;
    const buffers = [this.#lease(pick(random, READ_BYTES_MAX))];
    const [buffer] = buffers as [IoBuffer];
    let operation: Operation<number>;
    if (random.below(4) === 0) {
      buffers.push(this.#lease(pick(random, READ_BYTES_MAX)));
      operation = this.#handle.readv(buffers, stops);
    } else {
      const length = 1 + random.below(buffer.byteLength);
      operation = this.#handle.read(buffer, { ...stops, length });
    }
    const isOurs = !isTimed && stops.signal === undefined;
    if (isOurs && random.below(2) === 0) this.#later(() => void operation.abandon());
    else if (isOurs) this.#later(() => void operation.cancel());
    return { released: operation, taken: this.#taken(operation, buffers) };
  }

  async #taken(operation: Operation<number>, buffers: readonly IoBuffer[]): Promise<Taken> {
    const { status: ending, bytesTransferred } = await operation.outcome();
    assert.ok(ending !== "failed");
    // What an abandoned read took was put back: the next one has it.
    const isBack = ending === "abandoned";
    let left = isBack ? 0 : bytesTransferred;
    const chunks = buffers.map((buffer) => {
      const chunk = buffer.bytes.slice(0, left);
      left -= chunk.byteLength;
      this.#return(buffer);
      return chunk;
    });
    return { ending, chunks, bytesBack: isBack ? bytesTransferred : 0 };
  }

  /** So many bytes, or a line: stopped before all of it is there, it takes nothing. */
  #unit(stops: Stops): Read {
    const random = this.#random;
    const length = 1 + random.below(pick(random, READ_BYTES_MAX));
    // Every byte there is comes again after 1024 at the latest, in the numbers' last place.
    const unit =
      random.below(2) === 0
        ? this.#handle.readExactly(length, stops)
        : this.#handle.readUntil(Uint8Array.of(random.below(256)), stops);
    const taken = unit.then(
      (bytes): Taken => ({ ending: "completed", chunks: [bytes], bytesBack: 0 }),
      ({ code, bytesTransferred }: IoError): Taken => {
        assert.ok(code === "ABORT_ERR" || code === "ETIMEDOUT", code);
        if (bytesTransferred > 0) this.tally.halfway++;
        const ending = code === "ETIMEDOUT" ? "timedOut" : "canceled";
        return { ending, chunks: [], bytesBack: 0 };
      },
    );
    return { released: unit, taken };
  }

  #tell({ ending, chunks, bytesBack }: Taken): void {
    this.#openEnds--;
    this.tally[ending]++;
    this.tally.bytesBack += bytesBack;
    for (const chunk of chunks) this.#receive(chunk);
  }

  /** A stream for a while, canceled while it waits for more. */
  async #stream(): Promise<void> {
    await this.#told;
    const blockBytes = pick(this.#random, READ_BYTES_MAX);
    const reader = this.#handle.createReader({ close: false, blockBytes }).getReader();
    const count = 1 + this.#random.below(8);
    for (let at = 0; at < count; at++) {
      this.#maybeAsk();
      const isLast = at === count - 1 || this.tally.bytes === this.#asked;
      const read = reader.read();
      if (isLast) {
        await new Promise<void>((resolve) => this.#later(resolve));
        await reader.cancel();
      }
      const { value } = await read;
      if (value !== undefined) this.#receive(value);
      if (isLast) break;
    }
    this.tally.streams++;
  }

  #receive(bytes: Uint8Array): void {
    const wrong = firstWrong(bytes, this.tally.bytes);
    assert.equal(wrong, -1, `byte ${wrong} is not the one that was written there`);
    this.tally.bytes += bytes.byteLength;
    assert.ok(this.tally.bytes <= this.#asked, "more bytes than were written");
  }

  #lease(size: number): IoBuffer {
    return this.#free.get(size)?.pop() ?? new IoBuffer(size);
  }

  #return(buffer: IoBuffer): void {
    const free = this.#free.get(buffer.byteLength);
    if (free === undefined) this.#free.set(buffer.byteLength, [buffer]);
    else free.push(buffer);
  }
}
