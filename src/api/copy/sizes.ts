// The sizes of files, asked for ahead of the copying, so that the total is known early. Not of
// those that are copied in groups: that takes no longer than the asking.

import type { CopyContext } from "./context.ts";
import type { Entry } from "./entry.ts";

/** The same entries; files with what is known of them, if anybody watches. */
export async function withSizes(
  entries: readonly Entry[],
  context: CopyContext,
): Promise<readonly Entry[]> {
  if (context.settings.onProgress === undefined || !entries.some(isUnsized)) return entries;
  return await Promise.all(
    entries.map((entry) => (isUnsized(entry) ? lookAt(entry, context) : entry)),
  );
}

/** Whether its size has yet to be counted in the total. */
export function isUnsized({ type, status }: Entry): boolean {
  return type === "file" && status === null;
}

/** Never rejects: whoever copies it will meet the same failure, and tell. */
async function lookAt(entry: Entry, context: CopyContext): Promise<Entry> {
  const { calls, signal } = context;
  try {
    const status = await calls.lstat(entry.source, { signal });
    // Something else has taken its name.
    if (status.type !== "file") return entry;
    context.sized(entry, status.size);
    return entry.withStatus(status);
  } catch {
    return entry;
  }
}
