// What happened in a session so far: the program's calls on one side, the kernel's requests on the
// other, and which belongs to which. The checkers compare the two.

import type { DrainReport } from "../../api/report.ts";
import type { OperationId } from "../../backend/contract.ts";
import type { OpenFile } from "../../backend/sim/descriptors.ts";
import type { Fifo } from "../../backend/sim/fifo.ts";
import type { Task } from "../../backend/sim/task.ts";
import type { Call, Fact, Opened } from "./call.ts";
import { asFinding, type Checker, Finding } from "./finding.ts";
import type { Watcher } from "./watched-kernel.ts";

/** What went through a FIFO, or in and out of it by one open file. */
export interface StreamLog {
  readonly puts: Uint8Array[];
  readonly takes: Uint8Array[];
}

export interface Drain {
  readonly startMs: number;
  readonly deadlineAtMs: number;
  resolvedMs: number | null;
  report: DrainReport | null;
  /** Calls in flight when the report came, but for those that were begun in the same turn. */
  inFlight: readonly Call[];
}

/** `cancelAll()` was called: it waits for these. */
export interface Wait {
  readonly calls: readonly Call[];
  isOver: boolean;
}

/** Names of requests are numbers: the call's, and which of its parts. */
const PARTS_MAX = 4096;

/** A request of no call is the library's own. */
const STRAYS_FIRST = 1 << 30;

export class Account implements Watcher {
  readonly calls: Call[] = [];
  /** Not seen to have settled. */
  readonly live: Set<Call> = new Set();
  readonly opened: Opened[] = [];
  readonly drains: Drain[] = [];
  readonly waits: Wait[] = [];
  readonly fifos: Map<Fifo, StreamLog> = new Map();
  readonly streams: Map<OpenFile, StreamLog> = new Map();
  /** Requests that belong to no call. */
  readonly strays: Task[] = [];
  /** Counts looks at everything: a time that all can be compared by. */
  tick = 0;
  /** The tick at which the event loop's turn began. */
  turnTick = 0;
  /** Looks at each request that the kernel accepts; says what is wrong with it, if anything. */
  onSubmitted: (task: Task, call: Call | undefined) => string | null = () => null;
  /** Learns of new files, which nobody has opened yet. */
  onCopied: (task: Task) => void = () => {};
  /** Learns which open file an open has made. */
  onOpened: (fact: Fact, fd: number) => void = () => {};
  /** Which operation of the library an id stands for. */
  numberOf: (id: OperationId) => number | undefined = () => undefined;
  #finding: Finding | null = null;
  readonly #callOf: Map<number, Call> = new Map();
  readonly #ofTask: Map<number, Call> = new Map();
  readonly #names: Map<number, number> = new Map();

  /** What was found where nothing may be thrown; the next look throws it. */
  report(checker: Checker, message: string, cause?: unknown): void {
    this.#finding ??= new Finding(checker, message, cause);
  }

  reportError(error: unknown): void {
    this.#finding ??= asFinding(error);
  }

  throwFinding(): void {
    if (this.#finding !== null) throw this.#finding;
  }

  add(call: Call): void {
    this.calls.push(call);
    this.live.add(call);
    call.opened?.calls.push(call);
    call.source?.borrowers.push(call);
    if (call.number !== undefined) this.#callOf.set(call.number, call);
  }

  callOf(task: Task): Call | undefined {
    return this.#ofTask.get(task.number);
  }

  callNamed(name: number): Call | undefined {
    return this.calls.find(({ action }) => action.call === name);
  }

  nameOf = (requestNumber: number): number => this.#names.get(requestNumber) ?? requestNumber;

  onMade(task: Task): void {
    const number = this.numberOf(task.id);
    const call = number === undefined ? undefined : this.#callOf.get(number);
    if (call === undefined) {
      this.#names.set(task.number, STRAYS_FIRST + this.strays.length);
      this.strays.push(task);
      return;
    }
    this.#names.set(task.number, call.action.call * PARTS_MAX + call.facts.length);
    this.#ofTask.set(task.number, call);
    const nothing = { sent: null, copied: null, openFile: null };
    call.facts.push({ task, ...nothing, isExecuted: false, at: 0 });
  }

  onAccepted(task: Task, sent: Uint8Array | null): void {
    const fact = this.#factOf(task);
    if (fact !== undefined) fact.sent = sent;
    const wrong = this.onSubmitted(task, this.callOf(task));
    if (wrong !== null) this.report("order", `${task}: ${wrong}`);
  }

  onExecuted(task: Task): void {
    const fact = this.#factOf(task);
    const { answer, file } = task;
    if (fact === undefined || answer === null) return;
    fact.isExecuted = true;
    if (answer.kind === "opened") this.onOpened(fact, answer.fd);
    if (answer.kind !== "done") return;
    if (task.kind === "copyFiles") this.onCopied(task);
    if (file?.node.kind === "fifo") this.#onMoved(task, fact, file.node.fifo);
    if (file?.node.kind !== "file") return;
    const { content } = file.node;
    if (fact.sent !== null) {
      fact.at = file.isAppending ? content.byteLength - answer.value : positionOf(task);
    }
    fact.copied = copiedBy(task, content);
  }

  fifoLog(fifo: Fifo): StreamLog {
    return logOf(this.fifos, fifo);
  }

  streamLog(openFile: OpenFile): StreamLog {
    return logOf(this.streams, openFile);
  }

  #onMoved(task: Task, { sent }: Fact, fifo: Fifo): void {
    const { answer, file } = task;
    if (answer?.kind !== "done" || file === undefined) return;
    for (const log of [this.fifoLog(fifo), this.streamLog(file)]) {
      if (sent !== null) log.puts.push(sent.subarray(0, answer.value));
      else if (task.kind === "read" || task.kind === "readv") log.takes.push(task.brought);
    }
  }

  #factOf(task: Task): Fact | undefined {
    return this.callOf(task)?.facts.find((fact) => fact.task === task);
  }
}

function positionOf({ request }: Task): number {
  return "position" in request ? request.position : 0;
}

/** Of a file that has just been changed. */
function copiedBy({ request, answer }: Task, content: Uint8Array): Uint8Array | null {
  if (request.kind === "clone") return content.slice();
  if (request.kind !== "copyRange" || answer?.kind !== "done") return null;
  return content.slice(request.toPosition, request.toPosition + answer.value);
}

function logOf<K>(logs: Map<K, StreamLog>, key: K): StreamLog {
  const known = logs.get(key);
  if (known !== undefined) return known;
  const log: StreamLog = { puts: [], takes: [] };
  logs.set(key, log);
  return log;
}
