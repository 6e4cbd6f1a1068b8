// Goal: each fault of the simulated kernel does what its description says, and those above see of
// it what they must, no more (a backend's to hide) and no less (told in the outcome).
// Method: a fault is scripted for one request, and followed from the kernel's trace to the outcome.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  drawRates,
  FAULT_NAMES,
  FAULTS,
  type Fault,
  Faults,
  HIDDEN_FAULTS,
  type Victim,
} from "../../../src/backend/sim/faults.ts";
import { ListedSchedule, type Schedule } from "../../../src/backend/sim/schedule.ts";
import { INTERRUPTED_RETRIES_MAX } from "../../../src/base/limits.ts";
import { Prng } from "../../../src/base/prng.ts";
import { type File, IoBuffer } from "../../../src/index.ts";
import { SimBed, turn } from "./sim-bed.ts";

const CONTENT = "0123456789";

/** A kernel that would rather stop a request than execute it. */
function cancelsFirst(): Schedule {
  return new ListedSchedule([({ kind }) => kind === "answerCancel"]);
}

/** A file of ten bytes, open for both, and a kernel that has one fault in store. */
async function bedWith(fault: Fault, kind?: Victim["kind"]): Promise<[SimBed, File]> {
  const bed = new SimBed({ script: [{ fault, kind, nth: 1 }], schedule: cancelsFirst() });
  bed.world.makeFile("/file", CONTENT);
  return [bed, await bed.result(bed.io.open("/file", "r+"))];
}

function textOf(buffer: IoBuffer, count: number): string {
  return Buffer.from(buffer.bytes.subarray(0, count)).toString();
}

async function failsWith(fault: Fault, code: string): Promise<void> {
  const [bed, file] = await bedWith(fault, "write");
  const outcome = await bed.result(file.write("abc", { position: 0 }).outcome());
  assert.equal(outcome.status, "failed");
  assert.equal(outcome.status === "failed" && outcome.error.code, code);
  assert.equal(outcome.bytesTransferred, 0);
  assert.equal(Buffer.from(bed.world.contentOf("/file")).toString(), CONTENT);
  // It was the first one's alone.
  assert.equal(await bed.result(file.write("abc", { position: 0 })), 3);
}

