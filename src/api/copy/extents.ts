// Where a file has data: between its holes.

import { seekFile } from "../file-work.ts";
import { codeOf } from "./copy-error.ts";
import type { Transfer } from "./transfer.ts";

/** Bytes of one block in `blocks` of stat(2). */
const STAT_BLOCK_BYTES = 512;

/** File systems that cannot tell say one of these. */
const UNTOLD: ReadonlySet<string | undefined> = new Set(["EINVAL", "EOPNOTSUPP", "ENOSYS"]);

export interface Extent {
  readonly start: number;
  readonly end: number;
  /** Nobody can tell where holes are, and there may be some in it. */
  readonly isUntold?: boolean;
}

/** Whether a file has fewer blocks than bytes: then there are holes, or it is compressed. */
export function mayHaveHoles({ status }: Transfer): boolean {
  return status.blocks * STAT_BLOCK_BYTES < status.size;
}

/** The next data at or after `position`; null if there is none. */
export async function nextExtent(transfer: Transfer, position: number): Promise<Extent | null> {
  const { source, context, status, subject } = transfer;
  const { signal } = context;
  try {
    const start = await seekFile(source, "data", position, { signal });
    if (start >= status.size) return null;
    const end = await seekFile(source, "hole", start, { signal });
    return { start, end: Math.min(end, status.size) };
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENXIO") return null;
    if (UNTOLD.has(code)) return { start: position, end: status.size, isUntold: true };
    throw context.blame(error, subject.source);
  }
}
