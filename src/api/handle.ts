// A descriptor and the operations that hold it.
//
//   open ──close()──► closing ──last operation ended──► (close in the kernel) ──► closed
//
// An operation holds its handle from the call to its real end, an orphan too. So the descriptor is
// closed after the last completion, exactly once, and its number cannot be another file's while the
// kernel still works on it (P3).

import { type Completion, NO_POSITION, type Request } from "../backend/contract.ts";
import { ownError, typeError } from "../base/errors.ts";
import type { IoBuffer } from "../operation/buffer.ts";
import { CANCELED_BY_CALL } from "../operation/cancel.ts";
import { Lane } from "../operation/lane.ts";
import type { OperationRecord, Owner } from "../operation/operation.ts";
import { Fence, PushBack } from "../operation/orphan.ts";
import { RecordList } from "../operation/record-list.ts";
import type { OperationTable } from "../operation/table.ts";
import { isRead, isTransfer } from "../operation/transfer.ts";
import { type Operation, startOperation } from "./operation.ts";
import type { Given } from "./options.ts";

/** `closing` from `close()` until the descriptor is closed; `closed` after it. */
export type HandleState = "open" | "closing" | "closed";

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
  #state: HandleState = "open";
  /** Operations that have begun and not ended, without the close. */
  readonly #live: RecordList = new RecordList();
  #position = 0;
  readonly #readLane: Lane = new Lane();
  readonly #writeLane: Lane;
  readonly #fence: Fence = new Fence();
  readonly #pushBack: PushBack = new PushBack();
  /** The one whose turn is now, and who comes after it. */
  readonly #due: OperationRecord[] = [];
  #closing: Operation<void> | null = null;
  #closeRecord: OperationRecord | null = null;
  #isCloseAdmitted = false;

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
    if (this.isStream && isRead(record.request)) {
      for (const bytes of record.takenBytes(buffers)) this.#pushBack.add(bytes);
    }
    if (!raisesFence(record.request)) return;
    for (const released of this.#fence.lower()) this.#submit(released);
  }

  onEnded(record: OperationRecord, completion: Completion, isOrphan: boolean): void {
    if (record.request.kind === "close") {
      this.#state = "closed";
      this.#closeRecord = null;
      return;
    }
    const lane = this.#laneOf(record.request);
    // A canceled or abandoned read leaves the position where it was; what was written counts.
    const isDelivered = completion.kind === "done" && !isOrphan;
    if (lane.isCurrent(record) && (isDelivered || !isRead(record.request))) {
      this.#position += record.bytesTransferred;
    }
    this.#fence.drop(record);
    const next = lane.leave(record);
    this.#live.remove(record);
    if (next !== null) this.#giveTurn(next);
    this.#closeWhenIdle();
  }

  /** Refuses new work at once; the descriptor goes after the last completion. Idempotent. */
  close(given: Given): Operation<void> {
    if (this.#closing !== null) return this.#closing;
    const { path, fd } = this;
    const request = { kind: "close", fd } as const;
    const start = { ...CLOSE, request, owner: this, path };
    this.#state = "closing";
    this.#cancelForClose(mayWaitForEver);
    // An aborted signal must not keep the descriptor open: it only means that nobody waits.
    const isAborted = given.signal?.aborted === true;
    if (isAborted) this.#cancelForClose(() => true);
    const watched = isAborted ? { ...given, signal: undefined } : given;
    this.#closing = startOperation(this.table, start, watched);
    return this.#closing;
  }

  /** Asks every operation to stop; resolves when each has ended. */
  async cancelAll(): Promise<void> {
    const records = this.#live.snapshot();
    for (const record of records) record.cancel(CANCELED_BY_CALL);
    await Promise.all(
      records.map((record) => new Promise<void>((ended) => record.whenEnded(() => ended()))),
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

  /** Whatever cut the wait short: it is the close that ends them (decision 7). */
  #cancelForClose(isMeant: (request: Request) => boolean): void {
    const closed = ownError("ERR_CLOSED", { syscall: "close", path: this.path });
    const cause = { code: "ABORT_ERR", cause: closed, isOwn: true } as const;
    for (const record of this.#live.snapshot()) {
      if (isMeant(record.request)) record.cancel(cause);
    }
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
    if (!this.#isCloseAdmitted || this.#live.count > 0 || this.#closeRecord === null) return;
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
      if (isRead(request) && !this.#pushBack.isEmpty && record.serve(this.#pushBack)) return;
    } else if (isTransfer(request) && request.position === NO_POSITION && !this.#isAppending) {
      request.position = this.#position;
    }
    this.table.submit(record);
  }
}

const CLOSE = { buffers: [], isWhole: false, isCopy: false, finish: () => undefined } as const;

/** What changes the file: abandoned, it could overtake what comes after it. */
function raisesFence(request: Request): boolean {
  return (
    request.kind === "write" ||
    request.kind === "writev" ||
    request.kind === "truncate" ||
    request.kind === "allocate"
  );
}

function waitsAtFence(request: Request): boolean {
  return raisesFence(request) || request.kind === "fsync" || request.kind === "fdatasync";
}

/** What may wait for somebody else for ever, and so is canceled by a close. */
function mayWaitForEver(request: Request): boolean {
  return isRead(request) || request.kind === "poll";
}
