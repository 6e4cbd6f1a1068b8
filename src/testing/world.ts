// The world around the function under test: a disk, the other ends of its FIFOs, and the time.

import { checkNumber } from "../api/options.ts";
import type { SimKernel } from "../backend/sim/kernel.ts";
import { SimWorld } from "../backend/sim/world.ts";
import { TIMEOUT_MS_MAX } from "../base/limits.ts";
import type { StepClock } from "../base/step-clock.ts";

/**
 * The world of a simulation: files, FIFOs with their other ends, and the time. What it is asked to
 * do it does at once, and not through the library. Its disk is empty at first, but for `/`.
 *
 * @example Somebody answers after 30 ms
 * ```ts
 * import { IoBuffer } from "overlapped";
 * import { simulate } from "overlapped/testing";
 * await simulate({}, async (io, world) => {
 *   world.makeFifo("/serial");
 *   const peer = world.peerOf("/serial");
 *   void world.passTime(30).then(() => peer.write("pong"));
 *   await using serial = await io.open("/serial", "r+");
 *   const count = await serial.read(new IoBuffer(16));
 *   console.log(count, world.nowMs);
 * });
 * ```
 */
export class SimulatedWorld extends SimWorld {
  readonly #clock: StepClock;

  /** Not for users: `simulate` makes them. */
  constructor(kernel: SimKernel, clock: StepClock) {
    super(kernel);
    this.#clock = clock;
  }

  /** Milliseconds of virtual time since the start. */
  get nowMs(): number {
    return this.#clock.now();
  }

  /**
   * Resolves when so much virtual time has passed, which takes no real time. Bound to its world, so
   * that it can be handed to code that takes a function to wait with.
   *
   * @param ms 0 to 2_147_483_647.
   * @throws {TypeError} or {RangeError} if it is not.
   *
   * @example
   * ```ts
   * import { simulate } from "overlapped/testing";
   * await simulate({ faults: "none" }, async (_io, world) => {
   *   await world.passTime(86_400_000);
   *   console.log(world.nowMs); // 86400000
   * });
   * ```
   */
  readonly passTime = (ms: number): Promise<void> => {
    checkNumber(ms, "ms", "pass time", 0, TIMEOUT_MS_MAX);
    return new Promise((resolve) => {
      this.#clock.after(ms, () => resolve());
    });
  };
}
