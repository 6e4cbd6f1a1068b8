// A kernel that is out to get those above it, in memory and in one thread. Nothing happens by
// itself: whoever drives it takes one step at a time, and a schedule decides which.
//
//   accept ──► ready ──execute──► executed ──post──► completion queue ──wake──► backend
//                ▲ │                  └──(split)──► answered ──notify──►┘
//                └ waiting
//
// Seen from its side of the glasses: it has its own reference to the file, it has the address of
// the buffer, and it does not care whether the application has moved on. It only takes note.

import { assert } from "../../base/assert.ts";
import type { Clock } from "../../base/clock.ts";
import { errno } from "../../kernel/errno.ts";
import type { OperationId, Request } from "../contract.ts";
import { EventList, type KernelEvent } from "./agenda.ts";
import { Descriptors } from "./descriptors.ts";
import { Disk } from "./disk.ts";
import { execute } from "./execute.ts";
import { Faults } from "./faults.ts";
import type { SimRing } from "./ring.ts";
import { type Agenda, IN_ORDER, type Schedule } from "./schedule.ts";
import { type Answer, describe, descriptorOf, sourceOf, Task } from "./task.ts";
import { Trace } from "./trace.ts";

const CANCELED: Answer = { kind: "canceled" };

/** Times that a cancel of one request is lost before one takes effect. */
const LOST_CANCELS_MAX = 3;

export interface SimKernelOptions {
  readonly clock: Clock;
  readonly schedule?: Schedule | undefined;
  readonly faults?: Faults | undefined;
}

export class SimKernel {
  readonly disk: Disk;
  readonly descriptors: Descriptors = new Descriptors();
  readonly trace: Trace;
  readonly faults: Faults;
  /** What those above did to memory or descriptors that were the kernel's. Must stay empty. */
  readonly violations: string[] = [];
  /** There was nothing to do, and now there is. */
  onWork: () => void = () => {};
  /** What the application thinks of an operation, for the trace. */
  viewOf: (id: OperationId) => string = () => "";
  readonly #schedule: Schedule;
  readonly #tasks: Map<SimRing, Map<OperationId, Task>> = new Map();
  readonly #events: EventList = new EventList();
  /** For somebody else, or for ever. */
  #waiting: Task[] = [];
  #lastNumber = 0;

  constructor(options: SimKernelOptions) {
    const { clock } = options;
    this.disk = new Disk(clock.now);
    this.trace = new Trace(clock.now);
    this.faults = options.faults ?? new Faults(0, {});
    this.#schedule = options.schedule ?? IN_ORDER;
  }

  /** What could happen next. */
  get agenda(): Agenda {
    return this.#events;
  }

