// Whether a rejection that nobody listens to is told of: a failure always, and so is the end that a
// signal or a timeout has brought. What the program itself asked for is not (decision 1), and what
// came of it is what counts: a call that failed although it was canceled has failed.

import type { Drain } from "./account.ts";
import { firstAsks } from "./asking.ts";
import type { Call } from "./call.ts";
import { shownOutcome } from "./check-outcome.ts";
import { check } from "./finding.ts";

/** @param isTold Whether Node calls it unhandled. */
export function checkRejection(call: Call, drains: readonly Drain[], isTold: boolean): void {
  const { outcome, action } = call;
  if (outcome === null) return;
  const isSilent = action.isBlind !== true || outcome.status === "completed" || isOwn(call, drains);
  check(isTold !== isSilent, "rejection", () => {
    const wrong = isSilent ? "is told of as unhandled" : "is not told of, and nobody handles it";
    return `${call}: ${shownOutcome(outcome)}: ${wrong}`;
  });
}

/** Whether the program itself asked for this end. */
function isOwn(call: Call, drains: readonly Drain[]): boolean {
  const { outcome } = call;
  if (outcome === null || outcome.status === "completed") return false;
  const { status, error } = outcome;
  if (status === "abandoned") return true;
  if (status !== "canceled") return false;
  return firstAsks(call, drains).some((ask) => ask.isOwn && ask.isCause(error.cause));
}
