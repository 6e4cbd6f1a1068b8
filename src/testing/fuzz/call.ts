// One call of the program: what it asked for, what the kernel did about it, and what came of it.

import type { File } from "../../api/file.ts";
import type { Operation } from "../../api/operation.ts";
import type { OpenFile } from "../../backend/sim/descriptors.ts";
import type { Task } from "../../backend/sim/task.ts";
import type { IoBuffer } from "../../operation/buffer.ts";
import type { Outcome } from "../../operation/outcome.ts";
import { type CallAction, nameOf } from "./action.ts";

/** A buffer that a call has taken. */
export interface Lent {
  readonly buffer: IoBuffer;
  readonly isPooled: boolean;
  /** Taken before the call, and so of no use while it lasts. */
  readonly view: Uint8Array;
  /** What was in it before. */
  readonly before: Uint8Array;
}

/** A request of the kernel's that belongs to a call. */
export interface Fact {
  readonly task: Task;
  /** What a write was to write, as it was when the kernel got it. */
  sent: Uint8Array | null;
  isExecuted: boolean;
  /** Where in the file a write went. */
  at: number;
  /** What a copy has put into the file. */
  copied: Uint8Array | null;
  /** Of an open. */
  openFile: OpenFile | null;
}

/** That something asks a call to stop: the program, a signal, a timeout. */
export interface Ask {
  readonly atMs: number;
  readonly code: "ABORT_ERR" | "ETIMEDOUT";
  /** Whether an error with this cause can have come of it. */
  readonly isCause: (cause: unknown) => boolean;
  /** Whether it did reach the call; else it may have. */
  readonly isSure: boolean;
  /** By the program itself, which need not listen to what comes of it. */
  readonly isOwn: boolean;
}

/** An open file of the program's. */
export interface Opened {
  readonly file: File;
  readonly openFile: OpenFile;
  readonly opening: Call;
  readonly isAppending: boolean;
  readonly calls: Call[];
  /** Calls of other files that take bytes of this one. */
  readonly borrowers: Call[];
  closing: Call | null;
  /** Whether its operations keep the process alive. */
  isHolding: boolean;
}

export type Settled =
  | { readonly status: "fulfilled"; readonly value: unknown }
  | { readonly status: "rejected"; readonly error: unknown };

export interface CallStart {
  readonly action: CallAction;
  readonly operation: Operation<unknown>;
  readonly opened: Opened | null;
  /** Another file, of which bytes are taken. */
  readonly source: Opened | null;
  readonly lent: readonly Lent[];
  readonly startMs: number;
  readonly startTick: number;
}

export class Call {
  readonly action: CallAction;
  readonly operation: Operation<unknown>;
  readonly opened: Opened | null;
  readonly source: Opened | null;
  readonly lent: readonly Lent[];
  readonly startMs: number;
  readonly startTick: number;
  /** The library's own name for it; unknown if it ended within the call. */
  number: number | undefined;
  readonly facts: Fact[] = [];
  readonly asks: Ask[] = [];
  isAbandoned = false;
  abandonedTick: number = Number.POSITIVE_INFINITY;
  /** When it was first seen to have settled. */
  endTick: number = Number.POSITIVE_INFINITY;
  endMs: number = Number.POSITIVE_INFINITY;
  /** What was in its buffers then. */
  after: readonly Uint8Array[] = [];
  settlements = 0;
  settled: Settled | null = null;
  outcomes = 0;
  outcome: Outcome<unknown> | null = null;
  isListenedTo = false;

  constructor(start: CallStart) {
    this.action = start.action;
    this.operation = start.operation;
    this.opened = start.opened;
    this.source = start.source;
    this.lent = start.lent;
    this.startMs = start.startMs;
    this.startTick = start.startTick;
  }

  get isOver(): boolean {
    return this.endTick !== Number.POSITIVE_INFINITY;
  }

  /** Bytes that the kernel moved for it, part by part. */
  get moved(): number {
    return this.facts.reduce((sum, { task }) => sum + movedBy(task), 0);
  }

  listen(): void {
    if (this.isListenedTo) return;
    this.isListenedTo = true;
    this.operation.then(
      (value) => this.#settle({ status: "fulfilled", value }),
      (error) => this.#settle({ status: "rejected", error }),
    );
    void this.operation.outcome().then((outcome) => {
      this.outcomes++;
      this.outcome = outcome;
    });
  }

  toString(): string {
    return nameOf(this.action.kind, this.action.call);
  }

  #settle(settled: Settled): void {
    this.settlements++;
    this.settled = settled;
  }
}

/** Bytes that a read or write moved. */
export function movedBy({ kind, answer }: Task): number {
  const isTransfer = kind === "read" || kind === "readv" || kind === "write" || kind === "writev";
  return isTransfer && answer?.kind === "done" ? answer.value : 0;
}

export function isRead({ kind }: CallAction): boolean {
  return kind === "read" || kind === "readFully" || kind === "readv";
}

export function isWrite({ kind }: CallAction): boolean {
  return kind === "write" || kind === "writeAll" || kind === "writev";
}

export function isWhole({ kind }: CallAction): boolean {
  return kind === "readFully" || kind === "writeAll";
}

/** Without a position of its own: it goes on where the last such call of its file ended. */
export function isImplicit(action: CallAction): boolean {
  return (
    (isRead(action) || isWrite(action)) && (action as { position?: number }).position === undefined
  );
}

/** Changes the file, and so may not be overtaken when it is abandoned. */
export function isChange(action: CallAction): boolean {
  return isWrite(action) || CHANGES.includes(action.kind);
}

const CHANGES: readonly CallAction["kind"][] = ["truncate", "allocate", "copyRange", "clone"];

/** The library lends a buffer of its own for it, of which it alone knows the size. */
export function hasHiddenBuffer({ action, lent }: Call): boolean {
  if (action.kind === "copyFiles") return true;
  return isWrite(action) && lent.length === 0;
}

/** How many bytes it asked for. */
export function wantedBy(call: Call): number {
  const { action, lent } = call;
  if ("length" in action && "from" in action) return action.length;
  return lent.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}
