// Handles on regular files: opened, used by many operations at once, and closed in the middle of
// it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type File, type Operation, type Outcome, open } from "../../src/index.ts";
import type { Content } from "./content.ts";
import { Ending, type Lease, type Mix, type Status } from "./mix.ts";

const SESSION_STARTS_MAX = 60;
const WINDOW_MAX = 16;
const TRANSFER_BYTES_MAX = 40_000;
const BLOCK = 4096;

/** Opens under the same dangers as everything else, until it works. */
export async function openSurely(mix: Mix, path: string, flags: string | number): Promise<File> {
  for (;;) {
    const outcome = await mix.start((options) => open(path, flags, 0o600, options));
    if (outcome.status === "completed") return outcome.value;
  }
}

/** Closes as it comes: plainly, or with something that cuts the wait for writes short. */
export async function closeSomehow(mix: Mix, file: File, ending: Ending): Promise<void> {
  ending.isClosing = true;
  const way = mix.random.below(8);
  ending.isCutShort = way < 2;
  const closing = way === 0 ? file.close({ timeoutMs: 1 }) : file.close();
  if (way === 1) closing.cancel();
  assert.notEqual(file.state, "open");
  assert.throws(() => file.sync(), { code: "ERR_CLOSED" });
  await closing;
  assert.equal(file.state, "closed");
}

export type StartOne = (file: File, ending: Ending) => Promise<void>;

/** One handle from open to close, with up to a window of operations in flight. */
export async function session(
  mix: Mix,
  path: string,
  flags: string | number,
  startOne: StartOne,
): Promise<void> {
  const file = await openSurely(mix, path, flags);
  const ending = new Ending();
  const inFlight = new Set<Promise<void>>();
  const starts = 1 + mix.random.below(SESSION_STARTS_MAX);
  const windowSize = 1 + mix.random.below(WINDOW_MAX);
  for (let count = 0; count < starts && mix.take(); count += 1) {
    const one = mix.guard(startOne(file, ending)).then(() => void inFlight.delete(one));
    inFlight.add(one);
    if (inFlight.size >= windowSize) await Promise.race(inFlight);
  }
  // Half of the handles are closed with operations in flight.
  if (mix.random.below(2) === 0) await Promise.all(inFlight);
  const closed = closeSomehow(mix, file, ending);
  await Promise.all([...inFlight, closed]);
}

/** A file that is read at random places. Its content says where every byte belongs. */
export class ReadFile {
  readonly #mix: Mix;
  readonly #path: string;
  readonly #content: Buffer;
  readonly #directFlags: number | null;

  constructor(mix: Mix, path: string, content: Buffer, directFlags: number | null) {
    this.#mix = mix;
    this.#path = path;
    this.#content = content;
    this.#directFlags = directFlags;
  }

