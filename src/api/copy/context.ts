// What the parts of one copy share: the calls, the signal that ends them all, and the account of
// what was done.

import { bug } from "../../base/assert.ts";
import type { Clock } from "../../base/clock.ts";
import { CODES, type Code, IoError, ownError } from "../../base/errors.ts";
import { PATH_BYTES_MAX } from "../../base/limits.ts";
import { errnoMeaning } from "../../kernel/errno.ts";
import type { PathCalls } from "../path-calls.ts";
import type { FileType } from "../stat.ts";
import type { Whole } from "../whole.ts";
import { Blocks } from "./blocks.ts";
import { CopyError, kernelDetails, meaningOf } from "./copy-error.ts";
import type { Entry } from "./entry.ts";
import type { Settings } from "./options.ts";
import { bytesOf, type CopyPath, joinPath, shownPath } from "./paths.ts";
import { type MovingFile, Progress } from "./progress.ts";
import { RateLimit } from "./rate.ts";
import { type CopyEntry, type CopyMethod, type CopyReport, Tally } from "./report.ts";

/** Something that is to be copied, and where to. */
export interface Subject {
  readonly source: CopyPath;
  readonly destination: CopyPath;
  readonly type: FileType;
}

export class CopyContext {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly tally: Tally = new Tally();
  readonly blocks: Blocks = new Blocks();
  readonly rate: RateLimit | null;
  /** Ways to copy that a device has refused: asked once, not for each file. */
  readonly refused: Set<string> = new Set();
  readonly #progress: Progress | null;
  readonly #controller: AbortController = new AbortController();
  readonly #startedMs: number;
  #whole: Whole | null = null;
  #failure: { readonly error: unknown } | null = null;
  /** What a function of the caller has thrown: it is passed on as it is. */
  #thrown: { readonly error: unknown } | null = null;

  constructor(clock: Clock, settings: Settings) {
    this.clock = clock;
    this.settings = settings;
    this.#startedMs = clock.now();
    const { onProgress, bytesPerSecond } = settings;
    this.#progress = onProgress === undefined ? null : new Progress(clock, this.tally, onProgress);
    this.rate = bytesPerSecond === undefined ? null : new RateLimit(clock, bytesPerSecond);
  }

  /** For what may be canceled, with `signal`. */
  get calls(): PathCalls {
    return this.#whole?.calls ?? bug("copy: no calls yet");
  }

  /** For what makes, finishes or removes, and takes no signal: half done, nobody could tell. */
  get cleanup(): PathCalls {
    return this.#whole?.cleanup ?? bug("copy: no calls yet");
  }

  /** Ends every operation that may be canceled. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first thing that went wrong and ended the copy. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /** Runs until `work` is over, whatever it comes to; then throws what went wrong. */
  async run(whole: Whole, work: () => Promise<void>): Promise<CopyReport> {
    this.#whole = whole;
    const signal = whole.options?.signal;
    const onAbort = (): void => this.#controller.abort();
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort);
    try {
      await work().catch((error: unknown) => this.stop(error));
      if (this.#failure === null) this.#call(() => this.#progress?.last());
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
    if (this.#failure !== null) throw this.#failure.error;
    return this.report();
  }

  /** Ends the copy. Whoever is at work hears of it by the signal. */
  stop(error: unknown): void {
    this.#failure ??= { error };
    this.#controller.abort();
  }

  /** Throws if the copy is to end. */
  check(): void {
    if (this.signal.aborted) throw ownError("ABORT_ERR", { syscall: "copy" });
  }

  /**
   * Does the work for one entry. Its failure ends the copy, unless the caller wants to hear of it
   * and have the rest; then undefined is returned.
   */
  async guard<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const { onFailure } = this.settings;
      const isOne = error instanceof CopyError && !this.signal.aborted;
      if (!isOne || onFailure === undefined) {
        this.stop(error);
        return undefined;
      }
      this.tally.failures += 1;
      this.#call(() => onFailure(error));
      return undefined;
    }
  }

