// Goal: the simulated kernel notices what those above do to memory and descriptors that are its
// own; its queues are bounded and lose nothing; and it goes on when nobody looks any more.
// Method: the wrong things are done on purpose, below the operations that would prevent them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type {
  Completion,
  CompletionSink,
  OperationId,
  Request,
} from "../../../src/backend/contract.ts";
import { SimBackend } from "../../../src/backend/sim/backend.ts";
import { POISON } from "../../../src/backend/sim/guard.ts";
import { SimKernel } from "../../../src/backend/sim/kernel.ts";
import type { RingBounds } from "../../../src/backend/sim/ring.ts";
import type { Schedule } from "../../../src/backend/sim/schedule.ts";
import { SimWorld } from "../../../src/backend/sim/world.ts";
import { StepClock } from "../../../src/base/step-clock.ts";
import { IoBuffer } from "../../../src/index.ts";
import { O_CREAT, O_RDWR } from "../../../src/kernel/open-flags.ts";
import { giveBackBuffer, lendBuffer, memoryOf } from "../../../src/operation/buffer.ts";
import { SimBed, turn } from "./sim-bed.ts";

/** Nothing above the backend but a list of what completed. */
class Bare implements CompletionSink {
  readonly clock: StepClock = new StepClock();
  readonly kernel: SimKernel = new SimKernel({ clock: this.clock });
  readonly world: SimWorld = new SimWorld(this.kernel);
  readonly backend: SimBackend;
  readonly completed: Map<OperationId, Completion> = new Map();
  #lastOpen: OperationId = 1000;

  constructor(bounds?: RingBounds) {
    this.backend = new SimBackend(this.kernel, this, this.clock, bounds);
  }

  complete(id: OperationId, completion: Completion): void {
    assert.ok(!this.completed.has(id), "completed twice");
    this.completed.set(id, completion);
  }

  holders(): number {
    return 0;
  }

  /** Runs the kernel until it has nothing to do. */
  async settle(): Promise<void> {
    await turn();
    while (this.kernel.step()) await turn();
  }

  async answer(id: OperationId, request: Request): Promise<Completion> {
    this.backend.submit(id, request);
    await this.settle();
    return this.completed.get(id) ?? assert.fail(`${request.kind} has not completed`);
  }

