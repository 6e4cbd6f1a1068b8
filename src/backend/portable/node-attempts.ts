// Reads and writes that do not wait: of descriptors whose open file has O_NONBLOCK, which is so for
// all streams that this backend has, made at once.

import fs from "node:fs";

import { EAGAIN } from "../../kernel/errno.ts";
import { isInherited } from "../../kernel/node-descriptors.ts";
import type { AnyTransfer } from "./attempt.ts";
import { errnoOf } from "./node-errno.ts";
import { viewsOf } from "./node-memory.ts";
import type { NodeReadiness } from "./node-readiness.ts";
import { writeParts } from "./node-writes.ts";

export class NodeAttempts {
  readonly #readiness: NodeReadiness;
  /** Descriptors that have given a byte, or had a writer: an end is one from then on. */
  readonly #live: Set<number> = new Set();

  constructor(readiness: NodeReadiness) {
    this.#readiness = readiness;
  }

  forget(fd: number): void {
    this.#live.delete(fd);
  }

  /** Bytes, or a negative errno: -EAGAIN if it would wait. */
  make(request: AnyTransfer, fd: number): number {
    const views = viewsOf(request);
    try {
      if (request.kind === "write" || request.kind === "writev") return writeParts(fd, views);
      return this.#heard(fd, fs.readvSync(fd, views));
    } catch (error) {
      const errno = errnoOf(error as NodeJS.ErrnoException);
      if (errno === EAGAIN) this.#live.add(fd);
      return -errno;
    }
  }

  /** A FIFO that nobody has opened for writing yet says that it has ended: it is waited for. */
  #heard(fd: number, count: number): number {
    if (count > 0) this.#live.add(fd);
    else if (this.#isNew(fd)) return -EAGAIN;
    return count;
  }

  #isNew(fd: number): boolean {
    if (this.#live.has(fd) || this.#readiness.hasWoken(fd) || isInherited(fd)) return false;
    return isFifo(fd);
  }
}

function isFifo(fd: number): boolean {
  return fs.fstatSync(fd).isFIFO();
}
