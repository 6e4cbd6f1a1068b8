// The io_uring backend on a fake ring kernel, with a sink that remembers.

import {
  type Completion,
  type CompletionSink,
  type OperationId,
  operationId,
  type Request,
} from "../../../src/backend/contract.ts";
import { UringBackend } from "../../../src/backend/uring/backend.ts";
import { StepClock } from "../../../src/base/step-clock.ts";
import { FakeKernel } from "../../support/fake-kernel.ts";

/** Memory that nobody ever touches. */
const MEMORY = { byteLength: 1 << 30, addressLow: 0x1000, addressHigh: 1 };

export const NOP: Request = { kind: "nop" };

export function read(length = 8, fd = 5): Request {
  return { kind: "read", fd, memory: MEMORY, offset: 0, length, position: -1 };
}

export function openFile(path = "a", flags = 0): Request {
  return { kind: "open", path, flags, mode: 0o666 };
}

export class Harness implements CompletionSink {
  readonly kernel: FakeKernel;
  readonly clock: StepClock = new StepClock();
  readonly backend: UringBackend;
  readonly completions: Map<OperationId, Completion[]> = new Map();
  /** In the order in which they came. */
  readonly order: OperationId[] = [];
  holdersCount = 1;
  onComplete: (id: OperationId, completion: Completion) => void = () => {};
  #slot = 0;

  /** `prepare` sees the kernel before the backend does. */
  constructor(prepare: (kernel: FakeKernel) => void = () => {}) {
    this.kernel = new FakeKernel();
    prepare(this.kernel);
    this.backend = new UringBackend(this.kernel, this, this.clock);
  }

  complete(id: OperationId, completion: Completion): void {
    const list = this.completions.get(id) ?? [];
    this.completions.set(id, [...list, completion]);
    this.order.push(id);
    this.onComplete(id, completion);
  }

  holders(): number {
    return this.holdersCount;
  }

  /** Submits; the slot is a new one unless given. */
  submit(request: Request, slot: number = this.#slot++, generation = 7): OperationId {
    const id = operationId(slot, generation);
    this.backend.submit(id, request);
    return id;
  }

  submitMany(count: number, request: () => Request): OperationId[] {
    return Array.from({ length: count }, () => this.submit(request()));
  }

  /** What became of an operation: one completion, or undefined while there is none. */
  completionOf(id: OperationId): Completion | undefined {
    const list = this.completions.get(id) ?? [];
    if (list.length > 1) throw new Error(`Operation ${id} completed ${list.length} times`);
    return list[0];
  }

  completedCount(ids: readonly OperationId[]): number {
    return ids.filter((id) => this.completionOf(id) !== undefined).length;
  }

  /** The kernel answers what it took as the `index`-th request, and wakes the loop. */
  answer(index: number, result: number): void {
    this.kernel.complete(this.kernel.taken[index]!, result);
    this.kernel.wake(this.kernel.taken[index]!.ring);
  }
}

/** The calls of this turn reach the kernel in a microtask. */
export async function flushed(): Promise<void> {
  await Promise.resolve();
  await Promise.resolve();
}

/** The event loop has turned, and what was put off to the next turn has run. */
export async function turned(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
