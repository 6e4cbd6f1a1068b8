// The composition root: one clock, one table, one backend, tied together here and nowhere else.

import type { Request } from "../backend/contract.ts";
import { type Selection, selectBackend } from "../backend/select.ts";
import { bug } from "../base/assert.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { ownError, shown, typeError } from "../base/errors.ts";
import { DRAIN_DEADLINE_MS, FOLLOW_UP_TURNS, TIMEOUT_MS_MAX } from "../base/limits.ts";
import { memoryCounters } from "../kernel/memory.ts";
import { O_APPEND, O_CLOEXEC } from "../kernel/open-flags.ts";
import { CANCELED_BY_CALL } from "../operation/cancel.ts";
import type { OperationRecord } from "../operation/operation.ts";
import { OperationTable } from "../operation/table.ts";
import { type File, makeFile } from "./file.ts";
import { Handle } from "./handle.ts";
import { type Finish, type Operation, startOperation } from "./operation.ts";
import {
  type CallOptions,
  checkFlags,
  checkMode,
  checkNumber,
  checkObject,
  takeFlag,
  takeOptions,
} from "./options.ts";
import { checkPath, type Path } from "./path.ts";
import { type DrainReport, describeInFlight, type InFlight, type Status } from "./report.ts";
import { type FileStat, finishStat } from "./stat.ts";

/** Options of `stat`. */
export interface StatOptions extends CallOptions {
  /** Whether a symbolic link is followed (so if absent) or described itself. */
  readonly followSymlinks?: boolean | undefined;
}

/** Options of `drain`. */
export interface DrainOptions {
  /** Milliseconds until what is left is reported as held; 0 to 2_147_483_647; 5000 if absent. */
  readonly deadlineMs?: number | undefined;
}

/** Chooses a backend for a sink; the simulated kernel's tests bring their own. */
export type Select = (sink: OperationTable, clock: Clock) => Selection;

const NO_BUFFERS = { buffers: [], isWhole: false, isCopy: false } as const;

const nothing: Finish<void> = () => undefined;

/**
 * One thread's access to its kernel. Most programs use the functions of the package's entry, which
 * belong to one that is made when first needed.
 */
export class Io {
  readonly #table: OperationTable;
  readonly #clock: Clock;
  readonly #select: Select;
  #selection: Selection | null = null;

  constructor(clock: Clock = systemClock, select: Select = selectBackend) {
    this.#clock = clock;
    this.#select = select;
    this.#table = new OperationTable(clock);
  }

