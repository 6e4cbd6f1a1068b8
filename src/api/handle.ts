// A descriptor and the operations that hold it.
//
//   open ──close()──► closing ──last operation ended──► (close in the kernel) ──► closed
//
// An operation holds its handle from the call to its real end, an orphan too. So the descriptor is
// closed after the last completion, exactly once, and its number cannot be another file's while the
// kernel still works on it (P3).

import {
  type Completion,
  NO_POSITION,
  type Request,
  SHARED_POSITION,
} from "../backend/contract.ts";
import { isAborted } from "../base/abort-signal.ts";
import { ownError, typeError } from "../base/errors.ts";
import type { IoBuffer } from "../operation/buffer.ts";
import { CANCELED_BY_CALL, type CancelCause } from "../operation/cancel.ts";
import { Lane, type Turn } from "../operation/lane.ts";
import type { OperationRecord, Owner } from "../operation/operation.ts";
import { Fence, PushBack } from "../operation/orphan.ts";
import { RecordList } from "../operation/record-list.ts";
import type { OperationTable } from "../operation/table.ts";
import { isRead, isTransfer } from "../operation/transfer.ts";
import { type Operation, startOperation } from "./operation.ts";
import type { Given } from "./options.ts";

/** `closing` from `close()` until the descriptor is closed; `closed` after it. */
export type HandleState = "open" | "closing" | "closed";

/** A scope: it closes what is in it. */
export interface Keeper {
  /** The handle is another's from now on. */
  letGo(handle: Handle): void;
}

type Opened = Extract<Completion, { kind: "opened" }>;

export class Handle implements Owner {
  readonly fd: number;
  readonly path: string;
  /** No positions: a FIFO, terminal or socket. Its bytes come once and in order. */
  readonly isStream: boolean;
  readonly table: OperationTable;
  /** The kernel chooses where writes go, so it alone knows the position. */
  readonly #isAppending: boolean;
  isHolding = true;
  /** A stream all the same, but the open file has a position, which others move, too. */
  isSharingPosition = false;
  /** The scope that it is in. */
  keeper: Keeper | null = null;
  /** Why that was canceled, if it was. */
  #scopeCause: CancelCause | null = null;
  #state: HandleState = "open";
  /** Operations that have begun and not ended, without the close. */
  readonly #live: RecordList = new RecordList();
  #position = 0;
  readonly #readLane: Lane = new Lane();
  readonly #writeLane: Lane;
  readonly #fence: Fence = new Fence();
  readonly #pushBack: PushBack = new PushBack();
  /** Reads whose bytes nobody wants any more, each with its buffer. */
  readonly #unwanted: Map<OperationRecord, IoBuffer> = new Map();
  /** The one whose turn is now, and who comes after it. */
  readonly #due: OperationRecord[] = [];
  #closing: Operation<void> | null = null;
  #closeRecord: OperationRecord | null = null;
  #isCloseAdmitted = false;
  /** Operations of other handles that take bytes of this one. */
  readonly #borrowers: Set<OperationRecord> = new Set();
  readonly #closeListeners: (() => void)[] = [];

  constructor(table: OperationTable, opened: Opened, path: string, isAppending: boolean) {
    this.table = table;
    this.fd = opened.fd;
    this.path = path;
    this.isStream = opened.isStream;
    this.#isAppending = isAppending;
    // Reads and writes of a file share its position, and so the lane.
    this.#writeLane = opened.isStream ? new Lane() : this.#readLane;
  }

  get state(): HandleState {
    return this.#state;
  }

