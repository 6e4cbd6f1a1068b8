// Goal: a file is read whole by an open, reads and one close; what is no small file is handed over
// open; and whatever fails or is canceled when, each descriptor is closed once or handed over once.
// Method: the backend above a fake ring, whose answers are the test's, or drawn.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import type { Completion, OperationId, Request } from "../../../src/backend/contract.ts";
import {
  COMPLETION_CHARGE_BYTES,
  FILES_AT_ONCE_MAX,
  SMALL_FILE_BYTES,
  TURN_BUDGET_BYTES,
} from "../../../src/base/limits.ts";
import { EAGAIN, ECANCELED, EINTR, ENXIO } from "../../../src/kernel/errno.ts";
import { OP_CLOSE, OP_OPENAT, OP_READ } from "../../../src/kernel/uring-abi.ts";
import type { Taken } from "../../support/fake-kernel.ts";
import { flushed, Harness, read, turned } from "./uring-harness.ts";

const EIO = 5;
const FD = 30;
const LENGTH = 100;
const CANCELED: Completion = { kind: "canceled" };

function readFile(length = LENGTH): Request {
  return { kind: "readFile", path: "a", length };
}

const NAMES: Readonly<Record<number, string>> = {
  [OP_OPENAT]: "open",
  [OP_READ]: "read",
  [OP_CLOSE]: "close",
};

function nameOf({ opcode, fd, length }: Taken): string {
  const name = NAMES[opcode] ?? `opcode ${opcode}`;
  if (name === "open") return name;
  return name === "read" ? `read ${fd}+${length}` : `close ${fd}`;
}

function taken(h: Harness): string[] {
  return h.kernel.taken.map(nameOf);
}

/** One that reads a file, and what the kernel answers to its steps, one after the other. */
async function run(...answers: readonly number[]): Promise<[Harness, OperationId]> {
  const h = new Harness();
  const id = h.submit(readFile());
  await answerSteps(h, answers);
  return [h, id];
}

async function answerSteps(h: Harness, answers: readonly number[]): Promise<void> {
  await flushed();
  for (const answer of answers) {
    h.answer(h.kernel.taken.length - 1, answer);
    await flushed();
  }
}

function content(completion: Completion | undefined): number {
  assert.ok(completion?.kind === "content", JSON.stringify(completion));
  return completion.bytes.byteLength;
}

describe("a small file", () => {
  test("is opened, read until it ends, and closed; only then it completes", async () => {
    const [h, id] = await run(FD, 60, 7, 0);
    assert.deepEqual(taken(h), ["open", "read 30+100", "read 30+40", "read 30+33", "close 30"]);
    assert.equal(h.completionOf(id), undefined);
    await answerSteps(h, [0]);
    assert.equal(content(h.completionOf(id)), 67);
  });

  test("may be empty", async () => {
    const [h, id] = await run(FD, 0, 0);
    assert.equal(content(h.completionOf(id)), 0);
  });

  test("goes on before what has not begun, so that few are open at once", async () => {
    const h = new Harness();
    let [open, most] = [0, 0];
    h.kernel.answer = ({ opcode }) => {
      open += opcode === OP_OPENAT ? 1 : opcode === OP_CLOSE ? -1 : 0;
      most = Math.max(most, open);
      return opcode === OP_OPENAT ? FD : 0;
    };
    const ids = h.submitMany(400, () => readFile(SMALL_FILE_BYTES));
    while (h.completedCount(ids) < ids.length) await turned();
    const inTurn = TURN_BUDGET_BYTES / (COMPLETION_CHARGE_BYTES + SMALL_FILE_BYTES);
    assert.ok(most > 1 && most <= 2 * inTurn, `${most} were open`);
  });

  test("the bytes of two are not in the same memory, and memory is used again", async () => {
    const h = new Harness();
    const addresses = (): number[] =>
      h.kernel.taken.filter(({ opcode }) => opcode === OP_READ).map((each) => each.addressLow);
    h.kernel.answer = ({ opcode }) => (opcode === OP_OPENAT ? FD : undefined);
    h.submitMany(2, readFile);
    await flushed();
    const [first, second] = addresses();
    assert.notEqual(first, second);
    h.kernel.answer = ({ opcode }) => (opcode === OP_OPENAT ? FD : 0);
    for (const each of [...h.kernel.inFlight.values()]) h.kernel.complete(each, 0);
    h.kernel.wake();
    await flushed();
    h.submit(readFile());
    await flushed();
    assert.ok([first, second].includes(addresses().at(-1)));
  });
});