  /**
   * Opens a file, FIFO, terminal or device.
   *
   * @param flags As in `node:fs`: `"r"` if absent, `"r+"`, `"w"`, `"wx"`, `"a"` …, or a number.
   * @param mode Permissions of a file that is made, less the process's umask; 0o666 if absent.
   * @throws {TypeError} or {RangeError} on a wrong argument; nothing was submitted.
   *
   * Rejects with `ABORT_ERR`, `ETIMEDOUT`, `ERR_ABANDONED`, `ERR_NO_BACKEND`, or what the kernel
   * said, such as `ENOENT`. An abandoned open that succeeds is closed again. An open that completed
   * although it was asked to stop gives its file.
   *
   * Opening a FIFO for writing waits for a reader. Opening it for reading gives the file at once,
   * and the first read waits for a writer. `"r+"` waits for nobody.
   */
  open(
    path: Path,
    flags: string | number = "r",
    mode = 0o666,
    options?: CallOptions,
  ): Operation<File> {
    const call = "open";
    const { raw, shown: name } = checkPath(path, call);
    const number = checkFlags(flags, call);
    checkMode(mode, call);
    const request = { kind: "open", path: raw, flags: number | O_CLOEXEC, mode } as const;
    const finish: Finish<File> = (completion) =>
      completion.kind === "opened"
        ? makeFile(new Handle(this.#table, completion, name, (number & O_APPEND) !== 0))
        : bug(`open: completed as ${completion.kind}`);
    return this.#start(request, name, finish, options, call);
  }

  stat(path: Path, options?: StatOptions): Operation<FileStat> {
    const { raw, shown: name } = checkPath(path, "stat");
    const followSymlinks = takeFlag(options, "followSymlinks", true, "stat");
    const request = { kind: "stat", target: raw, followSymlinks } as const;
    return this.#start(request, name, finishStat, options, "stat");
  }

  /** Gives `from` the name `to`, in place of what has it. Both on one file system. */
  rename(from: Path, to: Path, options?: CallOptions): Operation<void> {
    return this.#pair("rename", from, to, options);
  }

  /** Gives the file at `existing` a second name. */
  link(existing: Path, path: Path, options?: CallOptions): Operation<void> {
    return this.#pair("link", existing, path, options);
  }

  /** Makes a symbolic link at `path` that says `target`. */
  symlink(target: Path, path: Path, options?: CallOptions): Operation<void> {
    const { raw } = checkPath(target, "symlink", "target");
    const { raw: link, shown: name } = checkPath(path, "symlink");
    const request = { kind: "symlink", target: raw, path: link } as const;
    return this.#start(request, name, nothing, options, "symlink");
  }

  /** Removes a name that is not a directory's. */
  unlink(path: Path, options?: CallOptions): Operation<void> {
    return this.#remove(path, false, options, "unlink");
  }

  /** Removes an empty directory. */
  rmdir(path: Path, options?: CallOptions): Operation<void> {
    return this.#remove(path, true, options, "rmdir");
  }

  /** @param mode Permissions, less the process's umask; 0o777 if absent. */
  mkdir(path: Path, mode = 0o777, options?: CallOptions): Operation<void> {
    const { raw, shown: name } = checkPath(path, "mkdir");
    checkMode(mode, "mkdir");
    return this.#start({ kind: "mkdir", path: raw, mode }, name, nothing, options, "mkdir");
  }

  /**
   * Waits until nothing is in flight: reads, opens and polls are canceled at once, everything else
   * may complete. At the deadline all is asked to stop, and what has not stopped by then is
   * reported. Call it before `process.exit()`, which waits for nothing. Never rejects.
   */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
    checkObject(options, "drain");
    const { deadlineMs = DRAIN_DEADLINE_MS } = options;
    checkNumber(deadlineMs, "deadlineMs", "drain", 0, TIMEOUT_MS_MAX);
    return this.#drain(deadlineMs);
  }

  /** What has begun and not ended, orphans included: what this library and the kernel still hold.
   * */
  inFlight(): InFlight[] {
    const now = this.#clock.now();
    return Array.from(this.#table.records(), (record: OperationRecord) =>
      describeInFlight(record, now),
    );
  }

  /** Whether operations remember where they were called, for `inFlight()`. Off at first: it costs.
   * */
  captureStacks(isOn: boolean): void {
    if (typeof isOn !== "boolean") {
      throw typeError(`Cannot set captureStacks: it is ${shown(isOn)}, wanted a boolean`);
    }
    this.#table.isCapturingStacks = isOn;
  }

  /** The backend and what it can do, or why there is none; and counts of what is held. */
  status(): Status {
    const { backend, reason } = this.#choose();
    return {
      backend: backend?.name ?? null,
      reason,
      capabilities: backend?.capabilities ?? null,
      inFlight: this.#table.liveCount,
      quarantinedOperations: this.#table.quarantine.operations,
      quarantinedBytes: this.#table.quarantine.bytes,
      ...memoryCounters(),
      statistics: backend?.statistics() ?? {},
    };
  }

  #drain(deadlineMs: number): Promise<DrainReport> {
    this.#table.cancelWhere(CANCELED_BY_CALL, (record) => mayWaitForEver(record.request));
    return new Promise((resolve) => {
      // Somebody waits for the report, even if nothing else keeps the process alive.
      const onDeadline = (): void => {
        // At once: what begins from here on is no business of this call.
        this.#table.cancelWhere(CANCELED_BY_CALL, () => true);
        resolve({ held: this.inFlight() });
      };
      const timer = this.#clock.after(deadlineMs, onDeadline, true);
      void this.#untilQuiet().then(() => {
        timer.cancel();
        resolve({ held: [] });
      });
    });
  }

  /** Who waited for the last operation may begin the next: it has its turn first. */
  async #untilQuiet(): Promise<void> {
    do {
      await new Promise<void>((resolve) => this.#table.whenQuiet(resolve));
      for (let turn = 0; turn < FOLLOW_UP_TURNS; turn++) await undefined;
    } while (this.#table.liveCount > 0);
  }

  #pair(kind: "rename" | "link", from: Path, to: Path, options?: CallOptions): Operation<void> {
    const { raw, shown: name } = checkPath(from, kind, kind === "rename" ? "from" : "existing");
    const { raw: target } = checkPath(to, kind, kind === "rename" ? "to" : "path");
    return this.#start({ kind, from: raw, to: target }, name, nothing, options, kind);
  }

  #remove(
    path: Path,
    isDirectory: boolean,
    options: CallOptions | undefined,
    call: string,
  ): Operation<void> {
    const { raw, shown: name } = checkPath(path, call);
    const request = { kind: "unlink", path: raw, isDirectory } as const;
    return this.#start(request, name, nothing, options, call);
  }

  #start<T>(
    request: Request,
    path: string,
    finish: Finish<T>,
    options: CallOptions | undefined,
    call: string,
  ): Operation<T> {
    const given = takeOptions(options, call);
    const { backend, reason } = this.#choose();
    if (backend === null) {
      const cause = new Error(reason);
      throw ownError("ERR_NO_BACKEND", { syscall: call, path, cause });
    }
    const start = { ...NO_BUFFERS, request, owner: null, path, finish };
    return startOperation(this.#table, start, given);
  }

  #choose(): Selection {
    if (this.#selection === null) {
      this.#selection = this.#select(this.#table, this.#clock);
      if (this.#selection.backend !== null) this.#table.connect(this.#selection.backend);
    }
    return this.#selection;
  }
}

function mayWaitForEver(request: Request): boolean {
  return (
    request.kind === "read" ||
    request.kind === "readv" ||
    request.kind === "open" ||
    request.kind === "poll"
  );
}
