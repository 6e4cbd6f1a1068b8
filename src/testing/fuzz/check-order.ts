// What may be submitted when: lanes, the fence, and nothing behind anybody's back. Looked at in the
// moment in which the kernel gets a request.

import type { Task } from "../../backend/sim/task.ts";
import type { Account } from "./account.ts";
import { type Call, isChange, isImplicit, isRead, isWrite, type Opened } from "./call.ts";

/** What is wrong with a request that the kernel has just got; null if nothing is. */
export function wrongOrder(account: Account, task: Task, call: Call | undefined): string | null {
  if (call === undefined) return undoes(account, task) ? null : "nobody asked for it";
  if (call.isOver) return `${call} was over`;
  const { opened } = call;
  if (opened === null) return null;
  const others = opened.calls.filter((other) => other !== call && isUnderWay(other));
  if (call.action.kind === "close") {
    const [other] = [...others, ...opened.borrowers.filter(isUnderWay)];
    return other === undefined ? null : `closes the file under ${other}`;
  }
  return outOfTurn(call, opened, others) ?? overtakes(call, opened) ?? skips(call, opened);
}

/** The kernel has seen it, and it has not settled. */
function isUnderWay({ facts, operation }: Call): boolean {
  return facts.length > 0 && operation.state !== "settled";
}

/** One read and one write of a stream at a time; one call at a time that has no position. */
function outOfTurn(call: Call, { openFile }: Opened, others: readonly Call[]): string | null {
  const isStream = openFile.node.kind === "fifo";
  const rival = others.find(({ action }) =>
    isStream
      ? (isRead(action) && isRead(call.action)) || (isWrite(action) && isWrite(call.action))
      : isImplicit(action) && isImplicit(call.action),
  );
  return rival === undefined ? null : `${call} does not wait for ${rival}`;
}

function overtakes(call: Call, { calls }: Opened): string | null {
  if (!isFenced(call)) return null;
  const orphan = calls.find(
    (other) =>
      other.abandonedTick < call.startTick &&
      isChange(other.action) &&
      other.operation.state !== "settled",
  );
  return orphan === undefined ? null : `${call} overtakes ${orphan}, which was abandoned`;
}

/** Those that waited for the same orphan go on in the order of their calls. */
function skips(call: Call, opened: Opened): string | null {
  if (!isFenced(call) || hasTurns(call, opened)) return null;
  const orphan = opened.calls.find(
    ({ action, abandonedTick, endTick }) =>
      isChange(action) && abandonedTick < call.startTick && endTick > call.startTick,
  );
  if (orphan === undefined) return null;
  const skipped = opened.calls.find(
    (other) =>
      other.startTick > orphan.abandonedTick &&
      other.startTick < call.startTick &&
      other.facts.length === 0 &&
      other.operation.state !== "settled" &&
      isFenced(other) &&
      !hasTurns(other, opened),
  );
  return skipped === undefined ? null : `${call} goes before ${skipped}, which was first`;
}

function isFenced({ action }: Call): boolean {
  return isChange(action) || action.kind === "sync" || action.kind === "datasync";
}

/** It waits for calls as well, not for orphans alone. */
function hasTurns({ action }: Call, { openFile }: Opened): boolean {
  return isWrite(action) && (openFile.node.kind === "fifo" || isImplicit(action));
}

/** An abandoned open that made a descriptor is undone. */
function undoes(account: Account, { request }: Task): boolean {
  if (request.kind !== "close") return false;
  return account.calls.some(
    ({ isAbandoned, facts }) =>
      isAbandoned &&
      facts.some(({ task }) => task.answer?.kind === "opened" && task.answer.fd === request.fd),
  );
}
