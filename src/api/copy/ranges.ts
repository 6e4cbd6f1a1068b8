// Bytes that the kernel moves by itself: a reflink, or copy_file_range(2) in portions, between
// which a copy can be canceled.

import { cloneFile, copyRange } from "../file-work.ts";
import { codeOf } from "./copy-error.ts";
import type { Extent } from "./extents.ts";
import { RANGE_BYTES, RANGES_PER_FILE } from "./limits.ts";
import type { Transfer } from "./transfer.ts";

/** What kernels and file systems say that cannot do it, at all or for these two files. */
const UNABLE: ReadonlySet<string | undefined> = new Set([
  "EXDEV",
  "EINVAL",
  "EOPNOTSUPP",
  "ENOSYS",
  "ENOTTY",
  "EPERM",
  "ETXTBSY",
  "ERR_NOT_SUPPORTED",
]);

/** Of these, what file systems say that never share blocks. */
const SHARELESS: ReadonlySet<string | undefined> = new Set([
  "EOPNOTSUPP",
  "ENOSYS",
  "ENOTTY",
  "ERR_NOT_SUPPORTED",
]);

/** And what is true of one file and may not be true of the next. */
const OF_ONE_FILE: ReadonlySet<string | undefined> = new Set(["EINVAL", "EPERM", "ETXTBSY"]);

/**
 * Shares the blocks, if that is wanted and can be done; true if it was done. With them it would
 * share the holes, so it is not asked for where these are to be others.
 */
export async function reflink(transfer: Transfer): Promise<boolean> {
  const { source, target, status, subject, context } = transfer;
  const { settings, signal, refused } = context;
  if (settings.reflink === "never" || settings.sparse !== "auto") return false;
  if (transfer.keptBytes > 0) return false;
  const way = `reflink from ${status.dev}`;
  if (settings.reflink === "auto" && refused.has(way)) return false;
  try {
    await cloneFile(source, target, { signal });
  } catch (error) {
    const code = codeOf(error);
    if (settings.reflink === "always" || !UNABLE.has(code)) {
      throw context.blame(error, subject.destination);
    }
    if (!OF_ONE_FILE.has(code)) refused.add(way);
    return false;
  }
  transfer.moved("reflink", status.size);
  return true;
}

/**
 * Whether copy_file_range may be asked for. Where blocks can be shared the kernel does so for that
 * call, too. The new file, which is empty, is asked to share with itself: that changes nothing, and
 * only a file system that cannot share at all says that it is not supported.
 */
export async function mayMoveRange({ target, context }: Transfer): Promise<boolean> {
  if (context.settings.reflink !== "never") return true;
  try {
    await cloneFile(target, target, { signal: context.signal });
  } catch (error) {
    context.check();
    return SHARELESS.has(codeOf(error));
  }
  return false;
}

/** Moves what it can of an extent; returns what is left of it. */
export async function moveRange(transfer: Transfer, extent: Extent): Promise<readonly Extent[]> {
  return await new Ranges(transfer, extent).run();
}

/** Two lanes: while the kernel writes for one, it can read for the other. */
class Ranges {
  readonly #transfer: Transfer;
  readonly #end: number;
  readonly #stepBytes: number;
  readonly #way: string;
  /** Position of the next portion that no lane has taken. */
  #next: number;
  readonly #left: Extent[] = [];
  #failure: { readonly error: unknown } | null = null;

  constructor(transfer: Transfer, { start, end }: Extent) {
    const { rate } = transfer.context;
    this.#transfer = transfer;
    this.#next = start;
    this.#end = end;
    this.#stepBytes = Math.min(RANGE_BYTES, rate?.stepBytes ?? RANGE_BYTES);
    this.#way = `range from ${transfer.status.dev}`;
  }

  async run(): Promise<readonly Extent[]> {
    if (this.#transfer.context.refused.has(this.#way)) {
      return [{ start: this.#next, end: this.#end }];
    }
    const steps = Math.ceil((this.#end - this.#next) / this.#stepBytes);
    const lanes = Math.min(RANGES_PER_FILE, steps);
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()));
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#next < this.#end) this.#left.push({ start: this.#next, end: this.#end });
    return this.#left;
  }

  /** Never rejects: the first failure is kept and stops the other lane. */
  async #lane(): Promise<void> {
    while (this.#failure === null && this.#left.length === 0 && this.#next < this.#end) {
      const start = this.#next;
      this.#next = Math.min(start + this.#stepBytes, this.#end);
      const portion = { start, end: this.#next };
      try {
        const stopped = await this.#move(portion);
        if (stopped < portion.end) this.#left.push({ start: stopped, end: portion.end });
        if (this.#failure === null) await this.#transfer.writeBack();
      } catch (error) {
        this.#failure ??= { error };
      }
    }
  }

  /** Returns where it stopped: at the portion's end, or where the kernel would not go on. */
  async #move({ start, end }: Extent): Promise<number> {
    const { source, target, subject, context } = this.#transfer;
    const { signal } = context;
    // Once, however few of them the kernel takes at a time.
    await this.#transfer.pace(end - start);
    for (let position = start; position < end; ) {
      const range = { fromPosition: position, toPosition: position, length: end - position };
      let count: number;
      try {
        count = await copyRange(source, target, range, { signal });
      } catch (error) {
        const code = codeOf(error);
        if (!UNABLE.has(code)) throw context.blame(error, subject.destination);
        if (!OF_ONE_FILE.has(code)) context.refused.add(this.#way);
        return position;
      }
      // The source's end, or a file system that has no bytes for this call: reading will tell.
      if (count === 0) return position;
      position += count;
      this.#transfer.moved("range", count);
    }
    return end;
  }
}
