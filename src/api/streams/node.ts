// A file as the streams of `node:stream`.

import { Readable, Writable } from "node:stream";

import type { Handle } from "../handle.ts";
import { planReader, planWriter, type ReaderPlan, type StreamPlan } from "./options.ts";
import { Sink } from "./sink.ts";
import { Source } from "./source.ts";
import { Tail } from "./tail.ts";

type Callback = (error?: Error | null) => void;

export function makeReadable(handle: Handle, options: unknown): Readable {
  return new FileReadable(handle, planReader(options, handle, "toReadable"));
}

export function makeWritable(handle: Handle, options: unknown): Writable {
  return new FileWritable(handle, planWriter(options, handle, "toWritable"));
}

class FileReadable extends Readable {
  readonly #source: Source;
  /** What may be in the stream's own buffer still, and would be lost with it. */
  readonly #given: Tail = new Tail();

  constructor(handle: Handle, plan: ReaderPlan) {
    super({ highWaterMark: plan.highWaterMark });
    this.#source = new Source(handle, plan);
    this.#source.watch((error) => this.destroy(error));
  }

  /** Called when there is room, and then not again before something was pushed. */
  override _read(): void {
    this.#source.wait().then(
      (isThere) => this.#give(isThere),
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#source.stop(this.#unread()).then(
      () => callback(error),
      (closing: Error) => callback(error ?? closing),
    );
  }

  #give(isThere: boolean): void {
    if (this.#source.isStopped) return;
    if (!isThere) {
      this.push(null);
      return;
    }
    const chunk = this.#source.take();
    this.#given.add(chunk, this.readableLength + chunk.byteLength);
    this.push(chunk);
  }

  /** Not if it is text by now: then nobody knows which bytes it was. */
  #unread(): Uint8Array[] {
    return this.readableEncoding === null ? [this.#given.last(this.readableLength)] : [];
  }
}

interface Chunk {
  readonly chunk: Buffer;
}

class FileWritable extends Writable {
  readonly #sink: Sink;

  constructor(handle: Handle, plan: StreamPlan) {
    super({ highWaterMark: plan.highWaterMark });
    this.#sink = new Sink(handle, plan);
    this.#sink.watch((error) => this.destroy(error));
  }

  override _write(chunk: Buffer, _encoding: string, callback: Callback): void {
    this.#sink.write([chunk]).then(() => callback(), callback);
  }

  /** What has come while one write was in flight goes with the next. */
  override _writev(chunks: readonly Chunk[], callback: Callback): void {
    this.#sink.write(chunks.map(({ chunk }) => chunk)).then(() => callback(), callback);
  }

  /** Whoever sees `finish` can be sure that the file is closed. */
  override _final(callback: Callback): void {
    this.#sink.stop().then(() => callback(), callback);
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#sink.stop(error ?? undefined).then(
      () => callback(error),
      (closing: Error) => callback(error ?? closing),
    );
  }
}
