// Makes a failing session small: leaves out actions, faults and disorder as long as the same
// checker still finds something. What is left is for people to read.

import type { FaultRates } from "../../backend/sim/faults.ts";
import { ROOMY } from "../../backend/sim/ring.ts";
import { type Action, isCall } from "./action.ts";
import type { Checker } from "./finding.ts";
import type { Plan } from "./plan.ts";
import type { SessionResult } from "./session.ts";

export interface Shrunk {
  /** The smallest one that was found to fail, played. */
  readonly result: SessionResult;
  /** Sessions that were played for it. */
  readonly runs: number;
}

/** Sessions that are played at most: a few seconds. */
const RUNS_MAX = 600;

/** Actions of which every two are tried. */
const PAIRED_MAX = 16;

/** @param failed A session with a finding. */
export async function shrink(
  failed: SessionResult,
  play: (plan: Plan) => Promise<SessionResult>,
  runsMax: number = RUNS_MAX,
): Promise<Shrunk> {
  const checker = failed.finding?.checker;
  if (checker === undefined) throw new RangeError("Cannot shrink a session that has not failed");
  const shrinker = new Shrinker(failed, checker, play, runsMax);
  await shrinker.run();
  return { result: shrinker.best, runs: shrinker.runs };
}

class Shrinker {
  best: SessionResult;
  runs = 0;
  readonly #checker: Checker;
  readonly #play: (plan: Plan) => Promise<SessionResult>;
  readonly #runsMax: number;

  constructor(
    failed: SessionResult,
    checker: Checker,
    play: (plan: Plan) => Promise<SessionResult>,
    runsMax: number,
  ) {
    this.best = failed;
    this.#checker = checker;
    this.#play = play;
    this.#runsMax = runsMax;
  }

  /** Until a round changes nothing. */
  async run(): Promise<void> {
    for (let before = null; before !== this.best && this.runs < this.#runsMax; ) {
      before = this.best;
      await this.#leaveOutActions();
      await this.#leaveOutPairs();
      await this.#calmDown();
      await this.#simplifyActions();
    }
  }

  /** Halves first, single ones last. */
  async #leaveOutActions(): Promise<void> {
    const { length } = this.best.plan.actions;
    for (let size = Math.ceil(length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      // From the end: what comes after the failure is of no use at all.
      for (let start = this.best.plan.actions.length - size; start > -size; start -= size) {
        const from = Math.max(0, start);
        const { actions } = this.best.plan;
        await this.#try({ actions: [...actions.slice(0, from), ...actions.slice(start + size)] });
      }
    }
  }

  /** Such as a write and the read that took what it wrote. */
  async #leaveOutPairs(): Promise<void> {
    const { length } = this.best.plan.actions;
    if (length > PAIRED_MAX) return;
    for (let first = length - 2; first >= 0; first--) {
      for (let second = length - 1; second > first; second--) {
        const { actions } = this.best.plan;
        if (second >= actions.length) continue;
        await this.#try({ actions: actions.filter((_, at) => at !== first && at !== second) });
      }
    }
  }

  async #calmDown(): Promise<void> {
    await this.#try({ rates: {}, disorder: 0, bounds: ROOMY });
    await this.#try({ rates: {} });
    await this.#try({ disorder: 0 });
    await this.#try({ bounds: ROOMY });
    for (const fault of Object.keys(this.best.plan.rates)) {
      const left = Object.entries(this.best.plan.rates).filter(([name]) => name !== fault);
      await this.#try({ rates: Object.fromEntries(left) as FaultRates });
    }
    for (const lagMax of [1, 2, 4, 8, 16]) {
      if (lagMax < this.best.plan.lagMax) await this.#try({ lagMax });
    }
  }

  async #simplifyActions(): Promise<void> {
    for (let at = 0; at < this.best.plan.actions.length; at++) {
      for (const simplify of SIMPLER) {
        const { actions } = this.best.plan;
        const action = actions[at];
        const simpler = action === undefined ? null : simplify(action);
        if (simpler !== null) await this.#try({ actions: actions.with(at, simpler) });
      }
    }
  }

  /** Kept if it fails in the same way. */
  async #try(change: Partial<Plan>): Promise<void> {
    const plan = { ...this.best.plan, ...change };
    if (this.runs >= this.#runsMax || weightOf(plan) >= weightOf(this.best.plan)) return;
    this.runs++;
    const result = await this.#play(plan);
    if (result.finding?.checker === this.#checker) this.best = result;
  }
}

/** How much there is to read; what does not make it less is no step forward. */
function weightOf({ actions, rates, disorder, lagMax, bounds }: Plan): number {
  const steps = actions.reduce(
    (sum, action) => sum + (action.kind === "steps" ? action.count : 0),
    0,
  );
  const extras = actions.reduce(
    (sum, action) => sum + Object.values(action).filter(isSet).length,
    0,
  );
  const noise = Object.keys(rates).length + (disorder === 0 ? 0 : 1 + lagMax / 100);
  return 100 * actions.length + 10 * extras + steps + 20 * noise + (bounds === ROOMY ? 0 : 10);
}

function isSet(value: unknown): boolean {
  return value !== undefined;
}

const SIMPLER: readonly ((action: Action) => Action | null)[] = [
  (action) =>
    isCall(action) && action.isBlind === true ? { ...action, isBlind: undefined } : null,
  (action) => (isCall(action) && isSet(action.signal) ? { ...action, signal: undefined } : null),
  (action) =>
    isCall(action) && isSet(action.timeoutMs) ? { ...action, timeoutMs: undefined } : null,
  (action) =>
    "position" in action && isSet(action.position) ? { ...action, position: undefined } : null,
  (action) => (action.kind === "steps" || action.kind === "pass" ? { kind: "turn" } : null),
  (action) => (action.kind === "steps" ? { ...action, count: Math.ceil(action.count / 4) } : null),
  (action) => (action.kind === "steps" ? { ...action, count: Math.ceil(action.count / 2) } : null),
  (action) =>
    action.kind === "steps" && action.count > 1 ? { ...action, count: action.count - 1 } : null,
];
