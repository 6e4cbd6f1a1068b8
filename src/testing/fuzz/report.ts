// What people are told about a session: a line if all was as promised, else a trace that explains
// itself.

import { CHECKERS } from "./finding.ts";
import type { Plan } from "./plan.ts";
import type { SessionResult } from "./session.ts";

/** Lines of a trace that are shown; the end tells most. */
const LINES_MAX = 400;

export function describePlan({ actions, rates, disorder, lagMax, bounds, pool }: Plan): string {
  const faults = Object.entries(rates).map(([fault, rate]) => `${fault} ${percent(rate)}`);
  const order = disorder === 0 ? "in order" : `${percent(disorder)} late by up to ${lagMax} events`;
  const { submissionsMax, completionsMax } = bounds;
  return [
    `${actions.length} actions; events ${order}`,
    `queues of ${submissionsMax} and ${completionsMax}`,
    pool === null ? "no pool" : `a pool of ${pool.count}`,
    faults.length === 0 ? "no faults" : `faults: ${faults.join(", ")}`,
  ].join("; ");
}

/** One line. */
export function describeFinding({ finding }: SessionResult): string {
  if (finding === null) return "nothing was found";
  return `${finding.checker}: ${finding.message}`;
}

/** All that helps to understand a session that failed. */
export function explain(result: SessionResult): string {
  const { finding, plan, trace } = result;
  if (finding === null) return "";
  const { cause } = finding;
  const stack = cause instanceof Error ? [`${cause.stack}`] : [];
  return [
    describeFinding(result),
    `Promised: ${CHECKERS[finding.checker]}`,
    `Session: ${describePlan(plan)}`,
    "",
    trace.toString(LINES_MAX),
    ...stack,
  ].join("\n");
}

function percent(rate: number): string {
  return `${Math.round(rate * 100)} %`;
}
