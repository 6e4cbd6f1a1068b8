// Whether the bytes of FIFOs are conserved, in their order: through the FIFO itself, and through
// each open file, whose reads and writes may have been canceled, abandoned, and served from what
// orphans left.

import type { Account } from "./account.ts";
import { isEqual } from "./bytes.ts";
import { type Call, isRead, isWhole, isWrite, type Opened, wantedBy } from "./call.ts";
import { deliveredTo, givenTo } from "./check-bytes.ts";
import { check } from "./finding.ts";

/** At the end of a session. */
export function checkStreams(account: Account): void {
  for (const { puts, takes } of account.fifos.values()) {
    const taken = Buffer.concat(takes);
    const put = Buffer.concat(puts).subarray(0, taken.byteLength);
    check(isEqual(put, taken), "stream", () => "a FIFO gave other bytes than were put in");
  }
  for (const opened of account.opened) {
    if (opened.openFile.node.kind !== "fifo") continue;
    checkReads(opened, Buffer.concat(account.streamLog(opened.openFile).takes));
    checkWrites(opened, Buffer.concat(account.streamLog(opened.openFile).puts));
  }
}

/**
 * What the kernel took out for a file is what its reads delivered, in the order of the calls; and
 * at most what the last orphans took, and nobody has read since, is left over.
 */
function checkReads({ calls, file }: Opened, taken: Uint8Array): void {
  let delivered = 0;
  let accounted = 0;
  let isOpenEnded = false;
  for (const call of calls) {
    if (!isRead(call.action)) continue;
    if (call.outcome === null) {
      isOpenEnded = true;
      continue;
    }
    const { bytesTransferred: count } = call.outcome;
    const left = accounted - delivered;
    if (!call.isAbandoned) {
      const bytes = deliveredTo(call);
      const wanted = taken.subarray(delivered, delivered + count);
      check(isEqual(bytes, wanted), "stream", () => `${call}: brought others than the next bytes`);
      checkServed(call, left);
      delivered += count;
      accounted = Math.max(accounted, delivered);
    } else accounted = Math.max(accounted, delivered + count);
  }
  const total = taken.byteLength;
  const isRight = isOpenEnded ? total >= accounted : total === accounted;
  const tell = (): string => `${file.path}: reads account for ${accounted} of ${total} bytes`;
  check(isRight, "stream", tell);
}

/** What orphans left comes before anything else. */
function checkServed(call: Call, left: number): void {
  const { outcome } = call;
  if (left === 0 || outcome === null) return;
  if (outcome.status !== "completed") {
    // Stopped before its turn; or a whole that had it all and was to go on.
    const isStopped = outcome.bytesTransferred === 0 && outcome.status !== "failed";
    const isRight = isStopped || (isWhole(call.action) && outcome.bytesTransferred >= left);
    check(isRight, "stream", () => `${call}: left some of what an orphan left`);
    return;
  }
  const wanted = Math.min(left, wantedBy(call));
  const isRight = isWhole(call.action)
    ? outcome.bytesTransferred >= wanted
    : outcome.bytesTransferred === wanted;
  check(isRight, "stream", () => {
    return `${call}: brought ${outcome.bytesTransferred} bytes, orphans had left ${left}`;
  });
}

/** What went in for a file is what its writes say that they wrote, in the order of the calls. */
function checkWrites({ calls, file }: Opened, put: Uint8Array): void {
  const writes = calls.filter(({ action }) => isWrite(action));
  const isOpenEnded = writes.some(({ outcome }) => outcome === null);
  const written = writes
    .filter(({ outcome }) => outcome !== null)
    .map((call) => givenTo(call).subarray(0, call.outcome?.bytesTransferred));
  const said = Buffer.concat(written);
  const found = isOpenEnded ? put.subarray(0, said.byteLength) : put;
  check(isEqual(found, said), "stream", () => `${file.path}: writes say something else`);
}
