// Looks at everything from outside: after each event, at who has settled and who has which buffer;
// after each turn of the event loop, at what the promises say, and what the library tells.

import type { MappedMemory } from "../../backend/contract.ts";
import { partsOf } from "../../backend/sim/task.ts";
import type { Account } from "./account.ts";
import { type Call, hasHiddenBuffer, type Lent } from "./call.ts";
import { checkBytes } from "./check-bytes.ts";
import { checkOutcome, shownOutcome } from "./check-outcome.ts";
import { checkRejection } from "./check-rejection.ts";
import { check } from "./finding.ts";
import type { Machine } from "./machine.ts";
import type { Program } from "./program.ts";
import type { Rejections } from "./rejections.ts";

export class Looker {
  readonly #machine: Machine;
  readonly #account: Account;
  readonly #program: Program;
  readonly #rejections: Rejections;
  /** Ended, and not judged: who waits for their promises has not had a turn. */
  readonly #ended: Set<Call> = new Set();

  constructor(machine: Machine, account: Account, program: Program, rejections: Rejections) {
    this.#machine = machine;
    this.#account = account;
    this.#program = program;
    this.#rejections = rejections;
  }

  /** After each event, before anybody's turn. */
  look(): void {
    const { live } = this.#account;
    this.#account.tick++;
    this.#account.throwFinding();
    for (const call of live) {
      if (call.operation.state === "settled") this.#onEnded(call);
      else checkLent(call);
    }
    this.#checkKernel();
    this.#program.buffers.checkPool(live);
  }

  /** After each turn: whoever waits for a promise has had it. */
  afterTurn(): void {
    this.look();
    for (const call of this.#account.live) checkPending(call);
    for (const call of this.#ended) {
      if (call.isListenedTo) this.#judge(call);
      else this.#program.listenTo(call); // Node has had its say; judge it in the next turn.
    }
    this.#program.checkSignals();
    this.#checkAccount();
    this.#checkDrains();
  }

  /** Whether somebody has ended and has not been judged. */
  get isBehind(): boolean {
    return this.#ended.size > 0;
  }

  #onEnded(call: Call): void {
    this.#account.live.delete(call);
    this.#ended.add(call);
    call.endTick = this.#account.tick;
    call.endMs = this.#machine.clock.now();
    this.#program.buffers.onEnded(call);
    call.after = call.lent.map(({ buffer }) => {
      check(!buffer.isLent, "buffer", () => `${call} has settled, its buffer is lent still`);
      return buffer.bytes.slice();
    });
  }

  #judge(call: Call): void {
    this.#ended.delete(call);
    checkOutcome(call, this.#account);
    checkRejection(call, this.#account.drains, this.#rejections.hasToldOf(call.operation));
    checkBytes(call);
    this.#program.buffers.onSeen(call);
    const { outcome } = call;
    if (outcome === null) return;
    this.#machine.kernel.trace.add(`program: ${call}, has ended`, "", shownOutcome(outcome));
  }

  /** What the kernel has not let go of is neither settled nor anybody's. */
  #checkKernel(): void {
    const { kernel } = this.#machine;
    const [violation] = kernel.violations;
    check(violation === undefined, "memory", () => violation ?? "");
    for (const task of kernel.inFlight) {
      const state = this.#account.callOf(task)?.operation.state;
      check(state !== "settled", "settling", () => `settled, but the kernel has ${task}`);
      for (const { memory } of partsOf(task.request)) {
        const { isLent } = memory as MappedMemory;
        check(isLent, "memory", () => `${task}: its buffer was given back`);
      }
    }
  }

