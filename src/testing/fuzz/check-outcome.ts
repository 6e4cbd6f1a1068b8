// Whether an outcome tells the truth: it is held against what the kernel did, and against who asked
// the call to stop.

import { isDeepStrictEqual } from "node:util";
import { File } from "../../api/file.ts";
import type { Answer, Task } from "../../backend/sim/task.ts";
import type { IoError } from "../../base/errors.ts";
import { errnoName } from "../../kernel/errno.ts";
import type { Outcome } from "../../operation/outcome.ts";
import type { Account } from "./account.ts";
import type { CallAction } from "./action.ts";
import { firstAsks } from "./asking.ts";
import { type Call, isRead, isWhole, isWrite, wantedBy } from "./call.ts";
import { check } from "./finding.ts";

type Unfinished = Exclude<Outcome<unknown>, { readonly status: "completed" }>;

/** What it should have come to. `stopped`: canceled or timed out, whichever was asked for first. */
type Expected = "completed" | "abandoned" | "stopped" | { readonly code: string };

export function checkOutcome(call: Call, account: Account): void {
  const { outcome, settled } = call;
  check(call.settlements === 1, "settling", () => `${call}: settled ${call.settlements} times`);
  check(call.outcomes === 1, "settling", () => `${call}: ${call.outcomes} outcomes`);
  if (outcome === null || settled === null) return;
  checkCount(call, outcome);
  const expected = expectedOf(call, outcome);
  const shown = shownOutcome(outcome);
  if (outcome.status === "completed") {
    check(expected === "completed", "outcome", () => wrong(call, shown, expected));
    const isSame = settled.status === "fulfilled" && settled.value === outcome.value;
    check(isSame, "settling", () => `${call}: promise and outcome say different things`);
    checkValue(call, outcome.value, outcome.bytesTransferred);
    return;
  }
  const isSame = settled.status === "rejected" && settled.error === outcome.error;
  check(isSame, "settling", () => `${call}: promise and outcome say different things`);
  const isAsExpected = isUnfinishedAs(expected, call, outcome, account);
  check(isAsExpected, "outcome", () => wrong(call, shown, expected));
}

export function shownOutcome(outcome: Outcome<unknown>): string {
  const bytes = `${outcome.bytesTransferred} bytes`;
  if (outcome.status === "completed") return `completed, ${bytes}`;
  return `${outcome.status} (${outcome.error.code}), ${bytes}`;
}

/** A read of a stream can have more than the kernel moved for it: what an orphan left. */
function checkCount(call: Call, { bytesTransferred }: Outcome<unknown>): void {
  const { moved } = call;
  const wanted = wantedBy(call);
  const isStream = call.opened?.openFile.node.kind === "fifo";
  const isRight =
    isStream && isRead(call.action)
      ? bytesTransferred >= moved && bytesTransferred <= wanted
      : bytesTransferred === moved;
  check(isRight, "outcome", () => `${call}: says ${bytesTransferred} bytes, moved ${moved}`);
}

function expectedOf(call: Call, outcome: Outcome<unknown>): Expected {
  if (call.isAbandoned) return "abandoned";
  const last = call.facts.at(-1);
  if (last === undefined || last.task.answer === null) {
    // Without the kernel, only a read can complete: of what an orphan left.
    return isRead(call.action) && outcome.bytesTransferred > 0 && outcome.status === "completed"
      ? "completed"
      : "stopped";
  }
  return ofAnswer(last.task.answer, call, outcome);
}

function ofAnswer(answer: Answer, call: Call, { bytesTransferred }: Outcome<unknown>): Expected {
  switch (answer.kind) {
    case "failed":
      return { code: errnoName(answer.errno) };
    case "canceled":
    case "interrupted":
      return "stopped";
    case "unsupported":
      return { code: "ERR_NOT_SUPPORTED" };
    case "refused":
      return { code: answer.code };
    case "done": {
      if (!isWhole(call.action) || bytesTransferred >= wantedBy(call)) return "completed";
      if (answer.value > 0) return "stopped"; // Between two parts.
      return isWrite(call.action) ? { code: "ERR_NO_PROGRESS" } : "completed";
    }
    default:
      return "completed";
  }
}

function isUnfinishedAs(
  expected: Expected,
  call: Call,
  { status, error, bytesTransferred }: Unfinished,
  account: Account,
): boolean {
  if (expected === "completed") return false;
  if (expected === "abandoned") return status === "abandoned" && error.code === "ERR_ABANDONED";
  const tellsBytes = error.bytesTransferred === bytesTransferred;
  if (expected === "stopped") return tellsBytes && wasAskedFor(status, error, call, account);
  return tellsBytes && status === "failed" && error.code === expected.code;
}

function wasAskedFor(
  status: Unfinished["status"],
  error: IoError,
  call: Call,
  account: Account,
): boolean {
  const code = status === "timedOut" ? "ETIMEDOUT" : "ABORT_ERR";
  const isOurs = error.errno === undefined && (status === "timedOut" || status === "canceled");
  if (!isOurs || error.code !== code) return false;
  return firstAsks(call, account.drains).some(
    (ask) => ask.code === code && ask.isCause(error.cause),
  );
}

function checkValue(call: Call, value: unknown, bytesTransferred: number): void {
  const { action } = call;
  if (isRead(action) || isWrite(action)) {
    check(value === bytesTransferred, "outcome", () => `${call}: gave ${value}`);
  } else if (action.kind === "open") {
    check(value instanceof File, "outcome", () => `${call}: gave ${value}`);
  } else if (DESCRIPTIONS.includes(action.kind)) {
    const answer = call.facts.at(-1)?.task.answer;
    const isTrue =
      answer?.kind === "described" &&
      (value as { readonly ino: bigint }).ino === answer.stat.ino &&
      (value as { readonly size: number }).size === answer.stat.size;
    check(isTrue, "outcome", () => `${call}: describes something else`);
  } else {
    const isRight = isDeepStrictEqual(value, meaningOf(call.facts.at(-1)?.task));
    check(isRight, "outcome", () => `${call}: gave ${value}`);
  }
}

const DESCRIPTIONS: readonly CallAction["kind"][] = ["stat", "stat path", "lstat"];

/** What the kernel's answer means to the caller. */
function meaningOf(task: Task | undefined): unknown {
  if (task?.answer?.kind === "content") return Buffer.from(task.answer.bytes).toString();
  if (task?.answer?.kind !== "done") return undefined;
  const { request, answer, brought } = task;
  switch (request.kind) {
    case "seek":
    case "copyRange":
    case "list":
      return answer.value;
    case "copyFiles": {
      const results = new Uint8Array(brought.subarray(request.resultsOffset));
      return Array.from(new BigInt64Array(results.buffer), Number);
    }
    default:
      return undefined;
  }
}

function wrong(call: Call, shown: string, expected: Expected): string {
  const wanted = typeof expected === "string" ? expected : `failed (${expected.code})`;
  const asks = call.asks.map(({ code, atMs, isSure }) => {
    return `${isSure ? "" : "perhaps "}${code} at ${atMs} ms`;
  });
  return `${call}: ${shown}; wanted ${wanted}; asked to stop: ${asks.join(", ") || "never"}`;
}
