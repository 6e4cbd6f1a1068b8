// One regular file, from its source to its place.

import { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } from "../../kernel/open-flags.ts";
import type { File } from "../file.ts";
import type { FileStat } from "../stat.ts";
import { applyAttributes } from "./attributes.ts";
import { commit } from "./commit.ts";
import type { CopyContext } from "./context.ts";
import { codeOf } from "./copy-error.ts";
import { moveData } from "./data.ts";
import type { Entry } from "./entry.ts";
import { BIG_FILE_BYTES, SMALL_FILE_BYTES } from "./limits.ts";
import { openPart, type Part, removeKept, removePart } from "./part.ts";
import { findPlace, type Place } from "./place.ts";
import { Transfer } from "./transfer.ts";

const PERMISSIONS = 0o777;

/** While a file is not whole it is its owner's alone, if its mode is to be set anyway. */
const PRIVATE = 0o600;

/**
 * Rejects with a failure or the cancel; then no part file is left, unless it is to be kept. A file
 * that turns out to be big is not copied but returned, with its status.
 */
export async function copyFile(entry: Entry, context: CopyContext): Promise<Entry | null> {
  context.check();
  const [source, status] = await openSource(entry, context);
  try {
    if (status.type !== "file") throw context.failureOf("ERR_UNSUPPORTED_TYPE", entry.source);
    if (entry.status === null && status.size >= BIG_FILE_BYTES) return entry.withStatus(status);
    const place = await findPlace(entry, status, context);
    if (place === null) await skip(entry, status, context);
    else await copyTo(place, entry, source, status, context);
    return null;
  } finally {
    await context.about(entry.source, () => source.close());
  }
}

/** What a process that was killed may have left is of no use any more. */
export async function skip(
  entry: Entry,
  source: FileStat | null,
  context: CopyContext,
): Promise<void> {
  if (context.settings.resume && source !== null) await removeKept(entry, source, context);
  context.tally.skipped += 1;
  context.tally.filesDone += 1;
  context.tell(entry, "skipped");
}

/** Never waits: should a FIFO have taken the file's name, opening it must not wait for a writer. */
async function openSource(
  entry: Entry,
  context: CopyContext,
): Promise<readonly [source: File, status: FileStat]> {
  const { signal, calls } = context;
  const flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW;
  let size = 0;
  try {
    return await context.about(entry.source, async () => {
      const source = await calls.open(entry.source, flags, 0, { signal });
      try {
        const status = await source.stat({ signal });
        size = status.size;
        return [source, status];
      } catch (error) {
        await source.close();
        throw error;
      }
    });
  } finally {
    context.sized(entry, size);
  }
}

async function copyTo(
  place: Place,
  entry: Entry,
  source: File,
  status: FileStat,
  context: CopyContext,
): Promise<void> {
  const part = await openPart(entry, status, firstMode(place, status, context), context);
  const { file: target, keptBytes } = part;
  const transfer = new Transfer({ subject: entry, source, status, target, keptBytes }, context);
  let isCommitted = false;
  try {
    try {
      await fill(transfer, place);
    } finally {
      await context.about(entry.destination, () => target.close());
    }
    if (isWorthTelling(status)) context.tell(entry, "renaming");
    isCommitted = await commit(part.path, entry, context);
  } catch (error) {
    if (isOfUse(part, transfer, error)) keep(part, transfer);
    else await removePart(part.path, context);
    throw error;
  }
  if (isCommitted) {
    finish(transfer);
    return;
  }
  await removePart(part.path, context);
  await skip(entry, status, context);
}

function isWorthTelling(status: FileStat): boolean {
  return status.size > SMALL_FILE_BYTES;
}

function firstMode(place: Place, status: FileStat, { settings }: CopyContext): number {
  if (settings.preserve) return PRIVATE;
  return (place.existing?.type === "file" ? place.existing : status).mode & PERMISSIONS;
}

/** Data, attributes, sync: what a file needs before it gets its name. */
async function fill(transfer: Transfer, place: Place): Promise<void> {
  const { subject, status, target, context } = transfer;
  const { signal, settings } = context;
  if (isWorthTelling(status)) context.tell(subject, "copying");
  await moveData(transfer);
  const { existing } = place;
  await context.about(subject.destination, async () => {
    if (settings.preserve) await applyAttributes(target, status);
    // The umask may have cut what the file that is replaced has.
    else if (existing?.type === "file") await target.chmod(existing.mode & PERMISSIONS);
    if (!settings.sync) return;
    if (isWorthTelling(status)) context.tell(subject, "syncing");
    await target.sync({ signal });
  });
}

/** Whether a later copy could take it up: not what belongs to a state that the source has left. */
function isOfUse(
  { isKept, keptBytes }: Part,
  { bytesDone, context }: Transfer,
  error: unknown,
): boolean {
  const hasBytes = bytesDone > 0 || keptBytes > 0;
  return (
    context.settings.keepPartial && isKept && hasBytes && codeOf(error) !== "ERR_SOURCE_CHANGED"
  );
}

function keep({ path: destination }: Part, { subject, bytesDone, context }: Transfer): void {
  const { source, type } = subject;
  context.tell({ source, type, destination }, "kept", { bytes: bytesDone });
}

function finish({ subject, bytesDone, method, context }: Transfer): void {
  context.copied(subject, bytesDone, method);
}