  #checkAccount(): void {
    const { io } = this.#machine;
    const { live, calls } = this.#account;
    const ended = calls.filter(({ isOver }) => isOver);
    const told = new Map(io.inFlight().map((each) => [each.id, each]));
    for (const call of live) {
      const entry = told.get(call.number ?? 0);
      const isTold = entry?.state === call.operation.state;
      check(isTold, "account", () => `${call} is in flight, inFlight() says ${entry?.state}`);
      told.delete(call.number ?? 0);
    }
    const others = [...told.values()].filter(({ kind }) => kind !== "close");
    check(others.length === 0, "account", () => `inFlight() tells of ${others[0]?.kind}`);
    const undone = ended.filter(({ action, isAbandoned }) => action.kind === "open" && isAbandoned);
    const isBounded = told.size <= undone.length;
    check(isBounded, "account", () => `inFlight() tells of ${told.size} closes of its own`);
    const holders = this.#machine.holders();
    const wanted = [...live].filter(isHolding).length + told.size;
    check(holders === wanted, "account", () => `${holders} hold the process, wanted ${wanted}`);
    this.#checkQuarantine();
  }

  #checkQuarantine(): void {
    const { quarantinedOperations, quarantinedBytes } = this.#machine.io.status();
    const orphans = [...this.#account.live].filter(({ isAbandoned }) => isAbandoned);
    const bytes = orphans.reduce((sum, { lent }) => sum + byteLengthOf(lent), 0);
    const hasCopies = orphans.some(hasHiddenBuffer);
    const isRight =
      quarantinedOperations === orphans.length &&
      (hasCopies ? quarantinedBytes > bytes : quarantinedBytes === bytes);
    check(isRight, "account", () => {
      const told = `${quarantinedOperations} orphans with ${quarantinedBytes} bytes`;
      return `status() tells of ${told}, there are ${orphans.length} with ${bytes}`;
    });
  }

  #checkDrains(): void {
    const now = this.#machine.clock.now();
    for (const { deadlineAtMs, resolvedMs, report, inFlight } of this.#account.drains) {
      const isLate = report === null && now > deadlineAtMs;
      check(!isLate, "account", () => "drain() has not come back at its deadline");
      const isEarly = resolvedMs !== null && resolvedMs < deadlineAtMs && inFlight.length > 0;
      check(!isEarly, "account", () => `drain() came back with ${inFlight.length} in flight`);
      const held = new Set(report?.held.map(({ id }) => id));
      const missed = inFlight.find(({ number = 0 }) => !held.has(number));
      check(missed === undefined, "account", () => `drain() does not report ${missed}`);
    }
    for (const { calls, isOver } of this.#account.waits) {
      const held = calls.find((call) => call.operation.state !== "settled");
      const isEarly = isOver && held !== undefined;
      check(!isEarly, "settling", () => `cancelAll() came back before ${held}`);
    }
  }
}

function byteLengthOf(lent: readonly Lent[]): number {
  return lent.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}

/** Neither orphans nor what is done on a file without `ref()` keep the process alive. */
function isHolding({ isAbandoned, opened }: Call): boolean {
  return !isAbandoned && opened?.isHolding !== false;
}

function checkLent(call: Call): void {
  for (const { buffer, view } of call.lent) {
    check(buffer.isLent, "buffer", () => `${call} has not settled, its buffer is not lent`);
    check(view.byteLength === 0, "buffer", () => `${call}: a view of its buffer is attached`);
  }
}

function checkPending(call: Call): void {
  for (const { buffer } of call.lent) {
    const code = codeOf(() => buffer.bytes);
    check(code === "ERR_BUFFER_LENT", "buffer", () => `${call}: bytes are within reach: ${code}`);
  }
  check(call.outcomes === 0, "settling", () => `${call} has an outcome and has not ended`);
  if (!call.isListenedTo) return;
  if (call.isAbandoned) {
    const error = call.settled?.status === "rejected" ? call.settled.error : undefined;
    const { code } = (error ?? {}) as { readonly code?: unknown };
    check(code === "ERR_ABANDONED", "settling", () => `${call} was abandoned, its promise waits`);
  } else check(call.settlements === 0, "settling", () => `${call}: its promise settled early`);
}

/** Asked so often that the stacks of the errors would cost more than all else. */
function codeOf(touch: () => unknown): unknown {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    touch();
    return "no error";
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
