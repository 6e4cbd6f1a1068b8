// An `Io` on a ring kernel that answers when the test says so, and a file of it.

import { test } from "node:test";

import { UringBackend } from "../../src/backend/uring/backend.ts";
import { StepClock } from "../../src/base/step-clock.ts";
import { type File, Io } from "../../src/index.ts";
import { loadAddon } from "../../src/kernel/addon.ts";
import { OP_OPENAT } from "../../src/kernel/uring-abi.ts";
import { FakeKernel, type Taken } from "./fake-kernel.ts";

/** What a real one answers a request that it has canceled. */
export const ECANCELED = -125;

export class RingIo {
  readonly kernel: FakeKernel = new FakeKernel();
  readonly clock: StepClock = new StepClock();
  readonly io: Io;

  constructor() {
    this.io = new Io({}, this.clock, (sink, clock) => {
      return { backend: new UringBackend(this.kernel, sink, clock), reason: null };
    });
  }

  /** With positions, so that many reads of it can be in flight. */
  async open(): Promise<File> {
    const { kernel } = this;
    kernel.answer = ({ opcode }) => (opcode === OP_OPENAT ? 21 : undefined);
    const file = await this.io.open("/file", "r+");
    kernel.taken.length = 0;
    return file;
  }

  /** What the kernel took last. */
  get last(): Taken {
    const taken = this.kernel.taken.at(-1);
    if (taken === undefined) throw new Error("The kernel has taken nothing");
    return taken;
  }

  /** The kernel's last word on a request; the loop hears of it. */
  answer(taken: Taken, result: number): void {
    this.kernel.complete(taken, result);
    this.kernel.wake(taken.ring);
  }

  /** The answer to a cancel, however late; the loop hears of it. */
  answerCancel(cancel: Taken, result: number): void {
    this.kernel.ring(cancel.ring).post(cancel.userLow, cancel.userHigh, result);
    this.kernel.wake(cancel.ring);
  }

  /** The request that a cancel would find now. */
  targetOf({ addressLow, addressHigh }: Taken): Taken | undefined {
    return this.kernel.inFlight.get(`${addressHigh}:${addressLow}`);
  }
}

/** A test on such a ring. The memory that it is given is the shim's. */
export function onRing(name: string, check: (ring: RingIo) => Promise<void>): void {
  const { reason } = loadAddon();
  test(`${name}: a ring`, { skip: reason ?? false }, () => check(new RingIo()));
}