  async run(): Promise<void> {
    const { random } = this.#mix;
    const isDirect = this.#directFlags !== null && random.below(6) === 0;
    if (isDirect) {
      await session(this.#mix, this.#path, this.#directFlags!, this.#readBlocks);
    } else if (random.below(4) === 0) {
      await session(this.#mix, this.#path, "r", this.#fromTheStart());
    } else {
      await session(this.#mix, this.#path, "r", this.#readAnywhere);
    }
  }

  readonly #readAnywhere: StartOne = async (file, ending) => {
    const { random } = this.#mix;
    const position = random.below(this.#content.byteLength);
    const count = random.below(10) === 0 ? 2 + random.below(3) : 1;
    const leases = Array.from({ length: count }, () => this.#lease());
    const buffers = leases.map(({ buffer }) => buffer);
    const [first] = buffers;
    const begin = (options: object): Operation<number> => {
      if (buffers.length > 1) return file.readv(buffers, { ...options, position });
      if (random.below(3) === 0) return file.readFully(first!, { ...options, position });
      return file.read(first!, { ...options, position });
    };
    const outcome = await this.#mix.start(begin, ending);
    this.#check(leases, position, outcome);
  };

  /** Past the page cache: in flight for longer, and past canceling. */
  readonly #readBlocks: StartOne = async (file, ending) => {
    const { random } = this.#mix;
    const blocks = Math.floor(this.#content.byteLength / BLOCK);
    const position = random.below(blocks - 8) * BLOCK;
    const lease = this.#mix.lease(BLOCK * (1 + random.below(8)));
    const begin = (options: object): Operation<number> =>
      file.read(lease.buffer, { ...options, position });
    const outcome = await this.#mix.start(begin, ending);
    this.#check([lease], position, outcome);
  };

  /** The handle's own position: what is not delivered is read again. */
  #fromTheStart(): StartOne {
    let cursor = 0;
    return async (file, ending) => {
      const { random } = this.#mix;
      const lease = this.#lease();
      const isWhole = random.below(2) === 0;
      const begin = (options: object): Operation<number> =>
        isWhole ? file.readFully(lease.buffer, options) : file.read(lease.buffer, options);
      const outcome = await this.#mix.start(begin, ending);
      this.#check([lease], cursor, outcome);
      if (outcome.status === "completed") cursor += outcome.value;
    };
  }

  #lease(): Lease {
    return this.#mix.lease(1 + this.#mix.random.below(TRANSFER_BYTES_MAX));
  }

  #check(leases: readonly Lease[], position: number, outcome: Outcome<number>): void {
    const { status, bytesTransferred } = outcome;
    const wanted = leases.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    const possible = Math.min(wanted, this.#content.byteLength - position);
    if (outcome.status === "completed") {
      assert.equal(outcome.value, bytesTransferred);
      assert.equal(bytesTransferred, possible, "a read of a regular file is short at its end only");
    } else {
      assert.ok(bytesTransferred <= possible);
    }
    let at = position;
    const end = position + bytesTransferred;
    for (const lease of leases) {
      const { buffer } = lease;
      const upTo = Math.min(end, at + buffer.byteLength);
      if (status !== "abandoned" && upTo > at) {
        const isRight = this.#content
          .subarray(at, upTo)
          .equals(buffer.bytes.subarray(0, upTo - at));
        assert.ok(isRight, `wrong bytes at ${at} to ${upTo}`);
      }
      at += buffer.byteLength;
      this.#mix.giveBack(lease, status);
    }
  }
}

/** A file that is written at random places, each with the bytes that belong there. */
export class WrittenFile {
  readonly #mix: Mix;
  readonly #path: string;
  readonly #content: Buffer;
  /** By byte: 1 if a write has told that it is there. */
  readonly #written: Uint8Array;

  constructor(mix: Mix, path: string, content: Buffer) {
    this.#mix = mix;
    this.#path = path;
    this.#content = content;
    this.#written = new Uint8Array(content.byteLength);
  }

  run(): Promise<void> {
    return session(this.#mix, this.#path, "r+", this.#writeAnywhere);
  }

  /** What was told to be written is there, and nothing else is. */
  check(): void {
    const found = readFileSync(this.#path);
    assert.equal(found.byteLength, this.#content.byteLength);
    let wrong = 0;
    for (let at = 0; at < found.byteLength; at += 1) {
      if (found[at] !== (this.#written[at] === 1 ? this.#content[at] : 0)) wrong += 1;
    }
    assert.equal(wrong, 0, `${wrong} bytes of ${this.#path} are wrong`);
  }

  readonly #writeAnywhere: StartOne = async (file, ending) => {
    const { random } = this.#mix;
    const length = 1 + random.below(TRANSFER_BYTES_MAX);
    const position = random.below(this.#content.byteLength - length);
    const bytes = this.#content.subarray(position, position + length);
    const { begin, giveBack } = writeOf(this.#mix, file, bytes, { position });
    const outcome = await this.#mix.start(begin, ending);
    giveBack(outcome.status);
    if (outcome.status === "completed") assert.equal(outcome.value, outcome.bytesTransferred);
    this.#written.fill(1, position, position + outcome.bytesTransferred);
  };
}

interface Write {
  readonly begin: (options: object) => Operation<number>;
  readonly giveBack: (status: Status) => void;
}

/** A write of the bytes in one of the forms that there are. */
export function writeOf(mix: Mix, file: File, bytes: Uint8Array, place: object): Write {
  const isWhole = mix.random.below(2) === 0;
  if (mix.random.below(3) === 0) {
    const begin = (options: object): Operation<number> =>
      isWhole
        ? file.writeAll(bytes, { ...options, ...place })
        : file.write(bytes, { ...options, ...place });
    return { begin, giveBack: () => {} };
  }
  const lease = mix.lease(bytes.byteLength);
  const { buffer } = lease;
  buffer.bytes.set(bytes);
  const range = { ...place, length: bytes.byteLength };
  const begin = (options: object): Operation<number> =>
    isWhole
      ? file.writeAll(buffer, { ...options, ...range })
      : file.write(buffer, { ...options, ...range });
  return { begin, giveBack: (status) => mix.giveBack(lease, status) };
}

/** A file that is written from its start to its end, by handles that know their position. */
export class GrownFile {
  readonly #mix: Mix;
  readonly #path: string;
  readonly #content: Content;
  #number = 0;

  constructor(mix: Mix, path: string, content: Content) {
    this.#mix = mix;
    this.#path = path;
    this.#content = content;
  }

  /** One handle; then the file is all that its writes have told, in order. */
  async run(): Promise<void> {
    const writes: Promise<Buffer>[] = [];
    await session(this.#mix, this.#path, "w", (file, ending) => {
      const write = this.#writeNext(file, ending);
      writes.push(write);
      return write.then(() => {});
    });
    const wanted = Buffer.concat(await Promise.all(writes));
    assert.ok(
      wanted.equals(readFileSync(this.#path)),
      `${this.#path} has other bytes than written`,
    );
  }

  async #writeNext(file: File, ending: Ending): Promise<Buffer> {
    this.#number += 1;
    const length = 1 + this.#mix.random.below(TRANSFER_BYTES_MAX / 4);
    const bytes = this.#content.ofWrite(this.#number, length);
    const { begin, giveBack } = writeOf(this.#mix, file, bytes, {});
    const { status, bytesTransferred } = await this.#mix.start(begin, ending);
    giveBack(status);
    return bytes.subarray(0, bytesTransferred);
  }
}