describe("what is no small file is handed over open", () => {
  async function handedOver(isStream: boolean, ...answers: number[]): Promise<[Harness, number]> {
    const h = new Harness();
    const asked: (readonly [number, boolean])[] = [];
    h.kernel.seekable = (fd: number, isToWait?: boolean) => {
      asked.push([fd, isToWait === true]);
      return isStream ? 0 : 1;
    };
    const id = h.submit(readFile());
    await answerSteps(h, answers);
    const completion = h.completionOf(id);
    assert.ok(completion?.kind === "opened", JSON.stringify(completion));
    assert.deepEqual([completion.fd, completion.isStream], [FD, isStream]);
    assert.deepEqual(asked.at(-1), [FD, true], "its reads would not wait");
    assert.ok(!taken(h).includes(`close ${FD}`));
    return [h, completion.bytes?.byteLength ?? 0];
  }

  test("one that fills the room, with its bytes", async () => {
    const [, count] = await handedOver(false, FD, 60, 40);
    assert.equal(count, LENGTH);
  });

  test("a stream, of which nothing is read", async () => {
    const [h, count] = await handedOver(true, FD);
    assert.deepEqual([count, taken(h)], [0, ["open"]]);
  });

  test("one that has nothing to read yet, with what it has brought", async () => {
    assert.equal((await handedOver(false, FD, -EAGAIN))[1], 0);
    assert.equal((await handedOver(false, FD, 5, -EAGAIN))[1], 5);
  });
});

describe("a failure", () => {
  test("of the open is all there is", async () => {
    const [h, id] = await run(-EIO);
    assert.deepEqual(h.completionOf(id), { kind: "failed", errno: EIO });
    assert.deepEqual(taken(h), ["open"]);
  });

  test("of a read closes, and counts before that of the close", async () => {
    for (const closing of [0, -28]) {
      const [h, id] = await run(FD, 7, -EIO, closing);
      assert.deepEqual(h.completionOf(id), { kind: "failed", errno: EIO });
    }
  });

  test("of the close alone is told", async () => {
    const [h, id] = await run(FD, 0, -28);
    assert.deepEqual(h.completionOf(id), { kind: "failed", errno: 28 });
  });

  test("an interrupted step is repeated, but a close is not", async () => {
    const [h, id] = await run(-EINTR, FD, -EINTR, 0, -EINTR);
    assert.deepEqual(taken(h), ["open", "open", "read 30+100", "read 30+100", "close 30"]);
    assert.equal(content(h.completionOf(id)), 0);
  });

  test("an open without a peer is given to a thread, the steps after it are not", async () => {
    const [h, id] = await run(-ENXIO, FD, 0, 0);
    assert.deepEqual(
      h.kernel.taken.map(({ flags }) => flags !== 0),
      [false, true, false, false],
    );
    assert.equal(content(h.completionOf(id)), 0);
  });
});

describe("a cancel", () => {
  test("before the kernel has seen it", () => {
    const h = new Harness();
    const id = h.submit(readFile());
    h.backend.cancel(id);
    assert.deepEqual([h.completionOf(id), taken(h)], [CANCELED, []]);
  });

  test("of the open, which stops or succeeds all the same", async () => {
    for (const answers of [[-ECANCELED], [FD, 0], [-EINTR]]) {
      const [h, id] = await run();
      h.kernel.answerCancel = () => 0;
      h.backend.cancel(id);
      await answerSteps(h, answers);
      assert.deepEqual(h.completionOf(id), CANCELED);
      assert.equal(taken(h).includes("close 30"), answers[0] === FD);
    }
  });

  test("of a read: closed and canceled, unless it is the last one", async () => {
    for (const [answer, isContent] of [
      [-ECANCELED, false],
      [-EINTR, false],
      [7, false],
      [0, true],
    ] as const) {
      const [h, id] = await run(FD);
      h.kernel.answerCancel = () => 0;
      h.backend.cancel(id);
      await answerSteps(h, [answer]);
      assert.equal(taken(h).at(-1), "close 30");
      assert.equal(h.completionOf(id), undefined);
      await answerSteps(h, [0]);
      if (isContent) assert.equal(content(h.completionOf(id)), 0);
      else assert.deepEqual(h.completionOf(id), CANCELED);
    }
  });

  test("between two steps", async () => {
    const h = new Harness();
    const id = h.submit(readFile());
    const other = h.submit(read(1));
    await flushed();
    h.onComplete = (ended) => {
      if (ended === other) h.backend.cancel(id);
    };
    h.kernel.complete(h.kernel.taken[0]!, FD);
    h.kernel.complete(h.kernel.taken[1]!, 1);
    h.kernel.wake();
    await flushed();
    assert.equal(taken(h).at(-1), "close 30");
    await answerSteps(h, [0]);
    assert.deepEqual(h.completionOf(id), CANCELED);
  });

  test("of the close is in vain", async () => {
    const [h, id] = await run(FD, 0);
    h.backend.cancel(id);
    await flushed();
    assert.equal(h.kernel.cancels.length, 0);
    await answerSteps(h, [0]);
    assert.equal(content(h.completionOf(id)), 0);
  });
});

