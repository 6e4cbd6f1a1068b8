// FIFOs: one writer and one reader at a time, each on handles that come and go. Every byte that was
// written is read once and in order, whatever is canceled, abandoned or closed on the way.

import assert from "node:assert/strict";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { File, Operation, Outcome } from "../../src/index.ts";
import type { Content } from "./content.ts";
import { closeSomehow, openSurely, writeOf } from "./file-sessions.ts";
import { Ledger } from "./ledger.ts";
import { Ending, type Lease, type Mix } from "./mix.ts";

const SESSION_STARTS_MAX = 200;
const WRITE_BYTES_MAX = 12_000;
/** Small ones share what one abandoned read has left. */
const READ_BYTES_MAX: readonly number[] = [20, 500, 9_000];
const WINDOW_MAX = 6;
/** Reads in a row that bring nothing although there are bytes: then they are lost. */
const VAIN_READS_MAX = 5000;

/** Bytes written; 0 if the FIFO is full. */
function writeNow(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "EAGAIN");
    return 0;
  }
}

/** A read in the order of its call; its end may be known later than that of the next. */
interface PendingRead {
  readonly lease: Lease;
  readonly offset: number;
  readonly number: number;
  outcome: Outcome<number> | null;
}

export class Stream {
  readonly #mix: Mix;
  readonly #path: string;
  readonly #content: Content;
  readonly #ledger: Ledger = new Ledger();
  /** So that the FIFO keeps its bytes while no handle is open. */
  readonly #keeper: number;
  /** Somebody else writes, who knows nothing of the library. */
  readonly #isPlain: boolean;
  readonly #pending: Set<Operation<number>> = new Set();
  #writeNumber = 0;
  #readNumber = 0;
  /** The last read that brought bytes. */
  #lastToldRead = 0;
  #isWritten = false;
  #reader: { readonly file: File; readonly ending: Ending } | null = null;
  #vainReads = 0;
  /** Abandoned reads that had taken bytes. */
  putBackCount = 0;

