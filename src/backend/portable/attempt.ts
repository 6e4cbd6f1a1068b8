// A read or write that does not wait, as the shim makes it.

import { EAGAIN } from "../../kernel/errno.ts";
import type { Means, ReadinessShim } from "../../kernel/readiness.ts";
import type { TransferRequest, VectorRequest } from "../contract.ts";
import { ScratchPool } from "../scratch.ts";
import { IOVEC_BYTES } from "../scratch-data.ts";
import { addressOf, putParts } from "../threads/words.ts";

export type AnyTransfer = TransferRequest | VectorRequest;

/** It would have to wait. */
export const WOULD_WAIT: number = -EAGAIN;

export class Attempts {
  readonly #shim: ReadinessShim;
  readonly #scratch: ScratchPool = new ScratchPool();

  constructor(shim: ReadinessShim) {
    this.#shim = shim;
  }

  /**
   * Bytes, or a negative errno.
   *
   * @param own The descriptor that is used for the request's, most times the same.
   */
  make(request: AnyTransfer, own: number, means: Means): number {
    const { fd, kind, position } = request;
    const isWrite = kind === "write" || kind === "writev";
    if (!("parts" in request)) {
      const address = addressOf(request.memory, request.offset);
      return this.#shim.attempt(fd, own, isWrite, means, address, request.length, position);
    }
    const { parts } = request;
    const scratch = this.#scratch.take(parts.length * IOVEC_BYTES);
    const address = putParts(parts, scratch);
    const result = this.#shim.attempt(fd, own, isWrite, means, address, -parts.length, position);
    this.#scratch.give(scratch);
    return result;
  }
}
