// A ring kernel that draws its faults, the backend above it, and an account of what each knows.
// What must hold at every moment is checked here; `uring-random.test.ts` draws the steps.

import assert from "node:assert/strict";

import {
  type Completion,
  type CompletionSink,
  generationOf,
  type OperationId,
  operationId,
  type Request,
  slotOf,
} from "../../../src/backend/contract.ts";
import { UringBackend } from "../../../src/backend/uring/backend.ts";
import { StepClock } from "../../../src/base/step-clock.ts";
import { ECANCELED, EINTR, ENOMEM, ENXIO, ERESTARTSYS } from "../../../src/kernel/errno.ts";
import { EALREADY, ENOENT, FakeKernel, type Taken } from "../../support/fake-kernel.ts";

/** How the kernel answers cancels from now on. */
export const POLICIES = [
  "stops the target",
  "interrupts the target",
  "says 0 and stops it later",
  "says ENOENT",
  "says EALREADY",
  "answers later",
] as const;
export type Policy = (typeof POLICIES)[number];

/** How a completion comes: at once, or only when somebody enters with GETEVENTS. */
export const WAYS = ["complete", "putOff", "overflow"] as const;
export type Way = (typeof WAYS)[number];

/** Slots are few, so that they are soon used again. */
const SLOTS = 40;
/** Enough rounds of all that can be waited for, so that what is left then is left for ever. */
const ROUNDS_MAX = 30;
const SMALLEST_RING = [-ENOMEM, -ENOMEM, -ENOMEM, -ENOMEM, -ENOMEM];

interface Live {
  readonly request: Request;
  isCancelWanted: boolean;
  /** What the kernel has answered, in order; all but the last were interruptions. */
  readonly answers: number[];
  timesTaken: number;
}

interface Past {
  readonly id: OperationId;
  readonly answer: number | undefined;
}

export interface Setting {
  /** First value of all heads and tails. */
  readonly startIndex: number;
  /** What comes of each further ring: 0, or an errno. */
  readonly growth: readonly number[];
}

/** How often each thing happened: a fault that never comes proves nothing. */
export type Tally = Record<
  "completions" | "interruptions" | "cancels" | "overflows" | "stale" | "bigger rings",
  number
>;

export function emptyTally(): Tally {
  return {
    completions: 0,
    interruptions: 0,
    cancels: 0,
    overflows: 0,
    stale: 0,
    "bigger rings": 0,
  };
}

export class RandomRing implements CompletionSink {
  readonly kernel: FakeKernel = new FakeKernel();
  readonly clock: StepClock = new StepClock();
  readonly backend: UringBackend;
  readonly live: Map<OperationId, Live> = new Map();
  /** Completed, oldest first, with the kernel's last answer if it had one. */
  readonly past: Past[] = [];
  /** What the next completions bring about, from within. */
  readonly reactions: (() => void)[] = [];
  policy: Policy = "stops the target";
  readonly #generations: number[] = new Array(SLOTS).fill(0);
  /** Answers of cancels that the kernel keeps for itself until later. */
  readonly #lateAnswers: (readonly [Taken, number])[] = [];
  /** Targets that a cancel has reached and that end later. */
  readonly #doomed: Set<Taken> = new Set();
  readonly #problems: string[] = [];
  #interruptions = 0;
  #isSubmitting = false;

  constructor({ startIndex, growth }: Setting) {
    this.kernel.startIndex = startIndex;
    this.kernel.setupPlan.push(...SMALLEST_RING, 0, ...growth);
    this.kernel.answer = (taken) => this.#onTaken(taken);
    this.kernel.answerCancel = (cancel, target) => this.#onCancel(cancel, target);
    this.backend = new UringBackend(this.kernel, this, this.clock);
    assert.equal(this.kernel.ring(0).cqEntries, 16);
  }