  /** Why an operation that begins now ends at once, if it does. */
  get endCause(): CancelCause | null {
    if (this.#scopeCause !== null || this.#state === "open") return this.#scopeCause;
    return this.#closedCause();
  }

  set endCause(cause: CancelCause | null) {
    this.#scopeCause = cause;
  }

  /** Where the last call without a position ended; 0 if only the kernel knows. */
  get position(): number {
    return this.#isAppending ? 0 : this.#position;
  }

  /** The next call without a position goes on there. */
  moveTo(position: number): void {
    this.#position = position;
  }

  /** Bytes of a stream that were read and not used: the next read has them. */
  putBack(chunks: readonly Uint8Array[]): void {
    this.#pushBack.addFirst(chunks);
    this.#tellReady();
  }

  /** How many bytes are for the next read without asking the kernel. */
  get putBackBytes(): number {
    return this.#pushBack.byteLength;
  }

  /** Some of what was put back, if a read would have it at once; not to be kept. */
  peek(): Uint8Array {
    return this.#readLane.isFree ? this.#pushBack.first : NOTHING;
  }

  /** Takes out so many bytes that were put back; fewer if there are fewer. */
  take(byteCount: number): Uint8Array {
    const bytes = new Uint8Array(Math.min(byteCount, this.#pushBack.byteLength));
    this.#pushBack.takeInto(bytes);
    return bytes;
  }

  /** Reads that begin from now on wait for the end of that turn. None has begun yet. */
  reserveReads(turn: Turn): void {
    this.#readLane.reserve(turn);
  }

  /** No more reads of that turn. */
  endTurn(turn: Turn): void {
    const next = this.#readLane.release(turn);
    if (next !== null) this.#giveTurn(next);
  }

  /** Asks a read to stop. Bytes of a stream that it brings all the same go to the next read. */
  cancelUnwanted(record: OperationRecord, buffer: IoBuffer): void {
    if (record.state === "settled") return;
    this.#unwanted.set(record, buffer);
    record.cancel(CANCELED_BY_CALL);
  }

  /** @throws {TypeError} `ERR_CLOSED` once `close()` was called. */
  checkOpen(call: string): void {
    if (this.#state === "open") return;
    throw typeError(
      `Cannot ${call}: the handle is ${this.#state}, wanted an open one`,
      "ERR_CLOSED",
    );
  }

  onBegun(record: OperationRecord): void {
    if (record.request.kind !== "close") this.#live.add(record);
  }

  onAdmitted(record: OperationRecord): void {
    if (record.request.kind === "close") {
      this.#closeRecord = record;
      this.#isCloseAdmitted = true;
      this.#closeWhenIdle();
      return;
    }
    if (!this.#needsTurn(record.request) || this.#laneOf(record.request).enter(record)) {
      this.#giveTurn(record);
    }
  }

  onCancelRequested(record: OperationRecord): boolean {
    if (record.request.kind !== "close") return false;
    // The close itself goes on: it is the waiting for others that is cut short.
    this.#cancelForClose(() => true);
    return true;
  }

  onAbandoned(record: OperationRecord): void {
    if (raisesFence(record.request)) this.#fence.raise();
  }

  onOrphanEnded(record: OperationRecord, buffers: readonly IoBuffer[]): void {
    if (this.isStream && isRead(record.request)) this.#keep(record.takenBytes(buffers));
    if (!raisesFence(record.request)) return;
    for (const released of this.#fence.lower()) this.#submit(released);
  }

  onEnded(record: OperationRecord, completion: Completion, isOrphan: boolean): void {
    if (record.request.kind === "close") {
      this.#state = "closed";
      this.#closeRecord = null;
      for (const listener of this.#closeListeners) listener();
      return;
    }
    const lane = this.#laneOf(record.request);
    // A canceled or abandoned read leaves the position where it was; what was written counts.
    const isDelivered = completion.kind === "done" && !isOrphan;
    if (lane.isCurrent(record) && (isDelivered || !isRead(record.request))) {
      this.#position += record.bytesTransferred;
    }
    this.#takeUnwanted(record);
    this.#fence.drop(record);
    const next = lane.leave(record);
    this.#live.remove(record);
    if (next !== null) this.#giveTurn(next);
    this.#closeWhenIdle();
  }

  /** An operation of another handle is at work on this one, too, and so holds it (P3). */
  borrow(record: OperationRecord): void {
    this.#borrowers.add(record);
    record.whenEnded(() => {
      this.#borrowers.delete(record);
      this.#closeWhenIdle();
    });
  }

  /** Calls when the descriptor has been closed. */
  whenClosed(listener: () => void): void {
    if (this.#state === "closed") listener();
    else this.#closeListeners.push(listener);
  }

  /** Refuses new work at once; the descriptor goes after the last completion. Idempotent. */
  close(given: Given): Operation<void> {
    if (this.#closing !== null) return this.#closing;
    const { path, fd } = this;
    const request = { kind: "close", fd } as const;
    const start = {
      request,
      owner: this,
      path,
      buffers: NO_BUFFERS,
      isWhole: false,
      isCopy: false,
      finish: nothing,
    };
    this.#state = "closing";
    this.#cancelForClose(mayWaitForEver);
    // An aborted signal must not keep the descriptor open: it only means that nobody waits.
    const { signal } = given;
    const hasAborted = signal !== undefined && isAborted(signal);
    if (hasAborted) this.#cancelForClose(() => true);
    const watched = hasAborted ? { ...given, signal: undefined } : given;
    this.#closing = startOperation(this.table, start, watched);
    return this.#closing;
  }

  /** Its operations, without the close. */
  get records(): OperationRecord[] {
    return this.#live.snapshot();
  }

  /** Asks every operation to stop; resolves when each has ended. */
  async cancelAll(cause: CancelCause = CANCELED_BY_CALL): Promise<void> {
    const { records } = this;
    for (const record of records) record.cancel(cause);
    await Promise.all(
      records.map((record) => new Promise<void>((ended) => record.whenEnded(() => ended()))),
    );
  }

  /** Resolves when nobody waits for its operations: each has ended or was abandoned. */
  async released(): Promise<void> {
    await Promise.all(
      this.records.map((record) => new Promise<void>((resolve) => record.whenReleased(resolve))),
    );
  }

  hold(isHolding: boolean): void {
    this.isHolding = isHolding;
    const records = this.#live.snapshot();
    if (this.#closeRecord !== null) records.push(this.#closeRecord);
    for (const record of records) {
      if (isHolding && record.state !== "abandoned") this.table.startHolding(record);
      else this.table.stopHolding(record);
    }
  }

  /** Before the next read has its turn, or their order would be lost. */
  #takeUnwanted(record: OperationRecord): void {
    const buffer = this.#unwanted.get(record);
    if (buffer === undefined) return;
    this.#unwanted.delete(record);
    if (this.isStream) this.#keep(record.takenBytes([buffer]));
  }

  /** What a read has brought that nobody wants: for the next read. */
  #keep(chunks: readonly Uint8Array[]): void {
    for (const bytes of chunks) this.#pushBack.add(bytes);
    this.#tellReady();
  }

  /** Who waits for bytes need not wait for the kernel's. */
  #tellReady(): void {
    if (this.#pushBack.isEmpty || this.#live.count === 0) return;
    for (const record of this.#live.snapshot()) {
      if (isPollForInput(record.request) && record.isWithKernel) this.table.satisfy(record);
    }
  }

  /** Whatever cut the wait short: it is the close that ends them (decision 7). */
  #cancelForClose(isMeant: (request: Request) => boolean): void {
    if (this.#live.count === 0) return; // To make an error costs more than the close.
    const cause = this.#closedCause();
    for (const record of this.#live.snapshot()) {
      if (isMeant(record.request)) record.cancel(cause);
    }
  }

  #closedCause(): CancelCause {
    const cause = ownError("ERR_CLOSED", { syscall: "close", path: this.path });
    return { code: "ABORT_ERR", cause, isOwn: true };
  }

  /** In a loop, not by recursion: one served from what was put back ends at once, and so on. */
  #giveTurn(record: OperationRecord): void {
    this.#due.push(record);
    if (this.#due.length > 1) return;
    for (let next = this.#due[0]; next !== undefined; next = this.#due[0]) {
      if (this.#fence.isUp && waitsAtFence(next.request)) this.#fence.hold(next);
      else this.#submit(next);
      this.#due.shift();
    }
  }

  #closeWhenIdle(): void {
    if (!this.#isCloseAdmitted || this.#closeRecord === null) return;
    if (this.#live.count > 0 || this.#borrowers.size > 0) return;
    this.#isCloseAdmitted = false;
    this.table.submit(this.#closeRecord);
  }

  /** On a stream always; on a file if it uses the handle's position. */
  #needsTurn(request: Request): boolean {
    return isTransfer(request) && (this.isStream || request.position === NO_POSITION);
  }

  #laneOf(request: Request): Lane {
    return isRead(request) ? this.#readLane : this.#writeLane;
  }

  #submit(record: OperationRecord): void {
    const { request } = record;
    if (this.isStream) {
      if (this.isSharingPosition && isTransfer(request)) request.position = SHARED_POSITION;
      const isServed = isRead(request) || isPollForInput(request);
      if (isServed && !this.#pushBack.isEmpty && record.serve(this.#pushBack)) return;
    } else if (isTransfer(request) && request.position === NO_POSITION && !this.#isAppending) {
      request.position = this.#position;
    }
    this.table.submit(record);
  }
}

const NO_BUFFERS: readonly IoBuffer[] = [];

const NOTHING = new Uint8Array(0);

/** That a read would not wait. */
export const POLLIN = 1;

const nothing = (): void => {};

/** What changes the file: abandoned, it could overtake what comes after it. */
function raisesFence(request: Request): boolean {
  return (
    request.kind === "write" ||
    request.kind === "writev" ||
    request.kind === "truncate" ||
    request.kind === "allocate" ||
    request.kind === "copyRange" ||
    request.kind === "clone"
  );
}

function waitsAtFence(request: Request): boolean {
  return raisesFence(request) || request.kind === "fsync" || request.kind === "fdatasync";
}

function isPollForInput(request: Request): boolean {
  return request.kind === "poll" && (request.events & POLLIN) !== 0;
}

/** What may wait for somebody else for ever, and so is canceled by a close. */
function mayWaitForEver(request: Request): boolean {
  return isRead(request) || request.kind === "poll";
}
