// A file as the streams of the web platform. The kernel never has memory of whoever reads: bytes
// are copied into it, or into memory made for it, when they have arrived.

import type {
  ReadableByteStreamController,
  ReadableStream,
  UnderlyingByteSource,
  UnderlyingSink,
  WritableStream,
  WritableStreamDefaultController,
} from "node:stream/web";
import { isUint8Array } from "node:util/types";

import { type IoError, typeError } from "../../base/errors.ts";
import { takeBytes } from "../data.ts";
import type { Handle } from "../handle.ts";
import { ignore } from "./life.ts";
import { planReader, planWriter, type ReaderPlan, type StreamPlan } from "./options.ts";
import { Sink } from "./sink.ts";
import { Source } from "./source.ts";

export function makeReader(handle: Handle, options: unknown): ReadableStream<Uint8Array> {
  const plan = planReader(options, handle, "createReader");
  // Node loads the global ones when they are first used, and a program may never use them.
  // Nothing waits in the stream itself, where a cancel would lose it.
  return new globalThis.ReadableStream(new ByteSource(handle, plan), { highWaterMark: 0 });
}

export function makeWriter(handle: Handle, options: unknown): WritableStream<Uint8Array | string> {
  const plan = planWriter(options, handle, "createWriter");
  const { highWaterMark } = plan;
  return new globalThis.WritableStream(new ByteSink(handle, plan), { highWaterMark, size: sizeOf });
}

class ByteSource implements UnderlyingByteSource {
  readonly type = "bytes";
  readonly #source: Source;
  readonly #blockBytes: number;

  constructor(handle: Handle, plan: ReaderPlan) {
    this.#source = new Source(handle, plan);
    this.#blockBytes = plan.blockBytes;
  }

  start(controller: ReadableByteStreamController): void {
    this.#source.watch((error) => {
      const fail = (): void => controller.error(error);
      this.#source.stop().then(fail, fail);
    });
  }

  /** Called when somebody reads, and then not again before it has settled. */
  async pull(controller: ReadableByteStreamController): Promise<void> {
    const source = this.#source;
    try {
      checkQueue(controller);
      const bytesMax = controller.byobRequest?.view?.byteLength ?? this.#blockBytes;
      if (await source.wait(bytesMax)) this.#give(controller);
      else if (!source.isStopped) await this.#close(controller);
    } catch (error) {
      await source.stop().catch(ignore);
      throw error;
    }
  }

  async cancel(): Promise<void> {
    await this.#source.stop();
  }

  #give(controller: ReadableByteStreamController): void {
    const { byobRequest } = controller;
    const view = byobRequest?.view;
    if (byobRequest === null || view === null || view === undefined) {
      controller.enqueue(this.#source.take());
      return;
    }
    const { buffer, byteOffset, byteLength } = view;
    byobRequest.respond(this.#source.takeInto(new Uint8Array(buffer, byteOffset, byteLength)));
  }

  /** Whoever sees the end can be sure that the file is closed. */
  async #close(controller: ReadableByteStreamController): Promise<void> {
    await this.#source.stop();
    controller.close();
    controller.byobRequest?.respond(0);
  }
}

/**
 * Somebody waits although bytes are queued. They came for memory whose reader had released its lock
 * before, and then the rules of the web hand them to nobody who waits already: he would wait for
 * ever.
 */
function checkQueue(controller: ReadableByteStreamController): void {
  if (controller.desiredSize === null || controller.desiredSize >= 0) return;
  throw typeError(
    "Cannot read: the lock of the reader before was released while the stream had its memory; " +
      "wait for its read to settle, or cancel the stream",
    "ERR_BUFFER_LENT",
  );
}

/** Node's types forget it. */
interface WithSignal extends WritableStreamDefaultController {
  readonly signal: AbortSignal;
}

class ByteSink implements UnderlyingSink<Uint8Array | string> {
  readonly #sink: Sink;

  constructor(handle: Handle, plan: StreamPlan) {
    this.#sink = new Sink(handle, plan);
  }

  start(controller: WritableStreamDefaultController): void {
    const { signal } = controller as WithSignal;
    // Otherwise an abort would wait for the write in flight.
    signal.addEventListener("abort", () => this.#stop(signal.reason), { once: true });
    this.#sink.watch((error: IoError) => {
      controller.error(error);
      this.#stop(error.cause);
    });
  }

  async write(chunk: Uint8Array | string): Promise<void> {
    try {
      await this.#sink.write([bytesOf(chunk)]);
    } catch (error) {
      await this.#sink.stop().catch(ignore);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#sink.stop();
  }

  async abort(reason: unknown): Promise<void> {
    await this.#sink.stop(reason);
  }

  #stop(reason: unknown): void {
    this.#sink.stop(reason).catch(ignore);
  }
}

/** Bytes are copied when their turn comes, and not before. */
function bytesOf(chunk: Uint8Array | string): Uint8Array {
  const isThere = isUint8Array(chunk) && chunk.byteLength > 0;
  return isThere ? chunk : takeBytes(chunk, "write");
}

function sizeOf(chunk: unknown): number {
  if (typeof chunk === "string") return Buffer.byteLength(chunk);
  return isUint8Array(chunk) ? chunk.byteLength : 1;
}