  async open(path = "/file"): Promise<number> {
    const flags = O_RDWR | O_CREAT;
    const opened = await this.answer(this.#lastOpen++, { kind: "open", path, flags, mode: 0o644 });
    return opened.kind === "opened" ? opened.fd : assert.fail(`opened as ${opened.kind}`);
  }
}

function lent(byteLength: number): IoBuffer {
  const buffer = new IoBuffer(byteLength);
  buffer.bytes.fill(1);
  lendBuffer(buffer);
  return buffer;
}

function readInto(buffer: IoBuffer, fd: number): Request {
  const { byteLength: length } = buffer;
  return { kind: "read", fd, memory: memoryOf(buffer), offset: 0, length, position: 0 };
}

const CLOSE = (fd: number): Request => ({ kind: "close", fd });

describe("memory that the simulated kernel has", () => {
  test("is poisoned meanwhile, and then holds what came and else what was there", async () => {
    const bare = new Bare();
    bare.world.makeFile("/file", "abc");
    const fd = await bare.open();
    const buffer = lent(5);
    bare.backend.submit(1, readInto(buffer, fd));
    await turn();
    assert.deepEqual([...memoryOf(buffer).kernelView()], Array(5).fill(POISON));
    await bare.settle();
    giveBackBuffer(buffer);
    assert.deepEqual([...buffer.bytes], [...Buffer.from("abc"), 1, 1]);
    assert.deepEqual(bare.kernel.violations, []);
  });

  test("must not be touched", async () => {
    const bare = new Bare();
    const fd = await bare.open();
    const buffer = lent(8);
    bare.backend.submit(1, readInto(buffer, fd));
    await turn();
    memoryOf(buffer).kernelView()[3] = 7;
    await bare.settle();
    assert.deepEqual(bare.kernel.violations, ["read #2: its buffer was touched while in flight"]);
    assert.match(bare.kernel.trace.toString(), /VIOLATION: read #2/);
  });

  test("must not be touched, at either end of a long buffer", async () => {
    for (const at of [0, 1_999_999]) {
      const bare = new Bare();
      const fd = await bare.open();
      const buffer = lent(2_000_000);
      bare.backend.submit(1, readInto(buffer, fd));
      await turn();
      memoryOf(buffer).kernelView()[at] = 7;
      await bare.settle();
      assert.equal(bare.kernel.violations.length, 1, `byte ${at}`);
    }
  });

  test("must not be given back before it has completed", async () => {
    const bare = new Bare();
    bare.world.makeFile("/file", "abcdefgh");
    const fd = await bare.open();
    const buffer = lent(4);
    bare.backend.submit(1, readInto(buffer, fd));
    await turn();
    giveBackBuffer(buffer);
    buffer.bytes.fill(9);
    await bare.settle();
    const [violation] = bare.kernel.violations;
    assert.equal(violation, "read #2: its buffer was given back before it completed");
    // It does not care whether the application has moved on.
    assert.equal(Buffer.from(buffer.bytes).toString(), "abcd");
  });

  test("must have been lent", async () => {
    const bare = new Bare();
    const fd = await bare.open();
    const task = bare.kernel.makeTask({} as never, 1, readInto(new IoBuffer(4), fd));
    assert.throws(() => task.hold(), { name: "InvariantError" });
  });
});

describe("descriptors of the simulated kernel", () => {
  test("must not be closed under a request, which has the file all the same", async () => {
    const bare = new Bare();
    bare.world.makeFile("/file", "abc");
    const fd = await bare.open();
    const buffer = lent(3);
    bare.backend.submit(1, CLOSE(fd));
    bare.backend.submit(2, readInto(buffer, fd));
    await bare.settle();
    assert.deepEqual(bare.kernel.violations, [`close #2: descriptor ${fd} is in use by others`]);
    assert.deepEqual(bare.completed.get(2), { kind: "done", value: 3 });
  });

  test("must not be closed twice", async () => {
    const bare = new Bare();
    const fd = await bare.open();
    await bare.answer(1, CLOSE(fd));
    assert.deepEqual(await bare.answer(2, CLOSE(fd)), { kind: "failed", errno: 9 });
    assert.deepEqual(bare.kernel.violations, [`close #3: descriptor ${fd} is not open`]);
  });

  test("have the lowest number that is free, so that a stale one is another file's", async () => {
    const bare = new Bare();
    bare.world.makeFile("/other", "other");
    const fd = await bare.open();
    await bare.answer(1, CLOSE(fd));
    assert.equal(await bare.open("/other"), fd);
    const buffer = lent(5);
    await bare.answer(2, readInto(buffer, fd));
    giveBackBuffer(buffer);
    assert.equal(Buffer.from(buffer.bytes).toString(), "other");
  });

  test("lead nowhere after that: a late request is refused", async () => {
    const bare = new Bare();
    const fd = await bare.open();
    await bare.answer(1, CLOSE(fd));
    assert.deepEqual(await bare.answer(2, readInto(lent(4), fd)), { kind: "failed", errno: 9 });
  });
});

describe("the queues of the simulated kernel", () => {
  test("a completion queue that overflows loses nothing", async () => {
    const bare = new Bare({ submissionsMax: 64, completionsMax: 2 });
    for (let id = 1; id <= 40; id++) bare.backend.submit(id, { kind: "nop" });
    await turn();
    // All at once, while nobody looks.
    const isWaiting = (): boolean => bare.kernel.inFlight.length > 0;
    while (isWaiting()) bare.kernel.step();
    assert.equal(bare.completed.size, 0);
    assert.ok((bare.backend.statistics().overflows ?? 0) >= 38);
    await bare.settle();
    assert.deepEqual(
      [...bare.completed.keys()],
      Array.from({ length: 40 }, (_, place) => place + 1),
    );
  });

  test("a submission queue that is full takes the rest later, in order", async () => {
    const bare = new Bare({ submissionsMax: 3, completionsMax: 64 });
    for (let id = 1; id <= 10; id++) bare.backend.submit(id, { kind: "nop" });
    await turn();
    assert.equal(bare.kernel.inFlight.length, 3);
    await bare.settle();
    assert.equal(bare.completed.size, 10);
    const submitted = bare.kernel.trace.lines
      .map(({ event }) => /^nop #(\d+) submitted$/.exec(event)?.[1])
      .filter((number) => number !== undefined);
    assert.deepEqual(
      submitted,
      submitted.toSorted((a, b) => Number(a) - Number(b)),
    );
  });

  test("a cancel that has no place in it is sent later", async () => {
    const bare = new Bare({ submissionsMax: 1, completionsMax: 64 });
    bare.world.makeFifo("/fifo");
    bare.world.peerOf("/fifo");
    const fd = await bare.open("/fifo");
    bare.backend.submit(1, readInto(lent(4), fd));
    await bare.settle();
    bare.backend.submit(2, readInto(lent(4), fd));
    await turn(); // The place is taken.
    bare.backend.cancel(1);
    bare.backend.cancel(2);
    await bare.settle();
    assert.deepEqual(bare.completed.get(1), { kind: "canceled" });
    assert.deepEqual(bare.completed.get(2), { kind: "canceled" });
  });

  test("a cancel before the submission means that the kernel never sees it", async () => {
    const bare = new Bare();
    bare.backend.submit(1, { kind: "nop" });
    bare.backend.cancel(1);
    assert.deepEqual(bare.completed.get(1), { kind: "canceled" });
    await bare.settle();
    assert.equal(bare.kernel.trace.lines.length, 0);
  });
});

describe("a ring that is closed while requests are in flight", () => {
  test("stops nothing: the kernel writes into memory that it still has (F1)", async () => {
    const bare = new Bare();
    bare.world.makeFifo("/fifo");
    const peer = bare.world.peerOf("/fifo");
    const fd = await bare.open("/fifo");
    const buffer = lent(4);
    bare.backend.submit(1, readInto(buffer, fd));
    await bare.settle();
    bare.backend.close();
    assert.equal(bare.kernel.inFlight.length, 1);
    peer.write("late");
    await bare.settle();
    assert.equal(bare.kernel.inFlight.length, 0);
    assert.equal(Buffer.from(memoryOf(buffer).kernelView()).toString(), "late");
    assert.equal(bare.completed.size, 1, "nobody is told: only the open has completed");
    assert.deepEqual(bare.kernel.violations, [], "it was lent all the time");
  });

  test("is noticed by memory that was freed for that", async () => {
    const bare = new Bare();
    const fd = await bare.open();
    const buffer = lent(4);
    bare.backend.submit(1, readInto(buffer, fd));
    await turn();
    bare.backend.close();
    giveBackBuffer(buffer);
    await bare.settle();
    assert.equal(bare.kernel.violations.length, 1);
  });

  test("leaves no timer of a cancel behind", async () => {
    const bare = new Bare();
    bare.world.makeFile("/file", "abc");
    const fd = await bare.open();
    bare.backend.submit(1, readInto(lent(3), fd));
    await turn();
    bare.kernel.step(); // Executed: too late for a cancel.
    bare.backend.cancel(1);
    await turn();
    while (bare.kernel.agenda.at(0).kind !== "answerCancel") bare.kernel.step();
    bare.kernel.step();
    bare.backend.close();
    await bare.settle();
    assert.equal(bare.clock.timerCount, 0);
  });
});

describe("several rings with one kernel", () => {
  test("each hears of its own, and ids may be the same", async () => {
    const bare = new Bare();
    const heard: string[] = [];
    const other: CompletionSink = {
      complete: (id, { kind }) => void heard.push(`${id} ${kind}`),
      holders: () => 0,
    };
    const second = new SimBackend(bare.kernel, other, bare.clock);
    bare.backend.submit(7, { kind: "nop" });
    second.submit(7, { kind: "mkdir", path: "/directory", mode: 0o755 });
    await bare.settle();
    assert.deepEqual([...bare.completed.keys()], [7]);
    assert.deepEqual(heard, ["7 done"]);
  });
});

describe("the trace", () => {
  test("has a line for each event, with both views of it", async () => {
    const bed = new SimBed();
    bed.world.makeFile("/file", "abc");
    const file = await bed.result(bed.io.open("/file"));
    const reading = file.read(new IoBuffer(4), { position: 0 });
    await turn();
    bed.clock.step(5);
    await bed.result(reading);
    const lines = bed.kernel.trace.lines.slice(-3);
    assert.deepEqual(lines[0], {
      step: 4,
      atMs: 0,
      event: "read #2 submitted",
      kernel: "ready, /file, 4 bytes of memory",
      application: "read 2 is submitted",
    });
    assert.deepEqual(
      lines.map(({ atMs, event, kernel }) => [atMs, event, kernel]),
      [
        [0, "read #2 submitted", "ready, /file, 4 bytes of memory"],
        [5, "read #2 executed: 3", "executed, /file, 4 bytes of memory"],
        [5, "read #2 completed: 3", "has let go"],
      ],
    );
    const shown = bed.kernel.trace.toString(1).split("\n");
    assert.match(shown[0] ?? "", /^… 5 earlier events …$/);
    assert.match(shown[1] ?? "", /^ +step +ms {2}event +kernel +application$/);
    assert.match(
      shown[2] ?? "",
      /^ +6 +5 {2}read #2 completed: 3 +has let go +read 2 is submitted/,
    );
  });

  test("tells of an operation that the application has forgotten", async () => {
    const wakesFirst: Schedule = {
      choose: (agenda) => {
        const places = Array.from({ length: agenda.count }, (_, place) => place);
        return places.find((place) => agenda.at(place).kind === "wake") ?? 0;
      },
    };
    const bed = new SimBed({ schedule: wakesFirst });
    bed.world.makeFile("/file", "abc");
    const file = await bed.result(bed.io.open("/file"));
    const reading = file.read(new IoBuffer(4), { position: 0 });
    await bed.stepUntil("read #2 executed");
    reading.cancel();
    await bed.settle();
    const last = bed.kernel.trace.lines.at(-1);
    assert.equal(last?.kernel, "does not have it");
    assert.equal(last?.application, "has forgotten it");
  });

  test("keeps the last events of very many, and says how many are gone", () => {
    const { trace } = new SimBed().kernel;
    for (let count = 1; count <= 20_000; count++) trace.add(`event ${count}`);
    assert.equal(trace.lines.length, 10_000);
    assert.equal(trace.lines.at(-1)?.event, "event 20000");
    assert.match(trace.toString(), /^… 10000 earlier events …\n/);
  });
});
