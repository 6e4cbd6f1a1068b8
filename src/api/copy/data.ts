// The bytes of one file, by the quickest way that its file systems have.
//
//   small ─────────────────────────────► one read, one write
//   else: reflink ─ refused ─► each extent between holes: copy_file_range ─ refused ─► blocks

import { IoError } from "../../base/errors.ts";
import { returnCopy, takeBuffer } from "../../operation/copy.ts";
import { codeOf } from "./copy-error.ts";
import { type Extent, mayHaveHoles, nextExtent } from "./extents.ts";
import { moveBlocks, moveToEnd } from "./lanes.ts";
import { ROOM_BYTES, SMALL_FILE_BYTES } from "./limits.ts";
import { mayMoveRange, moveRange, reflink } from "./ranges.ts";
import type { Transfer } from "./transfer.ts";

/** What file systems say that cannot make room in advance. */
const NO_ROOM_MAKING: ReadonlySet<string | undefined> = new Set([
  "EOPNOTSUPP",
  "ENOSYS",
  "EINVAL",
  "ERR_NOT_SUPPORTED",
]);

/** Makes the target's bytes those of the source, if that does not change meanwhile. */
export async function moveData(transfer: Transfer): Promise<void> {
  const { status, keptBytes, context } = transfer;
  const { reflink: wish, sparse } = context.settings;
  const isPlain = keptBytes === 0 && wish !== "always" && sparse !== "always";
  if (status.size <= SMALL_FILE_BYTES && isPlain && !mayHaveHoles(transfer)) {
    await moveSmall(transfer);
    return;
  }
  if (!(await reflink(transfer))) {
    await moveExtents(transfer);
    await transfer.settle();
  }
  await checkUnchanged(transfer);
}

/** Not the last access, which is ours; and a change of nothing but its mode does no harm. */
async function checkUnchanged(transfer: Transfer): Promise<void> {
  const { source, status, subject, context } = transfer;
  const { signal } = context;
  const now = await context.about(subject.source, () => source.stat({ signal }));
  const isSame = now.size === status.size && now.mtimeNs === status.mtimeNs && now.nlink > 0;
  if (!isSame) throw transfer.changed();
}

/** One read of all of it finds it as it is at one moment, so nobody need look again. */
async function moveSmall(transfer: Transfer): Promise<void> {
  const { source, status, subject, context } = transfer;
  const { signal } = context;
  const buffer = takeBuffer(SMALL_FILE_BYTES);
  try {
    const count = await context.about(subject.source, () =>
      source.read(buffer, { position: 0, signal }),
    );
    if (count === 0 && status.size === 0) return;
    // Less than there was: it may be a file that is read in portions, such as those of /proc.
    if (count !== status.size) {
      if (status.size === 0) await moveToEnd(transfer);
      else await moveBlocks(transfer, { start: 0, end: status.size });
      await checkUnchanged(transfer);
      return;
    }
    await writeSmall(transfer, buffer, count);
  } finally {
    returnCopy(buffer);
  }
}

async function writeSmall(
  transfer: Transfer,
  buffer: ReturnType<typeof takeBuffer>,
  length: number,
): Promise<void> {
  const { target, subject, context } = transfer;
  const { signal } = context;
  await transfer.pace(length);
  try {
    await target.writeAll(buffer, { position: 0, length, signal });
  } catch (error) {
    const count = error instanceof IoError ? error.bytesTransferred : 0;
    if (count > 0) transfer.moved("blocks", count);
    throw context.blame(error, subject.destination);
  }
  transfer.moved("blocks", length);
}

async function moveExtents(transfer: Transfer): Promise<void> {
  const { status, context } = transfer;
  const { size } = status;
  if (size === 0) {
    await moveToEnd(transfer);
    return;
  }
  const move = (await isForKernel(transfer)) ? moveByKernel : moveBlocks;
  const hasHoles = context.settings.sparse !== "never" && mayHaveHoles(transfer);
  if (!hasHoles) {
    await moveExtent(transfer, { start: 0, end: size }, move);
    await setLength(transfer, size);
    return;
  }
  let position = 0;
  for (let extent = await nextExtent(transfer, 0); extent !== null; ) {
    await passHole(transfer, { start: position, end: extent.start });
    await moveExtent(transfer, extent, move);
    position = extent.end;
    extent = position < size ? await nextExtent(transfer, position) : null;
  }
  await passHole(transfer, { start: position, end: size });
  await setLength(transfer, size);
}

/** Nothing is written, unless something may be there already. */
async function passHole(transfer: Transfer, { start, end }: Extent): Promise<void> {
  const kept = Math.min(Math.max(start, transfer.keptBytes), end);
  if (kept > start) await moveBlocks(transfer, { start, end: kept });
  transfer.passed(end - kept);
}

type Move = (transfer: Transfer, extent: Extent) => Promise<void>;

async function moveExtent(transfer: Transfer, extent: Extent, move: Move): Promise<void> {
  if (extent.isUntold === true) transfer.looksForZeros = true;
  if (!transfer.looksForZeros) await makeRoom(transfer, extent);
  await (transfer.looksForZeros ? moveBlocks : move)(transfer, extent);
}

/** The kernel's own copying neither looks for zeros, nor compares, nor fills holes for certain. */
async function isForKernel(transfer: Transfer): Promise<boolean> {
  const { keptBytes, context } = transfer;
  const { sparse } = context.settings;
  const isPlain = sparse === "auto" || (sparse === "never" && !mayHaveHoles(transfer));
  return isPlain && keptBytes === 0 && (await mayMoveRange(transfer));
}

async function moveByKernel(transfer: Transfer, extent: Extent): Promise<void> {
  for (const left of await moveRange(transfer, extent)) await moveBlocks(transfer, left);
}

/** What lands in any order would be scattered, and a full device be found out late. */
async function makeRoom(transfer: Transfer, { start, end }: Extent): Promise<void> {
  const { target, subject, context } = transfer;
  const { signal } = context;
  if (end - start < ROOM_BYTES) return;
  try {
    await target.allocate(start, end - start, { keepSize: true, signal });
  } catch (error) {
    if (NO_ROOM_MAKING.has(codeOf(error))) return;
    throw context.blame(error, subject.destination);
  }
}

/** A hole at the end is only in the length. */
async function setLength(transfer: Transfer, size: number): Promise<void> {
  const { target, subject, context } = transfer;
  const { signal } = context;
  await context.about(subject.destination, async () => {
    const status = await target.stat({ signal });
    if (status.size === size) return;
    try {
      await target.truncate(size, { signal });
    } catch (error) {
      // Linux before 6.9: the last byte says it, too. A longer file cannot be had.
      if (codeOf(error) !== "ERR_NOT_SUPPORTED" || status.size > size) throw error;
      await target.writeAll(new Uint8Array(1), { position: size - 1, signal });
    }
  });
}