const CASES: Readonly<Record<Fault, () => Promise<void>>> = {
  lateCancel: async () => {
    const [bed, file] = await bedWith("lateCancel", "read");
    const buffer = new IoBuffer(4);
    const reading = file.read(buffer, { position: 2 });
    await turn();
    reading.cancel();
    await bed.stepUntil("cancel of read #2 answered: 0");
    assert.equal(reading.state, "canceling");
    assert.ok(buffer.isLent);
    assert.equal(await bed.result(reading), 4);
    assert.equal(textOf(buffer, 4), "2345");
  },

  lostCancel: async () => {
    const bed = new SimBed({ script: [{ fault: "lostCancel", kind: "read" }] });
    bed.world.makeFifo("/fifo");
    bed.world.peerOf("/fifo");
    const file = await bed.result(bed.io.open("/fifo"));
    const reading = file.read(new IoBuffer(4));
    await bed.settle();
    reading.cancel();
    await bed.settle();
    assert.equal(bed.events.at(-1), "cancel of read #2 answered: -2");
    assert.equal(bed.kernel.inFlight.length, 1);
    // Only time brings it on: the backend asks again.
    while (reading.state === "canceling") {
      bed.clock.step(bed.clock.nextMs ?? assert.fail("nobody asks again"));
      await bed.settle();
    }
    assert.equal((await reading.outcome()).status, "canceled");
    assert.ok(bed.events.includes("cancel of read #2 answered: 0"));
  },

  alreadyRunning: async () => {
    const [bed, file] = await bedWith("alreadyRunning", "read");
    const buffer = new IoBuffer(4);
    const reading = file.read(buffer, { position: 0 });
    await turn();
    reading.cancel();
    await bed.stepUntil("cancel of read #2 answered: -114");
    assert.equal(bed.kernel.inFlight[0]?.state, "ready", "it had not even begun");
    assert.equal(await bed.result(reading), 4);
    assert.equal(textOf(buffer, 4), "0123");
  },

  stubbornOpen: async () => {
    const bed = new SimBed({ script: [{ fault: "stubbornOpen" }], schedule: cancelsFirst() });
    bed.world.makeFile("/file", CONTENT);
    const opening = bed.io.open("/file");
    await turn();
    opening.cancel();
    await bed.stepUntil("cancel of open #1 answered: 0");
    const file = await bed.result(opening);
    assert.equal(file.state, "open");
    assert.equal(bed.world.descriptorCount, 1);
  },

  interrupted: async () => {
    const [bed, file] = await bedWith("interrupted", "read");
    const buffer = new IoBuffer(4);
    assert.equal(await bed.result(file.read(buffer, { position: 0 })), 4);
    assert.ok(bed.events.includes("read #2 completed: interrupted"));
    assert.ok(bed.events.includes("read #3 completed: 4"), "it was submitted again");
  },

  shortRead: async () => {
    const [bed, file] = await bedWith("shortRead", "read");
    const buffer = new IoBuffer(10);
    const count = await bed.result(file.read(buffer, { position: 0 }));
    assert.ok(count >= 1 && count < 10, `${count} bytes`);
    assert.equal(textOf(buffer, count), CONTENT.slice(0, count));
    assert.equal(await bed.result(file.read(buffer, { position: 0 })), 10);
  },

  shortWrite: async () => {
    const [bed, file] = await bedWith("shortWrite", "write");
    const count = await bed.result(file.write("abcdefghij", { position: 0 }));
    assert.ok(count >= 1 && count < 10, `${count} bytes`);
    const content = Buffer.from(bed.world.contentOf("/file")).toString();
    assert.equal(content, "abcdefghij".slice(0, count) + CONTENT.slice(count));
  },

  tornWrite: async () => {
    const [bed, file] = await bedWith("tornWrite", "write");
    const writing = file.write("abcdefghij", { position: 0 });
    await bed.stepUntil("write #2 executed");
    assert.equal(Buffer.from(bed.world.contentOf("/file")).toString(), "abcde56789");
    assert.equal(await bed.result(writing), 10);
    assert.equal(Buffer.from(bed.world.contentOf("/file")).toString(), "abcdefghij");
  },

  noSpace: () => failsWith("noSpace", "ENOSPC"),
  ioError: () => failsWith("ioError", "EIO"),
  again: () => failsWith("again", "EAGAIN"),
  noBuffers: () => failsWith("noBuffers", "ENOBUFS"),

  stuck: async () => {
    const [bed, file] = await bedWith("stuck", "read");
    const buffer = new IoBuffer(4);
    const reading = file.read(buffer, { position: 0 });
    await bed.settle();
    reading.cancel();
    await bed.settle();
    assert.equal(bed.events.at(-1), "cancel of read #2 answered: -114");
    // It holds nobody else up, and a drain tells of it.
    assert.equal(await bed.result(file.write("abc", { position: 0 })), 3);
    const draining = bed.io.drain({ deadlineMs: 10 });
    bed.clock.step(10);
    const { held } = await bed.result(draining);
    assert.deepEqual(
      held.map(({ kind, state }) => [kind, state]),
      [["read", "canceling"]],
    );
    assert.ok(buffer.isLent);
  },

  splitCompletion: async () => {
    const [bed, file] = await bedWith("splitCompletion", "write");
    const buffer = IoBuffer.from("abc");
    const writing = file.write(buffer, { position: 0 });
    await bed.stepUntil("write #2 completed: 3, more follows");
    assert.equal(bed.kernel.inFlight[0]?.state, "answered");
    assert.equal(writing.state, "submitted");
    assert.ok(buffer.isLent, "the result is there, and the buffer is not free");
    assert.equal(await bed.result(writing), 3);
    assert.ok(bed.events.includes("write #2 completed again: its memory is free"));
  },

  queueFull: async () => {
    const [bed, file] = await bedWith("queueFull", "read");
    const reading = file.read(new IoBuffer(4), { position: 0 });
    await turn();
    assert.equal(bed.events.at(-1), "read #2 refused: the queue is full");
    assert.equal(bed.kernel.inFlight.length, 0);
    assert.equal(await bed.result(reading), 4);
  },

  synchronous: async () => {
    const [bed, file] = await bedWith("synchronous", "read");
    const before = bed.kernel.trace.step;
    const reading = file.read(new IoBuffer(4), { position: 0 });
    await turn();
    // No step of the kernel was needed.
    assert.equal(reading.state, "settled");
    assert.equal(await reading, 4);
    assert.equal(bed.kernel.trace.step, before + 3);
  },
};

