// Goal: a read, write or open of a file of FUSE stops that operation when its server hangs, and not
// the thread; and brings each byte once. A ring tried it within `enter`, where no timer and no
// cancel ran any more (P10), and what brought less than it was to bring was read again from its
// begin.
// Method: a fake ring kernel notes what it takes, and a mailbox what threads are given.
// `test/faults/` does it with a real server.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Completion, operationId, type Request } from "../../src/backend/contract.ts";
import { UringBackend } from "../../src/backend/uring/backend.ts";
import { StepClock } from "../../src/base/step-clock.ts";
import type { Mailbox } from "../../src/kernel/calls.ts";
import { O_RDONLY } from "../../src/kernel/open-flags.ts";
import { IOSQE_ASYNC } from "../../src/kernel/uring-abi.ts";
import { FakeKernel } from "../support/fake-kernel.ts";
import { flushed, read } from "../unit/backend/uring-harness.ts";

const SERVED = 5;
const OWN = 6;

class Bed {
  readonly kernel: FakeKernel = new FakeKernel();
  /** Descriptors that the kernel was asked about. */
  readonly asked: number[] = [];
  /** Calls that threads were given. */
  started = 0;
  readonly completions: Completion[] = [];
  isServed = true;
  readonly #backend: UringBackend;
  #slot = 0;

  constructor() {
    this.kernel.waitsInside = (fd) => {
      this.asked.push(fd);
      return fd === SERVED && this.isServed;
    };
    const sink = {
      complete: (_: number, completion: Completion): void => {
        this.completions.push(completion);
      },
      holders: () => 1,
    };
    const mailbox = { start: () => ++this.started, cancel: () => true } as unknown as Mailbox;
    this.#backend = new UringBackend(this.kernel, sink, new StepClock(), mailbox);
  }

  /** Together with all else of this turn. */
  submitLater(request: Request): void {
    this.#backend.submit(operationId(this.#slot++, 7), request);
  }

  /** How many entries the ring took, and how many calls threads got. */
  async submit(request: Request): Promise<readonly [taken: number, started: number]> {
    const before = [this.kernel.taken.length, this.started] as const;
    this.submitLater(request);
    await flushed();
    return [this.kernel.taken.length - before[0], this.started - before[1]];
  }
}

test("what would wait within `enter` is a thread's, and nothing else is", async () => {
  const bed = new Bed();
  assert.deepEqual(await bed.submit(read(8, SERVED)), [0, 1]);
  assert.deepEqual(await bed.submit(read(8, SERVED)), [0, 1]);
  assert.deepEqual(await bed.submit(read(8, OWN)), [1, 0]);
  assert.deepEqual(bed.asked, [SERVED, OWN], "asked once of each");
});

test("where a server is mounted, no open is tried at once, and all else is", async () => {
  const bed = new Bed();
  let isMounted = false;
  bed.kernel.opensWaitInside = () => isMounted;
  const open: Request = { kind: "open", path: "a", flags: O_RDONLY, mode: 0 };
  const flags: (number | undefined)[] = [];
  for (const mounted of [false, true, false]) {
    isMounted = mounted;
    for (const request of [open, read(8, OWN)]) {
      await bed.submit(request);
      flags.push(bed.kernel.taken.at(-1)?.flags);
    }
  }
  assert.deepEqual(flags, [0, 0, IOSQE_ASYNC, 0, 0, 0]);
});

test("the mounts are looked at once in a turn, if somebody opens", async () => {
  const bed = new Bed();
  let looks = 0;
  bed.kernel.opensWaitInside = () => ++looks > 0;
  await bed.submit(read(8, OWN));
  assert.equal(looks, 0);
  bed.submitLater({ kind: "open", path: "a", flags: O_RDONLY, mode: 0 });
  bed.submitLater({ kind: "open", path: "b", flags: O_RDONLY, mode: 0 });
  await flushed();
  assert.equal(looks, 1);
});

test("a number that was closed is asked of again", async () => {
  const bed = new Bed();
  await bed.submit(read(8, SERVED));
  assert.deepEqual(await bed.submit({ kind: "close", fd: SERVED }), [1, 0]);
  bed.isServed = false;
  assert.deepEqual(await bed.submit(read(8, SERVED)), [1, 0]);
});

test("a small file of such a server is handed over, and not read by the ring", async () => {
  const bed = new Bed();
  bed.kernel.answer = () => SERVED;
  assert.deepEqual(await bed.submit({ kind: "readFile", path: "a", length: 100 }), [1, 0]);
  const [completion] = bed.completions;
  assert.deepEqual(
    { ...completion, bytes: null },
    {
      kind: "opened",
      fd: SERVED,
      isStream: false,
      bytes: null,
    },
  );
});