  /** Requests that it has and has not ended. */
  get inFlight(): Task[] {
    return [...this.#tasks.values()].flatMap((tasks) => [...tasks.values()]);
  }

  /** Does the next thing; false if there is nothing to do. */
  step(): boolean {
    if (this.#events.count === 0) return false;
    this.#run(this.#events.take(this.#schedule.choose(this.#events)));
    return true;
  }

  makeTask(ring: SimRing, id: OperationId, request: Request): Task {
    const [file, source] = [descriptorOf(request), sourceOf(request)].map((fd) =>
      fd === undefined ? undefined : this.descriptors.get(fd),
    );
    return new Task(++this.#lastNumber, ring, id, request, file, source);
  }

  /** False if its queue is full, as it seems. */
  accept(task: Task): boolean {
    if (task.refusals === 0 && this.faults.befalls("queueFull", task)) {
      task.refusals++;
      this.#note(task, `${task} refused: the queue is full`);
      this.wakeLater(task.ring);
      return false;
    }
    const tasks = this.#tasks.get(task.ring) ?? new Map<OperationId, Task>();
    assert(!tasks.has(task.id), "sim: one id submitted twice");
    this.#tasks.set(task.ring, tasks.set(task.id, task));
    for (const file of task.files) file.inFlight++;
    task.hold();
    this.#note(task, `${task} submitted`);
    if (this.faults.befalls("stuck", task)) this.#wait(task);
    else if (!this.faults.befalls("synchronous", task)) this.#plan({ kind: "execute", task });
    else if (this.#execute(task)) this.#post(task);
    return true;
  }

  acceptCancel(ring: SimRing, id: OperationId): void {
    this.#plan({ kind: "answerCancel", ring, id, target: this.#tasks.get(ring)?.get(id) });
  }

  wakeLater(ring: SimRing): void {
    if (!this.#events.willWake(ring)) this.#plan({ kind: "wake", ring });
  }

  /** Something has changed that requests may have waited for. */
  stir(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = waiting.filter((task) => this.faults.befalls("stuck", task));
    for (const task of waiting) if (!this.#waiting.includes(task)) this.#tryAgain(task);
  }

  #tryAgain(task: Task): void {
    if (task.state !== "waiting") return;
    this.#waiting = this.#waiting.filter((each) => each !== task);
    task.state = "ready";
    this.#plan({ kind: "execute", task });
  }

  /** The number is free at once, the file when nothing is at work on it any more. */
  closeDescriptor(task: Task, fd: number): Answer {
    const file = this.descriptors.remove(fd);
    if (file === undefined) {
      this.violate(`${task}: descriptor ${fd} is not open`);
      return { kind: "failed", errno: errno("EBADF") };
    }
    if (file.inFlight > 0) this.violate(`${task}: descriptor ${fd} is in use by others`);
    file.isClosed = true;
    if (file.inFlight === 0) this.#release(file);
    return { kind: "done", value: 0 };
  }

  violate(text: string): void {
    this.violations.push(text);
    this.trace.add(`VIOLATION: ${text}`);
  }

  #plan(event: KernelEvent): void {
    this.#events.add(event);
    this.onWork();
  }

  #run(event: KernelEvent): void {
    switch (event.kind) {
      case "execute":
        if (this.#execute(event.task)) this.#plan({ kind: "post", task: event.task });
        return;
      case "post":
        this.#post(event.task);
        return;
      case "notify":
        this.#notify(event.task);
        return;
      case "answerCancel":
        this.#answerCancel(event.ring, event.id);
        return;
      case "wake":
        event.ring.wake();
        return;
    }
  }

  /** False if it has to wait. */
  #execute(task: Task): boolean {
    // Stubborn without anything to be stubborn with: then it is canceled.
    const answer = execute(task, this) ?? (task.isStubborn ? CANCELED : null);
    if (answer === null) {
      this.#wait(task);
      return false;
    }
    this.#answer(task, answer);
    this.stir();
    return true;
  }

  #wait(task: Task): void {
    task.state = "waiting";
    this.#waiting.push(task);
    this.#note(task, `${task} waits`);
  }

  #answer(task: Task, answer: Answer): void {
    task.answer = answer;
    task.state = "executed";
    this.#note(task, `${task} executed: ${describe(answer)}`);
  }

  #post(task: Task): void {
    task.landLater?.();
    const { answer } = task;
    assert(answer !== null, "sim: completed without an answer");
    const isMore = answer.kind === "done" && this.faults.befalls("splitCompletion", task);
    if (isMore) {
      task.state = "answered";
      this.#plan({ kind: "notify", task });
    } else this.#letGo(task);
    task.ring.post({ id: task.id, answer, isMore, cancelResult: null });
    this.#note(task, `${task} completed: ${describe(answer)}${isMore ? ", more follows" : ""}`);
  }

  #notify(task: Task): void {
    this.#letGo(task);
    task.ring.post({ id: task.id, answer: null, isMore: false, cancelResult: null });
    this.#note(task, `${task} completed again: its memory is free`);
  }

  /** The last moment: what has come is written into the buffer only now. */
  #letGo(task: Task): void {
    const violation = task.guard?.violation() ?? null;
    if (violation !== null) this.violate(`${task}: ${violation}`);
    task.guard?.letGo(task.brought);
    task.state = "ended";
    this.#tasks.get(task.ring)?.delete(task.id);
    for (const file of task.files) {
      file.inFlight--;
      if (file.isClosed && file.inFlight === 0) this.#release(file);
    }
  }

  #release(file: NonNullable<Task["file"]>): void {
    file.release();
    this.stir();
  }

  #answerCancel(ring: SimRing, id: OperationId): void {
    const task = this.#tasks.get(ring)?.get(id);
    const result = task === undefined ? -errno("ENOENT") : this.#cancel(task);
    ring.post({ id, answer: null, isMore: false, cancelResult: result });
    const name = task === undefined ? "a request that has ended" : String(task);
    const event = `cancel of ${name} answered: ${result}`;
    if (task === undefined) this.trace.add(event, "does not have it", this.viewOf(id));
    else this.#note(task, event);
  }

  #cancel(task: Task): number {
    const { faults } = this;
    task.cancels++;
    const lost = 1 + faults.drawer("lostCancel", task).below(LOST_CANCELS_MAX);
    if (faults.befalls("lostCancel", task) && task.cancels <= lost) return -errno("ENOENT");
    if (task.state !== "ready" && task.state !== "waiting") return -errno("EALREADY");
    if (faults.befalls("stuck", task)) return -errno("EALREADY");
    if (faults.befalls("alreadyRunning", task) && task.cancels <= lost) return -errno("EALREADY");
    if (task.isStubborn) return 0;
    if (faults.befalls("lateCancel", task) || faults.befalls("stubbornOpen", task)) {
      task.isStubborn = true;
      this.#tryAgain(task);
      return 0;
    }
    this.#events.dropExecution(task);
    this.#waiting = this.#waiting.filter((each) => each !== task);
    this.#answer(task, CANCELED);
    this.#plan({ kind: "post", task });
    return 0;
  }

  #note(task: Task, event: string): void {
    this.trace.add(event, task.holds, this.viewOf(task.id));
  }
}
