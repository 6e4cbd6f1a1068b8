// `--verify`: what was copied is read back, see compare.ts.

import { type CopyEntry, IoError, readlinkBytes } from "../../index.ts";
import type { Account } from "./account.ts";
import { compareFiles, Difference, type Verified } from "./compare.ts";
import { eachOf } from "./each.ts";
import type { Share } from "./jobs.ts";
import { VERIFIED_AT_ONCE } from "./limits.ts";
import { type Failure, reasonOf } from "./messages.ts";
import { quotePath } from "./paths.ts";
import type { Reporter } from "./reporter.ts";

export interface VerifyOptions {
  readonly account: Account;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly onFailure: (failure: Failure) => void;
}

/** Files and links. What differs is told and counted; an abort ends it. */
export async function verifyAll(
  entries: readonly CopyEntry[],
  options: VerifyOptions,
): Promise<void> {
  const { account, signal } = options;
  const all = entries.map((entry) => ({ entry, share: shareOf(entry, 0, 0) }));
  account.begin("verifying", all);
  await eachOf(all, VERIFIED_AT_ONCE, async (item) => {
    if (signal.aborted) account.isCut = true;
    else await verifyOne(item, options);
  });
}

interface Item {
  readonly entry: CopyEntry;
  share: Share;
}

function shareOf({ bytes }: CopyEntry, bytesDone: number, filesDone: number): Share {
  return { bytesDone, bytesTotal: bytes, filesDone, filesTotal: 1, isTotalKnown: true };
}

async function verifyOne(item: Item, options: VerifyOptions): Promise<void> {
  const { account, reporter, signal, onFailure } = options;
  const { entry } = item;
  const { destination } = entry;
  try {
    reporter.verified(entry, await compare(item, options));
    account.verified += 1;
    item.share = shareOf(entry, entry.bytes, 1);
  } catch (error) {
    if (signal.aborted && error instanceof IoError && error.code === "ABORT_ERR") {
      account.isCut = true;
      return;
    }
    const isKnown = error instanceof IoError || error instanceof Difference;
    if (!isKnown) throw error;
    const code = error instanceof IoError ? error.code : "ERR_DIFFERENT";
    const message = `cannot verify ${quotePath(destination)}: ${reasonOf(error)}`;
    onFailure({ code, path: destination, message });
  }
}

async function compare(item: Item, { account, signal }: VerifyOptions): Promise<Verified> {
  const { entry } = item;
  const { source, destination, bytes: bytesTotal } = entry;
  if (entry.type === "symlink") return compareLinks(entry, signal);
  let bytesDone = 0;
  const onBytes = (byteCount: number): void => {
    bytesDone += byteCount;
    item.share = shareOf(entry, bytesDone, 0);
    account.moving({ source, destination, bytesDone, bytesTotal });
  };
  return compareFiles(source, destination, { signal, onBytes });
}

async function compareLinks(entry: CopyEntry, signal: AbortSignal): Promise<Verified> {
  const { source, destination } = entry;
  const [says, wanted] = await Promise.all([
    readlinkBytes(destination, { signal }),
    readlinkBytes(source, { signal }),
  ]);
  if (!Buffer.from(says).equals(wanted)) throw new Difference(0);
  return { sha256: null, readFrom: "cache", bytes: 0 };
}