test("no more than the bound are at work; the others wait, and hold up nobody", async () => {
  const h = new Harness();
  const opens = (): number => taken(h).filter((name) => name === "open").length;
  h.kernel.answer = ({ opcode, fd }) =>
    opcode === OP_OPENAT ? FD : opcode === OP_READ && fd === FD ? undefined : 0;
  const ids = h.submitMany(FILES_AT_ONCE_MAX + 3, readFile);
  while (opens() < FILES_AT_ONCE_MAX) await turned();
  await turned();
  assert.equal(opens(), FILES_AT_ONCE_MAX);
  const other = h.submit(read(8, 5));
  await turned();
  assert.deepEqual(h.completionOf(other), { kind: "done", value: 0 });
  h.backend.cancel(ids.at(-1)!); // It waits still: the kernel need not be asked.
  assert.deepEqual(h.completionOf(ids.at(-1)!), CANCELED);
  h.answer(
    h.kernel.taken.findIndex(({ opcode }) => opcode === OP_READ),
    0,
  );
  await turned();
  assert.equal(opens(), FILES_AT_ONCE_MAX + 1);
  assert.equal(h.completedCount(ids), 2);
});

describe("many at once, with any answers and cancels", () => {
  test("each completes once, and each descriptor is closed or handed over, once", async () => {
    const answer = fc.constantFrom(
      0,
      0,
      0,
      1,
      50,
      100,
      100,
      -EINTR,
      -EIO,
      -EAGAIN,
      -ENXIO,
      -ECANCELED,
    );
    const step = fc.record({
      what: fc.constantFrom("submit", "answer", "answer", "answer", "cancel", "wait"),
      which: fc.nat({ max: 1000 }),
      answer,
    });
    let [handed, canceled, whole] = [0, 0, 0];
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 100, maxLength: 200 }),
      async (steps) => {
        const bed = new Bed();
        for (const { what, which, answer: result } of steps) await bed.step(what, which, result);
        await bed.endAll();
        bed.check();
        handed += bed.count("opened");
        canceled += bed.count("canceled");
        whole += bed.count("content");
      },
    );
    await fc.assert(property, { seed: 4, numRuns: 300 });
    assert.ok(handed > 100 && canceled > 100 && whole > 100, `${[handed, canceled, whole]}`);
  });
});

/** Gives each open a descriptor of its own. */
class Bed {
  readonly #h: Harness = new Harness();
  readonly #ids: OperationId[] = [];
  readonly #opened: number[] = [];

  async step(what: string, which: number, answer: number): Promise<void> {
    const id = this.#ids[which % Math.max(1, this.#ids.length)];
    if (what === "submit") this.#ids.push(this.#h.submit(readFile()));
    else if (what === "answer") this.#answer(which, answer);
    else if (what === "cancel" && id !== undefined) this.#h.backend.cancel(id);
    else await flushed();
  }

  async endAll(): Promise<void> {
    while (this.#h.completedCount(this.#ids) < this.#ids.length) {
      await flushed();
      this.#answer(0, 0);
    }
  }

  check(): void {
    const closed = this.#h.kernel.taken.filter(({ opcode }) => opcode === OP_CLOSE);
    const handed = this.#completions().flatMap((each) => (each.kind === "opened" ? each.fd : []));
    const gone = [...closed.map(({ fd }) => fd), ...handed];
    assert.deepEqual(gone.sort(), [...this.#opened].sort());
  }

  count(kind: Completion["kind"]): number {
    return this.#completions().filter((completion) => completion.kind === kind).length;
  }

  #completions(): Completion[] {
    return this.#ids.map((id) => this.#h.completionOf(id) ?? assert.fail(`${id} has not ended`));
  }

  #answer(which: number, answer: number): void {
    const waiting = [...this.#h.kernel.inFlight.values()];
    const one = waiting[which % Math.max(1, waiting.length)];
    if (one === undefined) return;
    this.#h.kernel.complete(one, this.#resultOf(one, answer));
    this.#h.kernel.wake();
  }

  #resultOf({ opcode, length }: Taken, answer: number): number {
    if (answer < 0) return answer;
    if (opcode === OP_READ) return Math.min(answer, length);
    if (opcode === OP_CLOSE) return 0;
    const fd = 100 + this.#opened.length;
    this.#opened.push(fd);
    return fd;
  }
}
