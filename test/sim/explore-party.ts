// One call of the explored application, with all that was heard of it from above and below.

import type { Operation } from "../../src/api/operation.ts";
import type { Completion, OperationId, Request } from "../../src/backend/contract.ts";
import type { Fault } from "../../src/backend/sim/faults.ts";
import { describe, type Task } from "../../src/backend/sim/task.ts";
import type { IoError } from "../../src/base/errors.ts";
import type { IoBuffer } from "../../src/index.ts";
import type { Outcome } from "../../src/operation/outcome.ts";
import { type Call, isRead, isWhole, isWrite } from "./explore-scenes.ts";

/** What made an operation stop, in the application's words. */
export type Stopper = "cancel" | "time" | "signal" | "close" | "drain";

/** How far the wish to stop has come. Only below the operation, and only the backend knows it. */
export type CancelPhase = "none" | "wanted" | "sent" | "effective" | "in vain";

export type Lane = "position" | "reads" | "writes" | null;

export interface Submission {
  readonly id: OperationId;
  readonly request: Request;
  readonly position: number | undefined;
}

const REUSED = 0x23;

export class Party {
  readonly name: string;
  /** Null of a close, and of what follows from another operation. */
  readonly call: Call | null;
  readonly buffer: IoBuffer | null;
  /** Of those with the same one, the kernel has one at a time. */
  readonly lane: Lane;
  /** What the library calls its operation. */
  number = 0;
  operation: Operation<unknown> | null = null;
  /** Of those that reached it, the first. */
  stopper: Stopper | null = null;
  isAbandoned = false;
  /** What the kernel will do as soon as it has the request. */
  trick: Fault | null = null;
  cancelPhase: CancelPhase = "none";
  /** Writes that were over or abandoned when it was called: it must not be overtaken by them. */
  after: readonly Party[] = [];
  readonly submissions: Submission[] = [];
  readonly completions: Completion[] = [];
  readonly tasks: Task[] = [];
  /** How its promise settled: a value, or an error. Once is enough. */
  readonly settlements: ({ readonly value: unknown } | { readonly error: IoError })[] = [];
  readonly outcomes: Outcome<unknown>[] = [];
  #finalContent: string | null = null;

  constructor(name: string, call: Call | null, buffer: IoBuffer | null, lane: Lane = null) {
    this.lane = lane;
    this.name = name;
    this.call = call;
    this.buffer = buffer;
  }

  /** Hears of everything from here on. */
  listen(operation: Operation<unknown>): void {
    this.operation = operation;
    operation.then(
      (value) => this.settlements.push({ value }),
      (error: IoError) => this.settlements.push({ error }),
    );
    void operation.outcome().then((outcome) => {
      this.outcomes.push(outcome);
      this.#reuseBuffer();
    });
  }

  /** As an application does as soon as it has its buffer again. */
  #reuseBuffer(): void {
    this.#finalContent = this.content;
    if (this.buffer?.isLent === false) this.buffer.bytes.fill(REUSED);
  }

  /** Whether somebody has written into its buffer since it was the application's again. */
  get isSpoilt(): boolean {
    const { buffer } = this;
    if (this.#finalContent === null || buffer === null || buffer.isLent) return false;
    return buffer.bytes.some((byte) => byte !== REUSED);
  }

  get state(): string {
    return this.operation?.state ?? (this.isOver ? "settled" : "submitted");
  }

  get isOver(): boolean {
    if (this.operation !== null) return this.operation.state === "settled";
    return this.completions.length > 0;
  }

  /** Whether the kernel is at work on it. */
  get isInKernel(): boolean {
    return this.tasks.some(({ state }) => state !== "new" && state !== "ended");
  }

  get isStoppable(): boolean {
    return this.state === "queued" || this.state === "submitted";
  }

  get isWrite(): boolean {
    return this.call !== null && isWrite(this.call);
  }

  /** Whether it changes the file: abandoned, it could overtake what comes after it. */
  get isChange(): boolean {
    return this.isWrite || this.call?.kind === "truncate";
  }

  get waitsForOrphans(): boolean {
    return this.isChange || this.call?.kind === "sync";
  }

  /** What is called from now on comes after it. */
  get isPast(): boolean {
    return this.isOver || this.isAbandoned;
  }

  get isWhole(): boolean {
    return this.call !== null && isWhole(this.call);
  }

  /** Bytes that the kernel said it had moved. */
  get moved(): number {
    return this.completions.reduce(
      (sum, each) => sum + (each.kind === "done" && this.buffer !== null ? each.value : 0),
      0,
    );
  }

  /** All bytes that the kernel has brought into its buffer. */
  get brought(): string {
    const ended = this.tasks.filter(({ state }) => state === "ended");
    return ended.map(({ brought }) => Buffer.from(brought).toString("latin1")).join("");
  }

  /** What its buffer contained at its end, or contains; null while that cannot be seen. */
  get content(): string | null {
    if (this.#finalContent !== null) return this.#finalContent;
    if (this.buffer === null || this.buffer.isLent) return null;
    return Buffer.from(this.buffer.bytes).toString("latin1");
  }

  /** What it has brought of a stream. */
  get delivered(): string {
    const bytes = this.outcomes[0]?.bytesTransferred ?? 0;
    const isReader = this.call !== null && isRead(this.call) && !this.isAbandoned;
    return isReader ? (this.content?.slice(0, bytes) ?? "") : "";
  }

  /** Bytes by which it has moved its handle on: of a read, only those that it delivered. */
  get bytesCounted(): number {
    if (!this.isOver || this.isWrite) return this.moved;
    const isDone = this.completions.at(-1)?.kind === "done" && !this.isAbandoned;
    const isCut = this.isWhole && this.stopper !== null;
    return isDone && !isCut ? this.moved : 0;
  }

  /** Whether it may have written this byte of the file. */
  covers(at: number): boolean {
    const [first] = this.submissions;
    const from = first?.position ?? 0;
    return at >= from && at < from + this.moved;
  }

  /** All of it on which anything in the future depends. What is over has been judged. */
  get key(): string {
    const { name, state, isOver, outcomes } = this;
    const after = this.after.map((each) => each.name).join("");
    if (isOver && (outcomes.length > 0 || this.operation === null)) {
      return this.isWrite ? `${name}:over:${after}:${this.moved}` : `${name}:over`;
    }
    const task = this.tasks.at(-1);
    return [
      name,
      state,
      this.stopper ?? "",
      this.isAbandoned ? "left" : "",
      this.cancelPhase,
      this.trick ?? "",
      this.content ?? "lent",
      this.completions.map(describe).join(),
      this.submissions.length,
      after,
      task === undefined || task.state === "ended" ? "" : keyOfTask(task),
    ].join(":");
  }
}

function keyOfTask(task: Task): string {
  const { state, isStubborn, refusals, answer, brought, landLater } = task;
  return [
    state,
    isStubborn ? "stubborn" : "",
    refusals,
    answer === null ? "" : describe(answer),
    brought.byteLength,
    landLater === null ? "" : "torn",
  ].join("/");
}