describe("what the simulated kernel does to those above", () => {
  for (const fault of FAULT_NAMES) test(`${fault}: ${FAULTS[fault]}`, CASES[fault]);

  test("EINTR for ever is told after a bounded number of tries", async () => {
    const bed = new SimBed({ script: [{ fault: "interrupted", kind: "read" }] });
    bed.world.makeFile("/file", CONTENT);
    const file = await bed.result(bed.io.open("/file"));
    const outcome = await bed.result(file.read(new IoBuffer(4)).outcome());
    assert.equal(outcome.status === "failed" && outcome.error.code, "EINTR");
    const tries = bed.events.filter((event) => event.endsWith("completed: interrupted")).length;
    assert.equal(tries, INTERRUPTED_RETRIES_MAX + 1);
  });

  test("an interrupted request that was to stop is canceled, not tried again", async () => {
    const [bed, file] = await bedWith("interrupted", "read");
    const reading = file.read(new IoBuffer(4), { position: 0 });
    await bed.stepUntil("read #2 executed: interrupted");
    reading.cancel();
    const outcome = await bed.result(reading.outcome());
    assert.equal(outcome.status, "canceled");
    assert.ok(!bed.events.some((event) => event.startsWith("read #3")));
  });

  test("a close is spared all faults but those of the queue", async () => {
    const rates = Object.fromEntries(FAULT_NAMES.map((fault) => [fault, 1]));
    const faults = new Faults(1, rates);
    const close: Victim = { number: 1, kind: "close", path: undefined };
    const befalling = FAULT_NAMES.filter((fault) => faults.befalls(fault, close));
    assert.deepEqual(befalling, ["queueFull", "synchronous"]);
  });

  test("what a backend must hide, those above do not notice", async () => {
    for (const fault of HIDDEN_FAULTS) {
      const [bed, file] = await bedWith(fault);
      const buffer = new IoBuffer(4);
      assert.equal(await bed.result(file.read(buffer, { position: 3 })), 4, fault);
      assert.equal(textOf(buffer, 4), "3456", fault);
    }
  });
});

describe("which request a fault befalls", () => {
  const victim = (number: number, kind: Victim["kind"] = "read", path = "/a"): Victim => {
    return { number, kind, path };
  };

  test("the same one for the same seed, however often and in whatever order it is asked", () => {
    const [first, second] = [1, 2].map(() => new Faults(7, { ioError: 0.3 }));
    const numbers = Array.from({ length: 200 }, (_, number) => number);
    const forwards = numbers.map((number) => first?.befalls("ioError", victim(number)));
    const backwards = numbers.toReversed().map((number) => {
      second?.befalls("ioError", victim(number));
      return second?.befalls("ioError", victim(number));
    });
    assert.deepEqual(forwards, backwards.reverse());
    const share = forwards.filter((each) => each).length;
    assert.ok(share > 30 && share < 90, `${share} of 200 at 0.3`);
  });

  test("another one for another seed", () => {
    const drawn = [1, 2].map((seed) => {
      const faults = new Faults(seed, { ioError: 0.5 });
      return Array.from({ length: 64 }, (_, number) => faults.befalls("ioError", victim(number)));
    });
    assert.notDeepEqual(drawn[0], drawn[1]);
  });

  test("one of the named kind and path, the nth of those", () => {
    const faults = new Faults(1, {}, [{ fault: "ioError", kind: "write", path: "/b", nth: 2 }]);
    const victims = [
      victim(1, "write", "/a"),
      victim(2, "write", "/b"),
      victim(3, "read", "/b"),
      victim(4, "write", "/b"),
      victim(5, "write", "/b"),
    ];
    const befallen = victims.filter((each) => {
      faults.befalls("ioError", each);
      return faults.befalls("ioError", each);
    });
    assert.deepEqual(
      befallen.map(({ number }) => number),
      [4],
    );
  });

  test("each, if none is named", () => {
    const faults = new Faults(1, {}, [{ fault: "ioError" }]);
    assert.ok([1, 2, 3].every((number) => faults.befalls("ioError", victim(number))));
    assert.ok(!faults.befalls("noSpace", victim(4, "write")));
  });

  test("swarm: each run has some faults and not others, all have their turn", () => {
    const runs = Array.from({ length: 100 }, (_, seed) => drawRates(new Prng(seed)));
    for (const fault of FAULT_NAMES) {
      const share = runs.filter((rates) => rates[fault] !== undefined).length;
      assert.ok(share > 20 && share < 60, `${fault} in ${share} of 100 runs`);
    }
    assert.deepEqual(drawRates(new Prng(5)), drawRates(new Prng(5)));
    assert.ok(runs.every(({ stuck = 0 }) => stuck <= 0.05));
  });
});