  complete(id: OperationId, completion: Completion): void {
    const live = this.live.get(id);
    if (live === undefined) {
      this.#problems.push(`${id} completed twice, or was never submitted`);
      return;
    }
    this.#look(() => {
      assert.equal(this.#isSubmitting, false, "completed from within submit");
      assert.equal(this.kernel.inFlight.has(keyOf(id)), false, `${id}: the kernel has it still`);
      assert.deepEqual(completion, expected(live), `${id}: ${live.request.kind}`);
      assert.equal(live.timesTaken, live.answers.length, `${id}: taken twice, or not at all`);
    });
    this.live.delete(id);
    this.past.push({ id, answer: live.answers.at(-1) });
    this.reactions.shift()?.();
  }

  holders(): number {
    return this.live.size;
  }

  /** What was noticed inside the backend's own turns, where throwing would reach nobody. */
  check(): void {
    assert.deepEqual(this.#problems, []);
  }

  /** Nothing happens while all slots are in use. */
  submit(request: Request): void {
    const used = new Set([...this.live.keys()].map(slotOf));
    const slot = this.#generations.findIndex((_, index) => !used.has(index));
    if (slot < 0) return;
    this.#generations[slot] = (this.#generations[slot] ?? 0) + 1;
    const id = operationId(slot, 0x1_0000 + this.#generations[slot]!);
    this.live.set(id, { request, isCancelWanted: false, answers: [], timesTaken: 0 });
    this.#isSubmitting = true;
    this.backend.submit(id, request);
    this.#isSubmitting = false;
  }

  cancel(id: OperationId): void {
    const live = this.live.get(id);
    if (live !== undefined) live.isCancelWanted = true;
    this.backend.cancel(id);
  }

  /** The kernel's answer, which counts only if it still has the request. */
  answer(taken: Taken, result: number, way: Way = "complete"): void {
    if (!this.kernel.inFlight.has(`${taken.userHigh}:${taken.userLow}`)) return;
    this.live.get(idOf(taken))?.answers.push(result);
    if (result === -EINTR || result === -ERESTARTSYS) this.#interruptions++;
    this.#doomed.delete(taken);
    this.kernel[way](taken, result);
  }

  /** A completion of a request that is over, once more; unless the kernel never saw it. */
  repeat({ id, answer }: Past): void {
    const [ring] = this.kernel.rings.values();
    if (answer !== undefined) ring?.post(slotOf(id), generationOf(id), answer);
  }

  addTo(tally: Tally): void {
    const { cancelsSent, overflows, staleCompletions } = this.backend.statistics();
    tally.completions += this.past.length;
    tally.interruptions += this.#interruptions;
    tally.cancels += cancelsSent ?? 0;
    tally.overflows += overflows ?? 0;
    tally.stale += staleCompletions ?? 0;
    tally["bigger rings"] += this.kernel.closed.length;
  }

  /** Each twice, since a kernel that repeats itself may do that, too. */
  answerLateCancels(): void {
    for (const [cancel, result] of this.#lateAnswers.splice(0)) {
      this.#postAnswer(cancel, result);
      this.#postAnswer(cancel, result);
    }
    for (const taken of [...this.#doomed]) this.answer(taken, -ECANCELED);
  }

  /** The event loop looks at the rings. What is not readable wakes nobody. */
  wake(): void {
    for (const [index, { isReadable }] of [...this.kernel.rings]) {
      if (isReadable && this.kernel.rings.has(index)) this.kernel.wake(index);
    }
  }

  /** Whoever was to be stopped is stopped, by cancels alone: none of them was lost. */
  async endCanceled(): Promise<void> {
    this.kernel.plan.length = 0;
    this.policy = "stops the target";
    await this.#rounds(() => ![...this.live.values()].some(isStoppable));
    const left = [...this.live].filter(([, live]) => isStoppable(live)).map(([id]) => id);
    assert.deepEqual(left, [], "their cancels were lost");
  }

  /** Everything else is answered, and nothing remains. */
  async endAll(): Promise<void> {
    this.kernel.answer = (taken) => this.#onTaken(taken, 0);
    await this.#rounds(() => {
      for (const taken of [...this.kernel.inFlight.values()]) this.answer(taken, 0);
      return this.live.size === 0;
    });
    assert.deepEqual([...this.live.keys()], [], "they never completed");
    await this.#rounds(() => !this.kernel.isHeld && this.kernel.rings.size === 1);
    assert.equal(this.kernel.inFlight.size, 0);
    assert.equal(this.clock.timerCount, 0, "a cancel is to be repeated for nobody");
    assert.equal(this.kernel.isHeld, false, "the process is held for nobody");
    assert.equal(this.kernel.rings.size, 1, "an outgrown ring was kept");
    const roster = new Uint32Array(this.kernel.rosterBuffer);
    assert.ok(
      roster.every((word, at) => at % 2 === 1 || word === 0),
      "the roster has somebody",
    );
  }

  async #rounds(isDone: () => boolean): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX && !isDone(); round++) {
      this.answerLateCancels();
      this.wake();
      await new Promise<void>((resolve) => setImmediate(resolve));
      this.clock.step(1000);
      this.check();
    }
  }

  #onTaken(taken: Taken, answer?: number): number | undefined {
    const live = this.live.get(idOf(taken));
    this.#look(() => {
      assert.ok(live !== undefined, "the kernel was given what nobody submitted");
      live.timesTaken++;
      assert.equal(live.timesTaken, live.answers.length + 1, "given to the kernel twice");
      if (answer !== undefined) live.answers.push(answer);
    });
    return answer;
  }

  #onCancel(cancel: Taken, target: Taken | undefined): number | undefined {
    const id = operationId(cancel.addressLow, cancel.addressHigh);
    const live = this.live.get(id);
    this.#look(() => {
      assert.ok(live === undefined || live.isCancelWanted, "canceled, but nobody wanted that");
    });
    switch (target === undefined ? "says ENOENT" : this.policy) {
      case "stops the target":
        this.answer(target!, -ECANCELED);
        return 0;
      case "interrupts the target":
        this.answer(target!, cancel.addressLow % 2 === 0 ? -EINTR : -ERESTARTSYS);
        return -EALREADY;
      case "says 0 and stops it later":
        this.#doomed.add(target!);
        return 0;
      case "says ENOENT":
        return -ENOENT;
      case "says EALREADY":
        return -EALREADY;
      case "answers later":
        this.#lateAnswers.push([cancel, cancel.addressLow % 2 === 0 ? -ENOENT : -EALREADY]);
        return undefined;
    }
  }

  #look(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#problems.push((error as Error).message);
    }
  }

  #postAnswer(cancel: Taken, result: number): void {
    this.kernel.rings.get(cancel.ring)?.post(cancel.userLow, cancel.userHigh, result);
  }
}

