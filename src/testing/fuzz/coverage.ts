// What the sessions of a run came across, counted: what never happened was not tested.

import { REQUEST_KINDS } from "../../backend/capabilities.ts";
import { FAULT_NAMES, type Fault } from "../../backend/sim/faults.ts";
import type { Account } from "./account.ts";
import type { Machine } from "./machine.ts";
import type { Plan } from "./plan.ts";
import type { Rejections } from "./rejections.ts";

/** Requests that no call of the public interface makes by itself. */
const OUT_OF_REACH: readonly string[] = ["nop", "poll", "readFile"];

const STATUSES = ["completed", "canceled", "timedOut", "abandoned", "failed"] as const;

export class Coverage {
  sessions = 0;
  steps = 0;
  actions = 0;
  readonly #faults: Map<string, number> = zeros(FAULT_NAMES);
  readonly #statuses: Map<string, number> = zeros([...STATUSES, "never settled"]);
  readonly #requests: Map<string, number> = zeros(
    REQUEST_KINDS.filter((kind) => !OUT_OF_REACH.includes(kind)),
  );
  readonly #others: Map<string, number> = zeros([
    ...["cancel sent", "completion queue overflowed", "orphan closed", "served by an orphan"],
    ...["ended by teardown", "left to a lost ring"],
    ...["unhandled rejection", "own end that nobody handles"],
  ]);

  add({ actions }: Plan, machine: Machine, account: Account, rejections: Rejections): void {
    this.sessions++;
    this.steps += machine.kernel.steps;
    this.actions += actions.length;
    for (const [fault, victims] of machine.faults.fallen) count(this.#faults, fault, victims.size);
    for (const call of account.calls) {
      count(this.#statuses, call.outcome?.status ?? "never settled");
      if (rejections.hasToldOf(call.operation)) count(this.#others, "unhandled rejection");
      else if (call.action.isBlind === true && call.settled?.status === "rejected") {
        count(this.#others, "own end that nobody handles");
      }
      for (const { task } of call.facts) count(this.#requests, task.kind);
      const { bytesTransferred = 0 } = call.outcome ?? {};
      if (bytesTransferred > call.moved) count(this.#others, "served by an orphan");
    }
    const { cancelsSent = 0, overflows = 0 } = machine.backend.statistics();
    count(this.#others, "cancel sent", cancelsSent);
    count(this.#others, "completion queue overflowed", overflows);
    count(this.#others, "orphan closed", account.strays.length);
    if (actions.at(-1)?.kind !== "teardown") return;
    count(this.#others, "ended by teardown");
    count(this.#others, "left to a lost ring", account.live.size);
  }

  /** Names that were never counted. */
  get missing(): string[] {
    return this.#tables().flatMap(([, table]) =>
      [...table].filter(([, times]) => times === 0).map(([name]) => name),
    );
  }

  toString(): string {
    return this.#tables()
      .flatMap(([title, table]) => [
        `${title}:`,
        ...[...table].map(([name, times]) => {
          const number = String(times).padStart(10);
          return `${number}  ${name}${times === 0 ? "  ← NEVER" : ""}`;
        }),
      ])
      .join("\n");
  }

  #tables(): readonly (readonly [title: string, table: Map<string, number>])[] {
    return [
      ["requests", this.#requests],
      ["outcomes", this.#statuses],
      ["faults", this.#faults],
      ["others", this.#others],
    ];
  }
}

function zeros(names: readonly (Fault | string)[]): Map<string, number> {
  return new Map(names.map((name) => [name, 0]));
}

function count(table: Map<string, number>, name: string, times = 1): void {
  table.set(name, (table.get(name) ?? 0) + times);
}
