// One regular file, from its source to its place.

import { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } from "../../kernel/open-flags.ts";
import type { File } from "../file.ts";
import type { FileStat } from "../stat.ts";
import { applyAttributes } from "./attributes.ts";
import { commit } from "./commit.ts";
import type { CopyContext } from "./context.ts";
import { moveData } from "./data.ts";
import type { Entry } from "./entry.ts";
import { BIG_FILE_BYTES, SMALL_FILE_BYTES } from "./limits.ts";
import { openPart, type Part, removePart } from "./part.ts";
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
  const source = await openSource(entry, context);
  try {
    const { signal } = context;
    const status = await context.about(entry.source, () => source.stat({ signal }));
    if (status.type !== "file") throw context.failureOf("ERR_UNSUPPORTED_TYPE", entry.source);
    if (entry.status === null && status.size >= BIG_FILE_BYTES) return entry.withStatus(status);
    const place = await findPlace(entry, status, context);
    if (place === null) skip(entry, context);
    else await copyTo(place, entry, source, status, context);
    return null;
  } finally {
    await context.about(entry.source, () => source.close());
  }
}

export function skip(entry: Entry, context: CopyContext): void {
  context.tally.skipped += 1;
  context.tally.filesDone += 1;
  context.tell(entry, "skipped");
}

/** Never waits: should a FIFO have taken the file's name, opening it must not wait for a writer. */
function openSource(entry: Entry, context: CopyContext): Promise<File> {
  const { signal, calls } = context;
  const flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW;
  return context.about(entry.source, () => calls.open(entry.source, flags, 0, { signal }));
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
  } finally {
    if (!isCommitted) await discard(part, transfer);
  }
  if (isCommitted) finish(transfer);
  else skip(entry, context);
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

async function discard(part: Part, transfer: Transfer): Promise<void> {
  const { subject, context } = transfer;
  if (context.settings.keepPartial && part.isKept && transfer.bytesDone > 0) {
    const { source, type } = subject;
    const bytes = transfer.bytesDone;
    context.tell({ source, type, destination: part.path }, "kept", { bytes });
  } else {
    await removePart(part.path, context);
  }
}

function finish({ subject, bytesDone, method, context }: Transfer): void {
  context.copied(subject, bytesDone, method);
}
