// One run of the command: each source is copied by the library, then, if asked for, what was
// copied is read back.

import { type CopyEntry, CopyError, type CopyOptions, copy, IoError, status } from "../../index.ts";
import type { Account } from "./account.ts";
import { eachOf } from "./each.ts";
import { conflict, type Job, type Plan, planJobs } from "./jobs.ts";
import { BIG_SOURCE_BYTES, SOURCES_AT_ONCE } from "./limits.ts";
import { type Failure, failureOf, isTooLong, reasonOf } from "./messages.ts";
import { quotePath } from "./paths.ts";
import type { Reporter } from "./reporter.ts";
import type { CopyRequest } from "./request.ts";

/**
 * Copies. Failures are told and counted, and the rest is copied. Returns when nothing is at work
 * any more, after an abort, too.
 */
export async function runCopy(
  request: CopyRequest,
  account: Account,
  reporter: Reporter,
): Promise<void> {
  await new Run(request, account, reporter).run();
}

class Run {
  readonly #request: CopyRequest;
  readonly #account: Account;
  readonly #reporter: Reporter;
  /** Files and links that were copied, if they are to be verified. */
  readonly #copied: CopyEntry[] = [];

  constructor(request: CopyRequest, account: Account, reporter: Reporter) {
    this.#request = request;
    this.#account = account;
    this.#reporter = reporter;
  }

  async run(): Promise<void> {
    const { backend, reason } = status();
    if (backend === null) {
      const message = `cannot copy: ${reason ?? "there is no io_uring"}`;
      this.#fail({ code: "ERR_NO_BACKEND", path: "", message });
      return;
    }
    const plan = await planJobs(this.#request, this.#fail);
    this.#account.isCut = this.#request.signal.aborted;
    this.#account.begin("copying", plan.jobs);
    await this.#copyAll(plan);
    if (this.#request.verify) await this.#verifyAll();
  }

  /** Small sources share the disk's time, big ones have it one after the other. */
  async #copyAll({ jobs, claims }: Plan): Promise<void> {
    const copyOne = (job: Job): Promise<void> => this.#copy(job, claims);
    // A limit of the rate holds for one copy at a time.
    if (this.#request.bytesPerSecond !== undefined) return eachOf(jobs, 1, copyOne);
    const isBig = (job: Job): boolean => job.isDirectory || job.size >= BIG_SOURCE_BYTES;
    const small = jobs.filter((job) => !isBig(job));
    await Promise.all([
      eachOf(small, SOURCES_AT_ONCE, copyOne),
      eachOf(jobs.filter(isBig), 1, copyOne),
    ]);
  }

  async #copy(job: Job, claims: Plan["claims"]): Promise<void> {
    const account = this.#account;
    if (this.#request.signal.aborted) {
      account.isCut = true;
      return;
    }
    let refused = 0;
    const filter: CopyOptions["filter"] = ({ source, destination, type }) => {
      if (type === "directory" || claims?.take(destination) !== false) return true;
      refused += 1;
      this.#fail(conflict(source, destination));
      return false;
    };
    try {
      const options = { ...this.#options(job), ...(claims === null ? {} : { filter }) };
      const report = await copy(job.source, job.destination, options);
      account.ended(job, { ...report, skipped: report.skipped - refused }, false);
    } catch (error) {
      this.#ended(job, error);
    }
  }

  #ended(job: Job, error: unknown): void {
    const report = error instanceof CopyError ? error.report : null;
    const isCut = error instanceof IoError && error.code === "ABORT_ERR";
    this.#account.ended(job, report, isCut);
    if (isCut && this.#request.signal.aborted) this.#account.isCut = true;
    else this.#fail(knownFailure(error, job));
  }

  #options(job: Job): CopyOptions {
    const { recursive, preserve, noClobber, sparse, reflink, fsync } = this.#request;
    const { keepPartial, resume, bytesPerSecond, signal } = this.#request;
    return {
      followSource: !recursive,
      preserve,
      overwrite: noClobber ? "never" : "replace",
      sparse,
      reflink,
      sync: fsync,
      // Who resumes may be interrupted again.
      keepPartial: keepPartial || resume,
      resume,
      bytesPerSecond,
      signal,
      onProgress: (progress) => this.#account.progressed(job, progress),
      onEntry: this.#wantsEntries ? this.#onEntry : undefined,
      onFailure: (error) => this.#fail(failureOf(error, job.source)),
    };
  }

  get #wantsEntries(): boolean {
    const { verify, keepPartial, resume } = this.#request;
    return this.#reporter.wantsEntries || verify || keepPartial || resume;
  }

  readonly #onEntry = (entry: CopyEntry): void => {
    const { stage, type, destination } = entry;
    if (stage === "kept") this.#account.kept.push(destination);
    const isWhole = stage === "copied" && type !== "directory";
    if (this.#request.verify && isWhole) this.#copied.push(entry);
    this.#reporter.entry(entry);
  };

  async #verifyAll(): Promise<void> {
    const { signal } = this.#request;
    const [account, reporter] = [this.#account, this.#reporter];
    const onFailure = this.#fail;
    // Loaded by whoever asks for it: most do not, and wait for each file that Node has to read.
    const { verifyAll } = await import("./verify.ts");
    await verifyAll(this.#copied, { account, reporter, signal, onFailure });
  }

  readonly #fail = (failure: Failure): void => {
    this.#account.failures += 1;
    this.#reporter.failure(failure);
  };
}

/** What is not the world's failure is a bug, and ends the command. */
function knownFailure(error: unknown, { source, destination: path }: Job): Failure {
  if (error instanceof IoError) return failureOf(error, source);
  if (!isTooLong(error)) throw error;
  const message = `cannot create ${quotePath(path)}: ${reasonOf(error)}`;
  return { code: "ENAMETOOLONG", path, message };
}