  constructor(mix: Mix, path: string, content: Content, isPlain: boolean) {
    this.#mix = mix;
    this.#path = path;
    this.#content = content;
    this.#isPlain = isPlain;
    this.#keeper = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** Writes until nothing is granted any more, and reads all of it. */
  async run(): Promise<void> {
    this.#isWritten = false;
    await Promise.all([this.#write(), this.#read()]);
    const { sent, received, lost } = this.#ledger;
    assert.equal(received + lost, sent);
    const left = Buffer.alloc(1);
    assert.throws(() => readSync(this.#keeper, left), { code: "EAGAIN" }, "the FIFO is not empty");
  }

  close(): void {
    closeSync(this.#keeper);
  }

  async #write(): Promise<void> {
    while (this.#mix.hasLeft) {
      if (this.#isPlain) await this.#writePlainly();
      else await this.#writeSession();
    }
    this.#isWritten = true;
    // Reads that are to fill their buffer keep what they have until they are stopped.
    this.#closeReader();
  }

  /**
   * Writes, and abandons reads in the same breath: then the kernel has given them the bytes, and
   * the library has not heard of it yet. Those bytes are for the next reads.
   */
  async #writePlainly(): Promise<void> {
    const { random } = this.#mix;
    this.#writeNumber += 1;
    const bytes = this.#content.ofWrite(this.#writeNumber, 1 + random.below(WRITE_BYTES_MAX));
    this.#ledger.send(bytes.subarray(0, writeNow(this.#keeper, bytes)));
    const isAbandoning = random.below(3) === 0;
    let count = isAbandoning ? 1 + random.below(3) : 0;
    for (const operation of this.#pending) {
      if (count === 0) break;
      count -= 1;
      operation.abandon();
    }
    await nextTurn();
  }

  async #writeSession(): Promise<void> {
    const { random } = this.#mix;
    const file = await openSurely(this.#mix, this.#path, random.below(2) === 0 ? "r+" : "w");
    assert.ok(file.isStream);
    const ending = new Ending();
    const inFlight = new Set<Promise<void>>();
    // Their bytes are in the FIFO in the order of the calls.
    let told: Promise<void> = Promise.resolve();
    const starts = 1 + random.below(SESSION_STARTS_MAX);
    for (let count = 0; count < starts && this.#mix.take(); count += 1) {
      const write = this.#writeNext(file, ending);
      told = told.then(async () => this.#ledger.send(await write));
      const one = this.#mix.guard(write).then(() => void inFlight.delete(one));
      inFlight.add(one);
      if (inFlight.size >= WINDOW_MAX) await Promise.race(inFlight);
    }
    if (random.below(2) === 0) await Promise.all(inFlight);
    const closed = closeSomehow(this.#mix, file, ending);
    await Promise.all([...inFlight, closed, told]);
  }

  async #writeNext(file: File, ending: Ending): Promise<Buffer> {
    const { random } = this.#mix;
    this.#writeNumber += 1;
    // Now and then more than a FIFO holds.
    const length = 1 + random.below(random.below(50) === 0 ? 100_000 : WRITE_BYTES_MAX);
    const bytes = this.#content.ofWrite(this.#writeNumber, length);
    const { begin, giveBack } = writeOf(this.#mix, file, bytes, {});
    const { status, bytesTransferred } = await this.#mix.start(begin, ending);
    giveBack(status);
    return bytes.subarray(0, bytesTransferred);
  }

  get #isAllThere(): boolean {
    const { sent, received, lost } = this.#ledger;
    return this.#isWritten && received + lost === sent;
  }

  #closeReader(): void {
    if (this.#reader === null || this.#reader.ending.isClosing) return;
    this.#reader.ending.isClosing = true;
    void this.#reader.file.close();
  }

  async #read(): Promise<void> {
    while (!this.#isAllThere) await this.#readSession();
  }

  async #readSession(): Promise<void> {
    const { random } = this.#mix;
    const file = await openSurely(this.#mix, this.#path, random.below(2) === 0 ? "r+" : "r");
    const ending = new Ending();
    ending.isAbandoning = this.#isPlain;
    this.#reader = { file, ending };
    const reads: PendingRead[] = [];
    const inFlight = new Set<Promise<void>>();
    const putBack = { bytes: 0 };
    const starts = 1 + random.below(SESSION_STARTS_MAX);
    for (let count = 0; count < starts && !ending.isClosing; count += 1) {
      this.#mix.take();
      const read = this.#readNext(file, ending, reads, putBack);
      const one = this.#mix.guard(read).then(() => void inFlight.delete(one));
      inFlight.add(one);
      if (inFlight.size >= WINDOW_MAX) await Promise.race(inFlight);
    }
    if (!ending.isClosing) await closeSomehow(this.#mix, file, ending);
    await Promise.all(inFlight);
    await file.close();
    this.#reader = null;
    assert.equal(reads.length, 0);
    this.#ledger.lose(putBack.bytes);
  }

  async #readNext(
    file: File,
    ending: Ending,
    reads: PendingRead[],
    putBack: { bytes: number },
  ): Promise<void> {
    const { random } = this.#mix;
    const most = random.pick(READ_BYTES_MAX);
    const lease = this.#mix.lease(1 + random.below(most));
    const { buffer } = lease;
    const way = this.#isWritten ? 1 + random.below(3) : random.below(4);
    const offset = way === 1 ? 0 : random.below(buffer.byteLength);
    const length = 1 + random.below(Math.min(buffer.byteLength - offset, most));
    const begin = (options: object): Operation<number> => {
      if (way === 0) return file.readFully(buffer, { ...options, offset, length });
      if (way === 1) return file.readv([buffer], options);
      return file.read(buffer, { ...options, offset, length });
    };
    let begun: Operation<number> | null = null;
    const beginAndRemember = (options: object): Operation<number> => {
      begun = begin(options);
      this.#pending.add(begun);
      return begun;
    };
    const read: PendingRead = { lease, offset, number: ++this.#readNumber, outcome: null };
    reads.push(read);
    const outcome = await this.#mix.start(beginAndRemember, ending);
    if (begun !== null) this.#pending.delete(begun);
    read.outcome = outcome;
    if (outcome.status !== "abandoned" && outcome.bytesTransferred > 0) {
      assert.ok(read.number > this.#lastToldRead, "a read settled after one that was called later");
      this.#lastToldRead = read.number;
    }
    this.#settle(reads, putBack);
    // Those that wait for more would wait for ever.
    if (this.#isAllThere) this.#closeReader();
  }

  /** In the order of the calls, which is the order in which the kernel has them. */
  #settle(reads: PendingRead[], putBack: { bytes: number }): void {
    for (let read = reads[0]; read !== undefined; read = reads[0]) {
      const { outcome, lease, offset } = read;
      if (outcome === null) return;
      reads.shift();
      const { status, bytesTransferred: count } = outcome;
      this.#vainReads = count > 0 ? 0 : this.#vainReads + 1;
      if (this.#isWritten) assert.ok(this.#vainReads < VAIN_READS_MAX, "bytes were lost");
      if (status === "abandoned") {
        // All that was put back before is in it, or it would have been served and over.
        putBack.bytes = Math.max(putBack.bytes, count);
        if (count > 0) this.putBackCount += 1;
      } else {
        putBack.bytes = Math.max(0, putBack.bytes - count);
        this.#ledger.receive(Buffer.from(lease.buffer.bytes.subarray(offset, offset + count)));
      }
      this.#mix.giveBack(lease, status);
    }
  }
}
