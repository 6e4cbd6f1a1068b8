// Streams: tried at once without waiting, watched if that did not do.

import type { Completion, OperationId, Request } from "../contract.ts";
import type { AnyTransfer } from "./attempt.ts";
import type { Answer, Doer } from "./doer.ts";
import { type Kit, type PollRequest, Stream, type StreamKernel } from "./stream.ts";

type StreamRequest = AnyTransfer | PollRequest | Extract<Request, { readonly kind: "close" }>;

/** Who closes, and does what cannot be kept from waiting otherwise. */
type Calls = Pick<Doer, "submit" | "cancel">;

export class Watched implements Doer {
  readonly #kit: Kit;
  readonly #threads: Calls;
  /** By descriptor. */
  readonly #streams: Map<number, Stream> = new Map();
  readonly #byId: Map<OperationId, Stream> = new Map();
  readonly #inThread: Map<OperationId, Stream> = new Map();

  constructor(kernel: StreamKernel, threads: Calls, answer: Answer) {
    this.#threads = threads;
    this.#kit = {
      ...kernel,
      answer: (id, completion) => {
        this.#byId.delete(id);
        answer(id, completion);
      },
      toThread: (stream, id, request) => {
        this.#inThread.set(id, stream);
        threads.submit(id, request);
      },
      takeFromThread: (id) => threads.cancel(id) && this.#inThread.delete(id),
    };
  }

  get count(): number {
    return this.#byId.size;
  }

  submit(id: OperationId, request: Request): void {
    const { fd } = request as StreamRequest;
    if (request.kind === "close") {
      this.#streams.get(fd)?.close();
      this.#streams.delete(fd);
      this.#threads.submit(id, request);
      return;
    }
    const stream = this.#streamOf(fd);
    this.#byId.set(id, stream);
    if (request.kind === "poll") stream.poll(id, request);
    else stream.transfer(id, request as AnyTransfer);
  }

  cancel(id: OperationId): boolean {
    return this.#byId.get(id)?.cancel(id) === true && this.#byId.delete(id);
  }

  /** False: what has ended is not of a stream. */
  onThreadEnded(id: OperationId, completion: Completion): boolean {
    const stream = this.#inThread.get(id);
    if (stream === undefined) return false;
    this.#inThread.delete(id);
    stream.onThreadEnded(id, completion);
    return true;
  }

  #streamOf(fd: number): Stream {
    let stream = this.#streams.get(fd);
    if (stream === undefined) {
      stream = new Stream(this.#kit, fd);
      this.#streams.set(fd, stream);
    }
    return stream;
  }
}
