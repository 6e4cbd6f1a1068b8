// Whether the bytes of a call are the right ones: a read brings what the kernel read and changes
// nothing else, a write writes what it was given and changes nothing at all.

import type { Task } from "../../backend/sim/task.ts";
import type { TransferAction } from "./action.ts";
import { bytesFor } from "./begin-call.ts";
import { isEqual, shownBytes } from "./bytes.ts";
import { type Call, isRead, isWrite, movedBy, wantedBy } from "./call.ts";
import { check } from "./finding.ts";

/** After its end, with its outcome. */
export function checkBytes(call: Call): void {
  if (isWrite(call.action)) checkWritten(call);
  if (call.lent.length === 0 || call.after.length === 0) return;
  const before = Buffer.concat(call.lent.map((lent) => lent.before));
  const after = Buffer.concat(call.after);
  const count = broughtTo(call);
  const start = offsetOf(call);
  const isKept =
    isEqual(before.subarray(0, start), after.subarray(0, start)) &&
    isEqual(before.subarray(start + count), after.subarray(start + count));
  check(isKept, "buffer", () => `${call}: its buffer changed where nothing was read`);
  if (isRead(call.action) ? count !== call.moved : call.action.kind !== "list") return;
  const brought = Buffer.concat(call.facts.map(({ task }) => broughtBy(task)));
  const found = after.subarray(start, start + count);
  check(
    isEqual(found, brought),
    "buffer",
    () => `${call}: has ${shownBytes(found)}, the kernel brought ${shownBytes(brought)}`,
  );
}

/** What a read that has ended has in its buffer. */
export function deliveredTo(call: Call): Uint8Array {
  const start = offsetOf(call);
  const end = start + (call.outcome?.bytesTransferred ?? 0);
  return Buffer.concat(call.after).subarray(start, end);
}

/** What a call was given to write. */
export function givenTo(call: Call): Uint8Array {
  const { action, lent } = call;
  if ("from" in action && action.from === "bytes") return bytesFor(action as TransferAction);
  const start = offsetOf(call);
  return Buffer.concat(lent.map(({ before }) => before)).subarray(start, start + wantedBy(call));
}

function checkWritten(call: Call): void {
  const given = givenTo(call);
  let written = 0;
  for (const { task, sent } of call.facts) {
    const rest = given.subarray(written);
    const isRight = sent === null || isEqual(sent, rest);
    check(isRight, "buffer", () => `${call}: ${task} writes something else than it was given`);
    written += movedBy(task);
  }
}

/** How many bytes must be in its buffer that were not there before. */
function broughtTo({ action, outcome, facts }: Call): number {
  if (isRead(action)) return outcome?.bytesTransferred ?? 0;
  if (action.kind !== "list") return 0;
  return facts.reduce((sum, { task }) => sum + broughtBy(task).byteLength, 0);
}

function broughtBy(task: Task): Uint8Array {
  const isFull = movedBy(task) > 0 || (task.kind === "list" && task.answer?.kind === "done");
  return isFull ? task.brought : task.brought.subarray(0, 0);
}

function offsetOf({ action }: Call): number {
  return "from" in action && "length" in action ? action.offset : 0;
}
