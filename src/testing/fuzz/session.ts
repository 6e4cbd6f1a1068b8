// Plays one plan: the program acts, the kernel takes steps, time passes, and after each of these
// somebody looks. Then everything is closed and drained, or torn down, and the kernel runs to its
// end.

import type { Trace } from "../../backend/sim/trace.ts";
import { Account } from "./account.ts";
import type { Action } from "./action.ts";
import { checkAfterTeardown, checkEnd } from "./check-end.ts";
import { wrongOrder } from "./check-order.ts";
import type { Coverage } from "./coverage.ts";
import { asFinding, check, type Finding } from "./finding.ts";
import { Looker } from "./look.ts";
import { type Machine, type MakeBackend, makeMachine } from "./machine.ts";
import type { Plan } from "./plan.ts";
import { Program } from "./program.ts";
import { Rejections } from "./rejections.ts";

export interface SessionOptions {
  /** Resolves in a later turn of the event loop, when all reactions of promises have run. */
  readonly turn: () => Promise<void>;
  /** In place of the one that is tested. */
  readonly makeBackend?: MakeBackend | undefined;
  readonly coverage?: Coverage | undefined;
}

export interface SessionResult {
  readonly plan: Plan;
  /** What was found; null if all was as promised. */
  readonly finding: Finding | null;
  readonly steps: number;
  readonly trace: Trace;
}

/** Milliseconds that the last drain waits. */
const DRAIN_MS = 1000;

/** How long cancels are repeated at the end, which takes longer each time, up to a second. */
const PATIENCE_MS = 20_000;

const END_STEPS_MAX = 50_000;

/** Turns after which all has been told to whoever listens. */
const LAST_TURNS = 4;

export async function runSession(plan: Plan, options: SessionOptions): Promise<SessionResult> {
  const session = new Session(plan, options);
  const finding = await session.run();
  const { kernel } = session.machine;
  return { plan, finding, steps: kernel.steps, trace: kernel.trace };
}

class Session {
  readonly machine: Machine;
  readonly #plan: Plan;
  readonly #turn: () => Promise<void>;
  readonly #coverage: Coverage | undefined;
  readonly #account: Account = new Account();
  readonly #program: Program;
  readonly #rejections: Rejections;
  readonly #looker: Looker;

  constructor(plan: Plan, { turn, makeBackend, coverage }: SessionOptions) {
    this.#plan = plan;
    this.#turn = turn;
    this.#coverage = coverage;
    this.machine = makeMachine(plan, this.#account, makeBackend);
    this.#account.onSubmitted = (task, call) => wrongOrder(this.#account, task, call);
    this.#program = new Program(plan, this.machine, this.#account, () => this.#looker.look());
    this.#rejections = new Rejections(this.#isOfCall, this.#onStranger);
    this.#looker = new Looker(this.machine, this.#account, this.#program, this.#rejections);
  }

  async run(): Promise<Finding | null> {
    this.#rejections.start();
    try {
      for (const action of this.#plan.actions) {
        const moving = this.#play(action);
        if (moving !== null) await moving; // Else the next action is in the same turn.
      }
      if (this.#plan.actions.at(-1)?.kind !== "teardown") await this.#end();
      this.#coverage?.add(this.#plan, this.machine, this.#account, this.#rejections);
      return null;
    } catch (error) {
      const finding = asFinding(error);
      this.machine.kernel.trace.add(`FOUND: ${finding.checker}`);
      return finding;
    } finally {
      await this.#turn();
      this.#rejections.stop();
    }
  }

  /** Null if the turn of the event loop goes on. */
  #play(action: Action): Promise<void> | null {
    switch (action.kind) {
      case "turn":
        return this.#takeTurn();
      case "steps":
        return this.#takeTurns(action.count, action.perTurn);
      case "teardown":
        return this.#tearDown();
      case "pass":
        return this.#pass(action.ms);
      default:
        this.#program.perform(action);
        this.#looker.look();
        return null;
    }
  }

  #pass(ms: number): Promise<void> {
    this.machine.kernel.trace.add(`${ms} ms pass`);
    this.machine.clock.step(ms);
    this.#looker.look();
    return this.#takeTurn(); // As after every timer.
  }

  async #takeTurns(steps: number, perTurn: number): Promise<void> {
    for (let done = 0; done < steps; done += perTurn) {
      this.#takeSteps(Math.min(perTurn, steps - done));
      await this.#takeTurn();
    }
  }

  /** False if the kernel has nothing to do. */
  #takeSteps(count: number): boolean {
    for (let done = 0; done < count; done++) {
      if (!this.machine.kernel.step()) return false;
      this.#looker.look();
    }
    return true;
  }

  async #takeTurn(): Promise<void> {
    this.#account.turnTick = this.#account.tick;
    await this.#turn();
    this.#looker.afterTurn();
  }

  /** Closes and drains until nothing more can happen. */
  async #end(): Promise<void> {
    const { clock } = this.machine;
    this.#program.closeAll();
    this.#looker.look();
    this.#program.drain(DRAIN_MS);
    const endMs = clock.now() + PATIENCE_MS;
    await this.#settle(endMs);
    // An open that was asked to stop may have brought a file all the same.
    this.#program.closeAll();
    await this.#settle(endMs + PATIENCE_MS);
    this.#program.drain(DRAIN_MS);
    await this.#settle(endMs + 2 * PATIENCE_MS);
    checkEnd(this.machine, this.#account);
  }

  /** Goes on while anything moves, until a time after which only cancels are repeated. */
  async #settle(endMs: number): Promise<void> {
    const { kernel, clock } = this.machine;
    for (let steps = 0; ; steps++) {
      check(steps < END_STEPS_MAX, "end", () => "it does not come to an end");
      await this.#takeTurn();
      if (this.#takeSteps(1)) continue;
      const { nextMs } = clock;
      if (nextMs === undefined || clock.now() >= endMs) break;
      await this.#pass(nextMs);
    }
    for (let turn = 0; turn < LAST_TURNS; turn++) await this.#takeTurn();
    check(kernel.agenda.count === 0, "end", () => "the kernel had more to do after the end");
    check(!this.#looker.isBehind, "settling", () => "a call has settled, but not its promise");
  }

  /** Nobody asks the kernel any more, which goes on with what it has (F1). */
  async #tearDown(): Promise<void> {
    this.machine.kernel.trace.add("the thread ends, and its ring with it");
    this.machine.backend.close();
    await this.#takeTurn();
    await this.#takeTurn();
    const left = this.#account.live.size;
    while (this.#takeSteps(1)) await this.#takeTurn();
    const now = this.#account.live.size;
    check(now === left, "settling", () => `${left - now} calls settled without a ring`);
    checkAfterTeardown(this.machine, this.#account);
  }

  readonly #isOfCall = (promise: Promise<unknown>): boolean =>
    this.#account.calls.some(({ operation }) => operation === promise);

  readonly #onStranger = (reason: unknown): void => {
    this.#account.report("rejection", `nobody handles: ${String(reason)}`, reason);
  };
}
