// What one operation must have come to, by what its kernel said and its caller did (P1, P2, P5,
// P6). A second, plain account of the rules: it knows nothing of how the library keeps them.

import { errnoName } from "../../src/kernel/errno.ts";
import type { Outcome } from "../../src/operation/outcome.ts";
import type { Party } from "./explore-party.ts";
import { isRead } from "./explore-scenes.ts";
import { BLANK, BUFFER_BYTES } from "./explore-world.ts";

/** `hasTurned`: the reactions of promises have run. */
export function complaintsOf(party: Party, hasTurned: boolean): string[] {
  const { name, operation } = party;
  if (operation === null) return [];
  const complaints = [...complaintsOfBuffer(party)];
  if (party.isOver) {
    if (party.submissions.length !== party.completions.length) {
      complaints.push(`P1: ${name} has settled, but the kernel has not completed it`);
    }
    if (party.isInKernel) {
      complaints.push(`P1: ${name} has settled, but the kernel is at work on it`);
    }
  }
  return hasTurned ? [...complaints, ...complaintsOfPromise(party)] : complaints;
}

function complaintsOfBuffer(party: Party): string[] {
  const { name, buffer, isOver, tasks } = party;
  const complaints: string[] = [];
  if (party.isSpoilt) complaints.push(`P2: the buffer of ${name} was written to after its end`);
  for (const { guard, state } of tasks) {
    const violation = state === "ended" ? null : (guard?.violation() ?? null);
    if (violation !== null) complaints.push(`P2: ${name}: ${violation}`);
  }
  if (buffer === null) return complaints;
  if (buffer.isLent === isOver) {
    complaints.push(`P2: the buffer of ${name} is ${isOver ? "still" : "not"} lent`);
  }
  if (canTouch(buffer) === buffer.isLent) {
    complaints.push(`P2: the bytes of ${name} ${buffer.isLent ? "can" : "cannot"} be touched`);
  }
  return complaints;
}

function canTouch(buffer: NonNullable<Party["buffer"]>): boolean {
  try {
    return buffer.bytes.byteLength === BUFFER_BYTES;
  } catch {
    return false;
  }
}

function complaintsOfPromise(party: Party): string[] {
  const { name, isOver, isAbandoned, outcomes, settlements } = party;
  const complaints: string[] = [];
  const settled = isOver || isAbandoned ? 1 : 0;
  if (settlements.length !== settled) {
    complaints.push(`P1: the promise of ${name} settled ${settlements.length} times`);
  }
  if (outcomes.length !== (isOver ? 1 : 0)) {
    complaints.push(`P1: the outcome of ${name} came ${outcomes.length} times`);
  }
  const [settlement] = settlements;
  const code = settlement !== undefined && "error" in settlement ? settlement.error.code : "";
  if (isAbandoned && code !== "ERR_ABANDONED") {
    complaints.push(`P6: ${name} was abandoned, and its promise says ${code}`);
  }
  const [outcome] = outcomes;
  if (!isOver || outcome === undefined) return complaints;
  return [...complaints, ...complaintsOfOutcome(party, outcome)];
}

function complaintsOfOutcome(party: Party, outcome: Outcome<unknown>): string[] {
  const { name, call, content, settlements, moved } = party;
  const complaints: string[] = [];
  const told = describe(outcome);
  const wanted = expected(party, outcome);
  if (told !== wanted) complaints.push(`P5: ${name} came to ${told}, wanted ${wanted}`);
  const [settlement] = settlements;
  const agrees =
    settlement === undefined ||
    ("value" in settlement
      ? outcome.status === "completed" && outcome.value === settlement.value
      : outcome.status !== "completed" && outcome.error === settlement.error);
  if (!agrees) complaints.push(`P1: promise and outcome of ${name} differ`);
  if (call === null || content === null) return complaints;
  const bytes = outcome.bytesTransferred;
  if (!isRead(call)) {
    if (content !== name.repeat(BUFFER_BYTES)) complaints.push(`P2: ${name}: its bytes changed`);
    return complaints;
  }
  const rest = String.fromCharCode(BLANK).repeat(BUFFER_BYTES - bytes);
  if (!content.endsWith(rest))
    complaints.push(`P5: ${name} read more than it was told: ${content}`);
  if (bytes === moved && content !== party.brought + rest) {
    complaints.push(`P5: ${name} has ${content}, and the kernel brought ${party.brought}`);
  }
  return complaints;
}

function describe(outcome: Outcome<unknown>): string {
  const { status, bytesTransferred } = outcome;
  if (outcome.status === "completed") return `${status} ${bytesTransferred}`;
  const { code, cause } = outcome.error;
  return `${status} ${code} ${reasonOf(cause)} ${bytesTransferred}`;
}

function reasonOf(cause: unknown): string {
  if (cause === undefined) return "-";
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}

function expected(party: Party, outcome: Outcome<unknown>): string {
  const { call, completions, isAbandoned, moved } = party;
  const last = completions.at(-1);
  const isStream = call !== null && isRead(call) && call.position === undefined;
  // Bytes that an orphan left count too; whether they are right is seen from what was delivered.
  const bytes = isStream ? Math.max(moved, outcome.bytesTransferred) : moved;
  if (isAbandoned) return `abandoned ERR_ABANDONED - ${bytes}`;
  switch (last?.kind) {
    case undefined:
      return party.stopper === null ? `completed ${bytes}` : stopped(party, outcome, bytes);
    case "canceled":
      return stopped(party, outcome, bytes);
    case "failed":
      return `failed ${errnoName(last.errno)} - ${bytes}`;
    case "done": {
      const isCut = party.isWhole && last.value > 0 && bytes < BUFFER_BYTES;
      return isCut ? stopped(party, outcome, bytes) : `completed ${bytes}`;
    }
    default:
      return `completed ${bytes}`;
  }
}

function stopped({ stopper }: Party, outcome: Outcome<unknown>, bytes: number): string {
  const reason = outcome.status === "completed" ? "" : reasonOf(outcome.error.cause);
  switch (stopper) {
    case "time":
      return `timedOut ETIMEDOUT - ${bytes}`;
    case "signal":
      return `canceled ABORT_ERR Error: stop ${bytes}`;
    case "close":
      return `canceled ABORT_ERR ERR_CLOSED ${bytes}`;
    case "drain": // One after the other, and perhaps the close first.
      return `canceled ABORT_ERR ${reason === "ERR_CLOSED" ? reason : "-"} ${bytes}`;
    case "cancel":
      return `canceled ABORT_ERR - ${bytes}`;
    case null:
      return "anything but canceled: nobody asked for it";
  }
}
