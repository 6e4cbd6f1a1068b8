// Many small files of one directory in one call of a thread, which costs a fraction of what so many
// operations do. They have their final names from the start, for a moment before they are whole: so
// only in a directory that this copy has made, and where nothing was promised for a crash. The call
// is not interrupted, and what is not simply a small file is copied by itself, as ever.

import { copyFiles } from "../file-work.ts";
import type { CopyContext } from "./context.ts";
import { codeOf } from "./copy-error.ts";
import type { Entry } from "./entry.ts";
import type { Folder } from "./folder.ts";
import { SMALL_FILE_BYTES } from "./limits.ts";
import { type CopyPath, parentPath } from "./paths.ts";

/** Noted where no thread can be had for it. */
const GROUPS = "groups";

/** Files of one directory, small as far as anybody knows. */
export interface Group {
  readonly source: CopyPath;
  readonly folder: Folder;
  readonly entries: readonly Entry[];
}

const NONE: readonly Entry[] = [];

/** Of entries of one directory, those that may be copied as a group, if any, and the others. */
export function groupOf(
  entries: readonly Entry[],
  context: CopyContext,
): readonly [Group | null, readonly Entry[]] {
  const [first] = entries;
  if (first === undefined || !mayGroup(first.folder, context)) return [null, entries];
  const small = entries.every(isSmall) ? entries : entries.filter(isSmall);
  if (small.length < 2) return [null, entries];
  const others = small === entries ? NONE : entries.filter((entry) => !isSmall(entry));
  return [{ source: parentPath(first.source), folder: first.folder, entries: small }, others];
}

function isSmall({ type, status }: Entry): boolean {
  return type === "file" && (status === null || status.size <= SMALL_FILE_BYTES);
}

/** What such a call cannot do is not asked for. */
export function mayGroup({ isNew }: Folder, { settings, refused }: CopyContext): boolean {
  const { sync, reflink, sparse, bytesPerSecond, keepPartial, resume } = settings;
  const isPlain = reflink !== "always" && sparse !== "always" && bytesPerSecond === undefined;
  // Who resumes after SIGKILL must be able to trust in every name.
  const isFinal = !sync && !keepPartial && !resume;
  return isNew && isPlain && isFinal && !refused.has(GROUPS);
}

/** Returns those that are not copied: too big, or they failed, and will again by themselves. */
export async function copyGroup(group: Group, context: CopyContext): Promise<readonly Entry[]> {
  context.check();
  const results = await tryCopy(group, context);
  group.folder.changed();
  const left: Entry[] = [];
  for (const [index, entry] of group.entries.entries()) {
    const bytes = results[index] ?? -1;
    if (bytes < 0) left.push(entry);
    else context.arrived(entry, bytes);
  }
  return left;
}

/** Of the call as a whole nothing need be told: each file will tell by itself. */
async function tryCopy(
  { source, folder, entries }: Group,
  context: CopyContext,
): Promise<readonly number[]> {
  const { calls, signal, settings } = context;
  const names = entries.map(({ name }) => name);
  const files = { from: source, to: folder.path, names, preserve: settings.preserve };
  try {
    return await copyFiles(calls, files, { signal });
  } catch (error) {
    context.check();
    if (codeOf(error) === "ERR_NOT_SUPPORTED") context.refused.add(GROUPS);
    return [];
  }
}
