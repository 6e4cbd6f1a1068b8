// Whether a file holds what was written to it last. Many writes may have been under way at once, so
// "last" is a set: every byte must come from a change that none of the others came after.
//
// One change comes after another if it was called when the other had ended; or if its file made it
// wait: behind an orphan, or in a row of calls without a position.

import type { FileNode } from "../../backend/sim/disk.ts";
import { O_TRUNC, openFlags } from "../../kernel/open-flags.ts";
import type { Account } from "./account.ts";
import {
  type Call,
  type Fact,
  isChange,
  isImplicit,
  isRead,
  isWrite,
  movedBy,
  type Opened,
} from "./call.ts";
import { check } from "./finding.ts";

const EVER = Number.POSITIVE_INFINITY;

/** What a call did to the bytes from `start` to `end` of a file. */
interface Change {
  readonly call: Call | null;
  readonly start: number;
  readonly end: number;
  /** What it put there; zeros or nothing if null. */
  readonly bytes: Uint8Array | null;
}

export function checkFiles(account: Account, files: ReadonlyMap<FileNode, Uint8Array>): void {
  const changes = new Map<FileNode, Change[]>();
  for (const [node, content] of files) changes.set(node, [atFirst(content)]);
  for (const call of account.calls) {
    for (const fact of call.facts) noteChange(call, fact, changes);
  }
  for (const [node, list] of changes) checkFile(node, list);
  for (const opened of account.opened) checkPositions(opened);
}

function atFirst(content: Uint8Array): Change {
  return { call: null, start: 0, end: content.byteLength, bytes: content };
}

function noteChange(call: Call, fact: Fact, changes: Map<FileNode, Change[]>): void {
  const node = (fact.openFile ?? fact.task.file)?.node;
  if (node?.kind !== "file" || !fact.isExecuted) return;
  const list = changes.get(node) ?? [atFirst(new Uint8Array(0))];
  changes.set(node, list);
  const change = changeOf(call, fact);
  if (change !== null) list.push(change);
}

function changeOf(call: Call, { task, sent, copied, at }: Fact): Change | null {
  const { answer, request } = task;
  if (answer?.kind === "opened") {
    const flags = call.action.kind === "open" ? (openFlags(call.action.flags) ?? 0) : 0;
    return (flags & O_TRUNC) === 0 ? null : { call, start: 0, end: EVER, bytes: null };
  }
  if (answer?.kind !== "done") return null;
  if (request.kind === "truncate") return { call, start: request.length, end: EVER, bytes: null };
  if (request.kind === "clone") return { call, start: 0, end: EVER, bytes: copied };
  if (request.kind === "copyRange" && copied !== null) {
    const start = request.toPosition;
    return { call, start, end: start + copied.byteLength, bytes: copied };
  }
  if (sent === null || answer.value === 0) return null;
  return { call, start: at, end: at + answer.value, bytes: sent.subarray(0, answer.value) };
}

function checkFile({ content }: FileNode, changes: readonly Change[]): void {
  const edges = new Set([0, content.byteLength]);
  for (const { start, end } of changes) {
    if (start < content.byteLength) edges.add(start);
    if (end < content.byteLength) edges.add(end);
  }
  const places = [...edges].sort((one, other) => one - other);
  for (const [index, start] of places.entries()) {
    const end = places[index + 1];
    if (end !== undefined) checkRange(content, start, end, lastOf(changes, start));
  }
}

/** Those that nothing came after, of the changes of one place. */
function lastOf(changes: readonly Change[], place: number): Change[] {
  const here = changes.filter(({ start, end }) => start <= place && place < end);
  return here.filter((change) => !here.some((other) => comesAfter(other, change)));
}

function checkRange(
  content: Uint8Array,
  start: number,
  end: number,
  last: readonly Change[],
): void {
  for (let at = start; at < end; at++) {
    const isExplained =
      last.length === 0
        ? content[at] === 0
        : last.some(({ bytes, start: from }) => content[at] === (bytes?.[at - from] ?? 0));
    check(isExplained, "file", () => {
      const names = last.map(({ call }) => call?.toString() ?? "what was there at first");
      return `byte ${at} is ${content[at]}, which is not from ${names.join(" or ")}`;
    });
  }
}

function comesAfter({ call: later }: Change, { call: earlier }: Change): boolean {
  if (later === null || later === earlier) return false;
  if (earlier === null || earlier.endTick <= later.startTick) return true;
  if (earlier.startTick >= later.startTick || earlier.opened !== later.opened) return false;
  if (earlier.opened === null) return false;
  const isFenced = earlier.abandonedTick < later.startTick && isChange(later.action);
  return isFenced || (isImplicit(earlier.action) && isImplicit(later.action));
}

/** Calls without a position go on where the last of them ended; the others as they say. */
function checkPositions({ openFile, calls, isAppending }: Opened): void {
  if (openFile.node.kind !== "file") return;
  let position = 0;
  let isKnown = true;
  for (const call of calls) {
    if (!isRead(call.action) && !isWrite(call.action)) continue;
    const isOwn = isImplicit(call.action);
    const from = isOwn ? position : ((call.action as { position?: number }).position ?? 0);
    if (!isOwn || (isKnown && !isAppending)) checkParts(call, from);
    if (!isOwn) continue;
    if (call.outcome === null) isKnown = false;
    const isCounted = isWrite(call.action) || call.outcome?.status === "completed";
    if (isCounted) position += call.outcome?.bytesTransferred ?? 0;
  }
}

function checkParts(call: Call, from: number): void {
  let position = from;
  for (const { task } of call.facts) {
    const asked = "position" in task.request ? task.request.position : -1;
    check(asked === position, "order", () => `${call}: is at ${asked}, wanted ${position}`);
    position += movedBy(task);
  }
}
