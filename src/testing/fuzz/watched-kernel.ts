// The simulated kernel, with somebody who looks over its shoulder: what it is given, and what it
// does, in the order in which it does it.

import type { MappedMemory, OperationId, Request } from "../../backend/contract.ts";
import { SimKernel } from "../../backend/sim/kernel.ts";
import type { SimRing } from "../../backend/sim/ring.ts";
import { partsOf, type Task } from "../../backend/sim/task.ts";
import type { Clock } from "../../base/clock.ts";
import type { LaggingSchedule, SteadyFaults } from "./steady.ts";

export interface Watcher {
  /** Made for a ring, which may yet refuse it for a while. */
  onMade(task: Task): void;
  /** The kernel has it. `sent`: what a write is to write. */
  onAccepted(task: Task, sent: Uint8Array | null): void;
  /** Its effect is there, though nobody has been told. */
  onExecuted(task: Task): void;
}

export interface WatchedKernelOptions {
  readonly clock: Clock;
  readonly schedule: LaggingSchedule;
  readonly faults: SteadyFaults;
  readonly watcher: Watcher;
}

export class WatchedKernel extends SimKernel {
  readonly #schedule: LaggingSchedule;
  readonly #watcher: Watcher;
  readonly #made: Map<number, Task> = new Map();
  #steps = 0;

  constructor(options: WatchedKernelOptions) {
    super(options);
    this.#schedule = options.schedule;
    this.#watcher = options.watcher;
  }

  /** How many events there were. */
  get steps(): number {
    return this.#steps;
  }

  override makeTask(ring: SimRing, id: OperationId, request: Request): Task {
    const task = super.makeTask(ring, id, request);
    this.#made.set(task.number, task);
    this.#watcher.onMade(task);
    return task;
  }

  override accept(task: Task): boolean {
    const sent = isWrite(task) ? bytesOf(task) : null; // Before the kernel poisons it.
    if (!super.accept(task)) return false;
    this.#watcher.onAccepted(task, sent);
    if (task.answer !== null) this.#watcher.onExecuted(task);
    return true;
  }

  override step(): boolean {
    if (!super.step()) return false;
    this.#steps++;
    const { chosen } = this.#schedule;
    if (chosen?.kind !== "execute") return true;
    const task = this.#made.get(chosen.number);
    if (task !== undefined && task.answer !== null) this.#watcher.onExecuted(task);
    return true;
  }
}

function isWrite({ kind }: Task): boolean {
  return kind === "write" || kind === "writev";
}

function bytesOf({ request }: Task): Uint8Array {
  return Buffer.concat(
    partsOf(request).map(({ memory, offset, length }) =>
      (memory as MappedMemory).kernelView().subarray(offset, offset + length),
    ),
  );
}
