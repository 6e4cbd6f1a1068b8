// One run of the copy: a walk ahead, and a bounded number of files at work behind it.

import { status } from "../../index.ts";
import { Blocks } from "./blocks.ts";
import { type CopyContext, type Entry, newTally, type Reporter, type Tally } from "./context.ts";
import { copyEntry } from "./copy-file.ts";
import { BIG_FILE_BYTES, FILES_AT_ONCE, WALK_AHEAD_MAX } from "./limits.ts";
import { CopyError } from "./messages.ts";
import { Queue } from "./queue.ts";
import { findEntries } from "./targets.ts";
import { guard, walk } from "./walk.ts";

export interface CopyRequest {
  readonly sources: readonly Buffer[];
  readonly destination: Buffer;
  readonly recursive: boolean;
  readonly signal: AbortSignal;
  readonly reporter: Reporter;
  /** Filled while the run goes on, for the bar. */
  readonly tally?: Tally;
}

/**
 * Copies. Failures are reported and counted, and the rest is copied. Returns when nothing is at
 * work any more, after an abort, too.
 */
export async function runCopy(request: CopyRequest): Promise<Tally> {
  const { recursive, signal, reporter } = request;
  const tally = request.tally ?? newTally();
  const context = { signal, recursive, tally, blocks: new Blocks(), reporter };
  const entries = await guard(context, () => {
    checkBackend();
    return findEntries(request.sources, request.destination, context);
  });
  const queue = new Queue<Entry>(WALK_AHEAD_MAX);
  const bigFiles = new Turns();
  const workers = Array.from({ length: FILES_AT_ONCE }, () => work(queue, bigFiles, context));
  await Promise.all([walkAhead(entries ?? [], queue, context), ...workers]);
  return tally;
}

/** Said once, instead of for each file. */
function checkBackend(): void {
  const { backend, reason } = status();
  if (backend === null) throw new CopyError(`cannot copy: ${reason ?? "there is no io_uring"}`);
}

async function walkAhead(
  entries: readonly Entry[],
  queue: Queue<Entry>,
  context: CopyContext,
): Promise<void> {
  const { tally } = context;
  try {
    for await (const entry of walk(entries, context)) {
      tally.filesTotal += 1;
      if (entry.status.type === "file") tally.bytesTotal += entry.status.size;
      await queue.push(entry);
    }
    tally.isWalkDone = true;
  } finally {
    queue.end();
  }
}

/** After an abort the entries left are taken, too, for their folders' sake, but not copied. */
async function work(queue: Queue<Entry>, bigFiles: Turns, context: CopyContext): Promise<void> {
  for (;;) {
    const entry = await queue.shift();
    if (entry === undefined) return;
    const copy = (): Promise<void> => copyEntry(entry, context);
    await guard(context, async () => {
      await (entry.status.size < BIG_FILE_BYTES ? copy() : bigFiles.take(copy));
      context.tally.filesCopied += 1;
    });
    await guard(context, () => entry.folder.release());
  }
}

/** Work that is done one after the other. */
class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    // A failure is its own caller's, and ends no turn but its own.
    this.#last = turn.catch(() => {});
    return turn;
  }
}
