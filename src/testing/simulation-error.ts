// What a simulation that went wrong has to tell.

import type { InFlight } from "../api/report.ts";

export interface SimulationReport {
  readonly message: string;
  readonly seed: number;
  readonly held: readonly InFlight[];
  readonly leftOpen: readonly string[];
  readonly violations: readonly string[];
  readonly trace: string;
  readonly cause?: unknown;
}

/**
 * A simulation that did not end as it must, or the circumstances of an error that the function
 * under test threw. The message has the seed, what is held and from where, the end of the trace,
 * and the call that does it again. `code` is `"ERR_SIMULATION"`.
 *
 * @example
 * ```ts
 * import { IoBuffer } from "overlapped";
 * import { SimulationError, simulate } from "overlapped/testing";
 * try {
 *   await simulate({ seed: 1 }, async (io, world) => {
 *     world.makeFifo("/fifo");
 *     await using fifo = await io.open("/fifo", "r+");
 *     await fifo.read(new IoBuffer(16)); // Nobody writes.
 *   });
 * } catch (error) {
 *   if (error instanceof SimulationError) console.log(error.seed, error.held[0]?.path);
 * }
 * ```
 */
export class SimulationError extends Error {
  /** `"SimulationError"`. */
  override readonly name: string = "SimulationError";
  /** `"ERR_SIMULATION"`. */
  readonly code: string = "ERR_SIMULATION";
  /** With which `simulate` does the same again; 0 to 4_294_967_295. */
  readonly seed: number;
  readonly #report: SimulationReport;

  /** @param callers The lines of its stack, such as `at file:///test.ts:3:5`. */
  constructor(report: SimulationReport, callers: readonly string[] = []) {
    super(report.message, report.cause === undefined ? undefined : { cause: report.cause });
    this.seed = report.seed;
    this.#report = report;
    const stack = [`${this.name}: ${this.message}`, ...callers.map((line) => `    ${line}`)];
    // From inside of the driver it would tell nothing.
    Object.defineProperty(this, "stack", { value: stack.join("\n"), configurable: true });
  }

  /** Operations that outlived the function, or that it waited for in vain. */
  get held(): readonly InFlight[] {
    return this.#report.held;
  }

  /** Paths of files that were opened and not closed. */
  get leftOpen(): readonly string[] {
    return this.#report.leftOpen;
  }

  /** What the simulated kernel saw done to memory or descriptors that were its own. */
  get violations(): readonly string[] {
    return this.#report.violations;
  }

  /** Every event, as the kernel and the application saw it; the last 10,000. */
  get trace(): string {
    return this.#report.trace;
  }
}
