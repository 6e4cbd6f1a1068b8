// What a thread's own access to its kernel has besides the calls: draining, and sight of what is
// held.

import type { Request } from "../backend/contract.ts";
import { BACKEND_NAMES, type BackendName } from "../backend/rejection.ts";
import type { Clock } from "../base/clock.ts";
import { shown, typeError } from "../base/errors.ts";
import { DRAIN_DEADLINE_MS, FOLLOW_UP_TURNS, TIMEOUT_MS_MAX } from "../base/limits.ts";
import { memoryCounters } from "../kernel/memory.ts";
import { O_DIRECTORY, O_RDWR, O_WRONLY } from "../kernel/open-flags.ts";
import { CANCELED_BY_CALL } from "../operation/cancel.ts";
import type { OperationRecord } from "../operation/operation.ts";
import { Core, type Select } from "./core.ts";
import { checkNumber, checkObject } from "./options.ts";
import { type DrainReport, describeInFlight, type InFlight, type Status } from "./report.ts";
import { StreamCalls } from "./stream-calls.ts";

const NOT_WAITING = O_WRONLY | O_RDWR | O_DIRECTORY;

/** Options of an `Io`. */
export interface IoOptions {
  /**
   * The backend that it uses, or none: then its calls fail with `ERR_NO_BACKEND`. If absent, what
   * the environment variable `OVERLAPPED_BACKEND` says, or else the best that works.
   */
  readonly backend?: BackendName | undefined;
}

/** Options of `drain`. */
export interface DrainOptions {
  /** Milliseconds until what is left is reported as held; 0 to 2_147_483_647; 5000 if absent. */
  readonly deadlineMs?: number | undefined;
}

/**
 * One thread's access to its kernel. Most programs use the functions of the package's entry, which
 * belong to one that is made when first needed.
 *
 * @example One of its own, with a ring of its own
 * ```ts
 * import { Io } from "overlapped";
 * const io = new Io();
 * console.log((await io.stat("/etc/hostname")).size, io.status().backend);
 * ```
 */
export class Io extends StreamCalls {
  readonly #core: Core;

  /**
   * The backend is chosen when the first call needs it. The arguments behind the options are for
   * tests.
   *
   * @throws {TypeError} on a wrong option.
   */
  constructor(options: IoOptions = {}, clock?: Clock, select?: Select) {
    checkObject(options, "new Io");
    const { backend = null } = options;
    if (backend !== null) checkBackendName(backend);
    const core = new Core(backend, clock, select);
    super(core);
    this.#core = core;
  }

  /**
   * Waits until nothing is in flight: reads, polls, and opens for reading are canceled at once,
   * everything else may complete, with what follows it: a `writeFile` lands, a `copy` does not. At
   * the deadline all is asked to stop, and what has not stopped by then is reported. Call it before
   * `process.exit()`, which waits for nothing. Never rejects.
   *
   * @throws {TypeError} or {RangeError} on a wrong option.
   *
   * @example
   * ```ts
   * import { drain, open } from "overlapped";
   * const file = await open("greeting", "w");
   * void file.writeAll("it lands");
   * const { held } = await drain({ deadlineMs: 1000 });
   * console.log(held.length); // 0
   * await file.close();
   * ```
   */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
    checkObject(options, "drain");
    const { deadlineMs = DRAIN_DEADLINE_MS } = options;
    checkNumber(deadlineMs, "deadlineMs", "drain", 0, TIMEOUT_MS_MAX);
    return this.#drain(deadlineMs);
  }

  /**
   * What has begun and not ended, orphans included: what this library and the kernel still hold.
   * Never throws.
   *
   * @example
   * ```ts
   * import { inFlight, stat } from "overlapped";
   * const operation = stat("/etc/hostname");
   * for (const { kind, path, state } of inFlight()) console.log(kind, path, state);
   * await operation;
   * ```
   */
  inFlight(): InFlight[] {
    const now = this.#core.clock.now();
    return Array.from(this.#core.table.records(), (record: OperationRecord) =>
      describeInFlight(record, now),
    );
  }

  /**
   * Whether operations remember where they were called, for `inFlight()`. Off at first: it costs
   * some microseconds for each.
   *
   * @throws {TypeError} if it is not a boolean.
   *
   * @example
   * ```ts
   * import { captureStacks, inFlight, stat } from "overlapped";
   * captureStacks(true);
   * const operation = stat("/etc/hostname");
   * console.log(inFlight()[0]?.stack);
   * captureStacks(false);
   * await operation;
   * ```
   */
  captureStacks(isOn: boolean): void {
    if (typeof isOn !== "boolean") {
      throw typeError(`Cannot set captureStacks: it is ${shown(isOn)}, wanted a boolean`);
    }
    this.#core.table.isCapturingStacks = isOn;
  }

  /**
   * The backend and what it can do, or why there is none; and counts of what is held. Never throws.
   *
   * @example
   * ```ts
   * import { status } from "overlapped";
   * const { backend, reason, inFlight, bytesAlive } = status();
   * console.log(backend ?? reason, inFlight, bytesAlive);
   * ```
   */
  status(): Status {
    const { backend, reason, rejected = [] } = this.#core.choose();
    return {
      backend: backend?.name ?? null,
      reason,
      rejected,
      capabilities: backend?.capabilities ?? null,
      inFlight: this.#core.table.liveCount,
      queued: this.#core.table.records().filter((record) => record.state === "queued").length,
      counts: this.#core.table.counts.all,
      quarantinedOperations: this.#core.table.quarantine.operations,
      quarantinedBytes: this.#core.table.quarantine.bytes,
      ...memoryCounters(),
      statistics: backend?.statistics() ?? {},
    };
  }

  #drain(deadlineMs: number): Promise<DrainReport> {
    this.#core.table.cancelWhere(CANCELED_BY_CALL, (record) => mayWaitForEver(record.request));
    return new Promise((resolve) => {
      // Somebody waits for the report, even if nothing else keeps the process alive.
      const onDeadline = (): void => {
        // At once: what begins from here on is no business of this call.
        this.#core.table.cancelWhere(CANCELED_BY_CALL, () => true);
        resolve({ held: this.inFlight() });
      };
      const timer = this.#core.clock.after(deadlineMs, onDeadline, true);
      void this.#untilQuiet().then(() => {
        timer.cancel();
        resolve({ held: [] });
      });
    });
  }

  /** Who waited for the last operation may begin the next: it has its turn first. */
  async #untilQuiet(): Promise<void> {
    do {
      await new Promise<void>((resolve) => this.#core.table.whenQuiet(resolve));
      for (let turn = 0; turn < FOLLOW_UP_TURNS; turn++) await undefined;
    } while (this.#core.table.liveCount > 0);
  }
}

function checkBackendName(backend: unknown): void {
  if ((BACKEND_NAMES as readonly unknown[]).includes(backend)) return;
  const names = BACKEND_NAMES.map((name) => `"${name}"`).join(" or ");
  const code = typeof backend === "string" ? "ERR_INVALID_ARG_VALUE" : "ERR_INVALID_ARG_TYPE";
  throw typeError(`Cannot make an Io: backend is ${shown(backend)}, wanted ${names}`, code);
}

/** An open for writing may be the first step of a write that is to land. */
function mayWaitForEver(request: Request): boolean {
  if (request.kind === "open") return (request.flags & NOT_WAITING) === 0;
  return request.kind === "read" || request.kind === "readv" || request.kind === "poll";
}