  /** Does `work`; its failure becomes one of this copy, about `path`. */
  async about<T>(path: CopyPath, work: () => PromiseLike<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.blame(error, path);
    }
  }

  /** A failure that says which file of the copy it is about; a cancel stays what it is. */
  blame(error: unknown, path: CopyPath): unknown {
    if (!(error instanceof IoError) || error instanceof CopyError) return error;
    if (error.code === "ABORT_ERR" && this.signal.aborted) return error;
    const { code, errno } = error;
    return this.#error(meaningOf(error), { code, errno }, path, error);
  }

  /** A failure of our own. */
  failureOf(code: Code, path: CopyPath): CopyError {
    return this.#error(CODES[code], { code }, path);
  }

  /** A failure that the kernel would give by that name. */
  kernelFailure(name: string, path: CopyPath): CopyError {
    const details = kernelDetails(name);
    return this.#error(errnoMeaning(-details.errno), details, path);
  }

  /** The end of the whole copy, as the caller sees it: with all that was done. */
  describe(error: unknown, source: CopyPath): unknown {
    if (this.#thrown !== null && this.#thrown.error === this.#failure?.error) {
      return this.#thrown.error;
    }
    if (!(error instanceof IoError)) return error;
    const { code, errno, cause, path } = error;
    const isOurs = error instanceof CopyError && path !== undefined;
    return this.#error(meaningOf(error), { code, errno }, isOurs ? path : source, cause);
  }

  #error(
    meaning: string,
    details: { readonly code: string; readonly errno?: number | undefined },
    path: CopyPath,
    cause?: unknown,
  ): CopyError {
    const bytesTransferred = this.tally.bytesMoved;
    const all = { ...details, path: shownPath(path), bytesTransferred, cause };
    return new CopyError(meaning, all, this.report());
  }

  report(): CopyReport {
    return this.tally.report(this.clock.now() - this.#startedMs);
  }

  /** A path in a folder; a failure if the kernel takes none that long. */
  join(folder: CopyPath, name: CopyPath): CopyPath {
    const path = joinPath(folder, name);
    this.checkLength(path);
    return path;
  }

  checkLength(path: CopyPath): void {
    if (path.length * 3 <= PATH_BYTES_MAX || bytesOf(path).length <= PATH_BYTES_MAX) return;
    throw this.kernelFailure("ENAMETOOLONG", path);
  }

  /** Asks the caller whether an entry is wanted. */
  async isWanted({ source, destination, type }: Subject): Promise<boolean> {
    const { filter } = this.settings;
    if (filter === undefined) return true;
    try {
      return await filter({ source, destination, type });
    } catch (error) {
      this.#thrown ??= { error };
      throw error;
    }
  }

  tell(subject: Subject, stage: CopyEntry["stage"], more: Partial<CopyEntry> = {}): void {
    const { onEntry } = this.settings;
    if (onEntry === undefined) return;
    const { source, destination, type } = subject;
    this.#call(() =>
      onEntry({ source, destination, type, stage, bytes: 0, method: null, ...more }),
    );
  }

  /** So many bytes of a file are done, whether they had to be moved or not. */
  moved(file: MovingFile, bytes: number): void {
    file.bytesDone += bytes;
    this.tally.bytesDone += bytes;
    if (this.#progress !== null) this.#call(() => this.#progress?.moved(file));
  }

  /** A file is there, whole. */
  copied(subject: Subject, bytes: number, method: CopyMethod | null): void {
    this.tally.files += 1;
    this.tally.filesDone += 1;
    this.tally.bytes += bytes;
    this.tell(subject, "copied", { bytes, method });
  }

  /** The size of a file has come to be known, if it was not before; 0 if there is no telling. */
  sized({ status }: Entry, bytes: number): void {
    if (status !== null) return;
    this.tally.unsized -= 1;
    this.tally.bytesTotal += bytes;
  }

  /** A small file is there, whole, by a call that has copied many. */
  arrived(entry: Entry, bytes: number): void {
    this.sized(entry, bytes);
    this.tally.moved.blocks += bytes;
    this.moved({ subject: entry, bytesDone: 0, bytesTotal: bytes }, bytes);
    this.copied(entry, bytes, bytes === 0 ? null : "blocks");
  }

  /** A function of the caller: what it throws ends the copy. */
  #call(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#thrown ??= { error };
      this.stop(error);
    }
  }
}
