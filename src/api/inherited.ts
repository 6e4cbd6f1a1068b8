// Descriptors that the program has from somebody else, above all 0, 1 and 2. We work with a
// duplicate: a number that is ours alone, so that no operation can touch another file, whatever the
// owner does with his (P3). The open file behind both is the same; its flags stay as they are.
//
// A terminal is opened anew, because a write to it would wait within the system call and so stop
// the whole thread, unless its open file has O_NONBLOCK, which is not ours to set.

import type { Core } from "./core.ts";
import type { Handle } from "./handle.ts";
import { Making } from "./making.ts";
import { checkNumber, takeFlag } from "./options.ts";
import type { PathCalls } from "./path-calls.ts";
import type { StreamHandle } from "./stream-handle.ts";
import { streamOf } from "./stream-kinds.ts";

const FD_MAX = 0x7fff_ffff;

const ignore = (): void => {};

/** Options of `fromFd`. */
export interface FromFdOptions {
  /**
   * Whether the given descriptor is closed at once, so that only the handle's is left, for example
   * as the last writer of a pipe; not so if absent. Of 0, 1 and 2 `/dev/null` is left.
   */
  readonly takeOver?: boolean | undefined;
}

/** See `StreamCalls.fromFd`. */
export function fromFd(
  calls: PathCalls,
  fd: number,
  options: FromFdOptions | undefined,
): StreamHandle {
  const takeOver = takeFlag(options, "takeOver", false, "fromFd");
  checkNumber(fd, "fd", "fromFd", 0, FD_MAX);
  const making = new Making(calls, "fromFd");
  const stream = duplicated(making, fd).stream;
  if (!takeOver) return stream;
  const answer = making.descriptors.close(fd);
  if (answer < 0) stream.close().catch(ignore);
  making.checked(answer);
  return stream;
}

/** One of 0, 1 and 2. See `StreamCalls.stdin`. */
export function standardStream(calls: PathCalls, fd: 0 | 1 | 2, call: string): StreamHandle {
  const making = new Making(calls, call);
  let all = standards.get(making.core);
  if (all === undefined) {
    all = [new Standard(), new Standard(), new Standard()];
    standards.set(making.core, all);
  }
  return all[fd].stream(making, fd);
}

interface Duplicated {
  readonly handle: Handle;
  readonly stream: StreamHandle;
}

function duplicated(making: Making, fd: number): Duplicated {
  const { descriptors } = making;
  const { kind, name } = making.describe(fd);
  const own = kind === "tty" ? descriptors.reopen(fd) : -1;
  // Another user's terminal, for example, can be used but not opened.
  const duplicate = own >= 0 ? own : making.checked<number>(descriptors.duplicate(fd));
  const handle = making.handle(duplicate, name);
  handle.isSharingPosition = kind === "file" || kind === "block";
  return { handle, stream: streamOf(handle, kind) };
}

type Standards = readonly [Standard, Standard, Standard];

const standards: WeakMap<Core, Standards> = new WeakMap();

/** One at a time, and what it has read and not used when it is closed is for the next. */
class Standard {
  #now: Duplicated | null = null;
  /** Made and not closed. */
  readonly #unclosed: Set<Handle> = new Set();
  #left: Uint8Array = new Uint8Array(0);

  stream(making: Making, fd: number): StreamHandle {
    if (this.#now?.stream.state === "open") return this.#now.stream;
    const { handle, stream } = duplicated(making, fd);
    handle.putBack([this.#left]);
    this.#left = new Uint8Array(0);
    this.#now = { handle, stream };
    // Or it would read what comes after the bytes that those before it still have.
    if (this.#unclosed.size > 0) handle.reserveReads(this);
    this.#unclosed.add(handle);
    handle.whenClosed(() => this.#onClosed(handle));
    return stream;
  }

  #onClosed(handle: Handle): void {
    this.#unclosed.delete(handle);
    this.#left = Buffer.concat([handle.take(Number.POSITIVE_INFINITY), this.#left]);
    const next = this.#now?.handle;
    if (next === undefined || !this.#unclosed.has(next)) return;
    next.putBack([this.#left]);
    this.#left = new Uint8Array(0);
    if (this.#unclosed.size === 1) next.endTurn(this);
  }
}