function keyOf(id: OperationId): string {
  return `${generationOf(id)}:${slotOf(id)}`;
}

function idOf(taken: Taken): OperationId {
  return operationId(taken.userLow, taken.userHigh);
}

/** A close goes on whatever is asked of it. */
function isStoppable({ isCancelWanted, request }: Live): boolean {
  return isCancelWanted && request.kind !== "close";
}

/** What must have come of it, by the contract. */
function expected({ request, answers, isCancelWanted }: Live): Completion {
  const last = answers.at(-1);
  const isInterrupted = last === -EINTR || last === -ERESTARTSYS;
  // Its descriptor is gone, and may be somebody else's if it is closed once more.
  if (isInterrupted && request.kind === "close") return { kind: "done", value: 0 };
  // An open without a peer is given to a thread, which waits for one or says the same once more.
  const isToBeRepeated =
    isInterrupted ||
    (last === -ENXIO && request.kind === "open" && answers.indexOf(-ENXIO) === answers.length - 1);
  if (last === undefined || isToBeRepeated) {
    assert.ok(isCancelWanted && request.kind !== "close", "canceled, but nobody wanted that");
    return { kind: "canceled" };
  }
  if (last === -ECANCELED) return { kind: "canceled" };
  if (last < 0) return { kind: "failed", errno: -last };
  if (request.kind === "open") return { kind: "opened", fd: last, isStream: false };
  return { kind: "done", value: last };
}
