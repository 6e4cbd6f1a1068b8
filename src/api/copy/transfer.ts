// One file on its way: both ends open, and how much has arrived.

import type { File } from "../file.ts";
import type { FileStat } from "../stat.ts";
import type { CopyContext, Subject } from "./context.ts";
import { WRITEBACK_BYTES } from "./limits.ts";
import type { MovingFile } from "./progress.ts";
import type { CopyMethod } from "./report.ts";

export interface TransferOptions {
  readonly subject: Subject;
  readonly source: File;
  /** What the source was when the copy of it began. */
  readonly status: FileStat;
  readonly target: File;
  /** Bytes that the target had before; 0 for a new one. */
  readonly keptBytes: number;
}

export class Transfer {
  readonly subject: Subject;
  readonly source: File;
  readonly status: FileStat;
  readonly target: File;
  readonly keptBytes: number;
  readonly context: CopyContext;
  /** Whether blocks of zeros become holes. */
  looksForZeros: boolean;
  readonly #moving: MovingFile;
  readonly #bytesBy: Record<CopyMethod, number> = { reflink: 0, range: 0, blocks: 0 };
  #unsyncedBytes = 0;
  #writeback: Promise<void> = Promise.resolve();
  #failure: unknown = null;

  constructor(options: TransferOptions, context: CopyContext) {
    const { subject, status } = options;
    this.subject = subject;
    this.source = options.source;
    this.status = status;
    this.target = options.target;
    this.keptBytes = options.keptBytes;
    this.context = context;
    this.looksForZeros = context.settings.sparse === "always";
    this.#moving = { subject, bytesDone: 0, bytesTotal: status.size };
  }

  /** How the most of the bytes were moved; null if there were none. */
  get method(): CopyMethod | null {
    const { reflink, range, blocks } = this.#bytesBy;
    if (reflink > 0) return "reflink";
    if (range + blocks === 0) return null;
    return range >= blocks ? "range" : "blocks";
  }

  /** Bytes of the source that are done with. */
  get bytesDone(): number {
    return this.#moving.bytesDone;
  }

  moved(method: CopyMethod, bytes: number): void {
    this.#bytesBy[method] += bytes;
    this.context.tally.moved[method] += bytes;
    this.#unsyncedBytes += bytes;
    this.passed(bytes);
  }

  /** Bytes that need not be moved: a hole, or what was there already. */
  passed(bytes: number): void {
    if (bytes > 0) this.context.moved(this.#moving, bytes);
  }

  /** Waits until a limit of the rate allows to move so many bytes. */
  async pace(bytes: number): Promise<void> {
    const { rate, signal } = this.context;
    if (rate === null) return;
    await rate.take(bytes, signal);
    this.context.check();
  }

  /**
   * Sends what was written on its way to the disk now and then, one sync at a time. Whoever asks
   * waits for the one before, so that memory holds no more than two such portions of the file.
   */
  async writeBack(): Promise<void> {
    if (!this.context.settings.sync || this.#unsyncedBytes < WRITEBACK_BYTES) return;
    this.#unsyncedBytes = 0;
    const before = this.#writeback;
    this.#writeback = before.then(async () => {
      const { signal } = this.context;
      // Its error must not get lost: the kernel tells each descriptor of a failed write just once.
      await this.target.datasync({ signal }).catch((error: unknown) => {
        this.#failure ??= this.context.blame(error, this.subject.destination);
      });
    });
    await before;
  }

  /** Waits for what `writeBack` began; throws what it failed with. */
  async settle(): Promise<void> {
    await this.#writeback;
    if (this.#failure !== null) throw this.#failure;
  }

  /** The source is not any more what it was when the copy began. */
  changed(): unknown {
    return this.context.failureOf("ERR_SOURCE_CHANGED", this.subject.source);
  }
}
