// The contract itself, for the kinds of request that no public call makes: "nop", "poll", and
// "cancel", which is the contract's own method. A sink stands in for the layers above.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  type Backend,
  type Completion,
  type CompletionSink,
  type OperationId,
  operationId,
  type Request,
} from "../../src/backend/contract.ts";
import { needs, type Peer, type Stage, type Subject, turn } from "./subject.ts";
import { threadCases } from "./thread-kinds.ts";

const POLLIN = 1;
const POLLOUT = 4;
const O_RDWR = 2;
const NOP: Request = { kind: "nop" };

export class Sink implements CompletionSink {
  readonly backend: Backend;
  readonly completions: Map<OperationId, Completion[]> = new Map();
  readonly #waiting: Map<OperationId, (completion: Completion) => void> = new Map();
  #isSubmitting = false;
  #slot = 0;
  #live = 0;

  constructor(subject: Subject) {
    this.backend = subject.openBackend(this);
  }

  complete(id: OperationId, completion: Completion): void {
    assert.equal(this.#isSubmitting, false, "completed from within submit");
    const list = this.completions.get(id);
    assert.ok(list !== undefined, "completed what was never submitted");
    list.push(completion);
    this.#live--;
    this.#waiting.get(id)?.(completion);
  }

  holders(): number {
    return this.#live;
  }

  submit(request: Request, generation = 1): OperationId {
    const id = operationId(this.#slot++, generation);
    this.completions.set(id, []);
    this.#live++;
    this.#isSubmitting = true;
    this.backend.submit(id, request);
    this.#isSubmitting = false;
    return id;
  }

  /** Waits for the first completion. */
  completion(id: OperationId): Promise<Completion> {
    const [first] = this.completions.get(id) ?? [];
    if (first !== undefined) return Promise.resolve(first);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  async run(request: Request): Promise<Completion> {
    return this.completion(this.submit(request));
  }

  countOf(id: OperationId): number {
    return this.completions.get(id)?.length ?? 0;
  }
}

/** Completes all that went before, so that what has not ended by then waits. */
async function settle(sink: Sink): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await sink.run(NOP);
    await turn();
  }
}

interface Polled {
  readonly fd: number;
  readonly peer: Peer;
  close(): Promise<void>;
}

async function openPolled(sink: Sink, { world }: Stage): Promise<Polled> {
  const path = world.makeFifo();
  const peer = world.peerOf(path);
  const opened = await sink.run({ kind: "open", path, flags: O_RDWR, mode: 0 });
  assert.ok(opened.kind === "opened");
  assert.equal(opened.isStream, true);
  const { fd } = opened;
  const close = async (): Promise<void> => {
    assert.deepEqual(await sink.run({ kind: "close", fd }), { kind: "done", value: 0 });
    peer.close();
  };
  return { fd, peer, close };
}

export function contractCases(subject: Subject, stage: () => Stage): void {
  let made: Sink | undefined;
  const sink = (): Sink => {
    made ??= new Sink(subject);
    return made;
  };
  describe("nop", () => nopCases(sink));
  describe("poll", () => pollCases(subject, sink, stage));
  describe("what no ring does", () => threadCases(subject, sink, stage));
}

function nopCases(sink: () => Sink): void {
  test("completes once, not from within submit", async () => {
    const id = sink().submit(NOP);
    assert.equal(sink().countOf(id), 0);
    assert.deepEqual(await sink().completion(id), { kind: "done", value: 0 });
    await settle(sink());
    assert.equal(sink().countOf(id), 1);
  });

  test("canceled at once, later, or when it is over: completes once", async () => {
    const ids = Array.from({ length: 30 }, () => sink().submit(NOP));
    for (const id of ids.slice(0, 10)) sink().backend.cancel(id);
    await Promise.resolve();
    for (const id of ids.slice(10, 20)) sink().backend.cancel(id);
    await settle(sink());
    for (const id of ids) sink().backend.cancel(id);
    await settle(sink());
    for (const id of ids) {
      assert.equal(sink().countOf(id), 1);
      const { kind } = await sink().completion(id);
      assert.ok(kind === "done" || kind === "canceled", kind);
    }
  });

  test("ten thousand at once each complete once", async () => {
    const ids = Array.from({ length: 10_000 }, () => sink().submit(NOP));
    await Promise.all(ids.map((id) => sink().completion(id)));
    await settle(sink());
    assert.ok(ids.every((id) => sink().countOf(id) === 1));
  });

  test("the same slot again with another generation is another operation", async () => {
    const id = sink().submit(NOP, 0xffff_ffff);
    assert.deepEqual(await sink().completion(id), { kind: "done", value: 0 });
    sink().backend.cancel(id);
    sink().backend.cancel(operationId(3, 12_345));
    await settle(sink());
    assert.equal(sink().countOf(id), 1);
  });
}

function pollCases(subject: Subject, sink: () => Sink, stage: () => Stage): void {
  const option = needs(subject, "waitingPolls");

  test("open: tells what is ready", needs(subject, "writablePolls"), async () => {
    const { fd, peer, close } = await openPolled(sink(), stage());
    const writable = await sink().run({ kind: "poll", fd, events: POLLOUT });
    assert.ok(writable.kind === "done" && (writable.value & POLLOUT) !== 0);
    peer.write("x");
    const readable = await sink().run({ kind: "poll", fd, events: POLLIN });
    assert.ok(readable.kind === "done" && (readable.value & POLLIN) !== 0);
    await close();
  });

  test("waits until somebody writes", option, async () => {
    const { fd, peer, close } = await openPolled(sink(), stage());
    const id = sink().submit({ kind: "poll", fd, events: POLLIN });
    await settle(sink());
    assert.equal(sink().countOf(id), 0);
    peer.write("x");
    assert.equal((await sink().completion(id)).kind, "done");
    await close();
  });

  test("canceled in flight: ends with the kernel's answer, and only then", option, async () => {
    const { fd, close } = await openPolled(sink(), stage());
    const id = sink().submit({ kind: "poll", fd, events: POLLIN });
    await settle(sink());
    sink().backend.cancel(id);
    assert.equal(sink().countOf(id), 0);
    sink().backend.cancel(id);
    assert.deepEqual(await sink().completion(id), { kind: "canceled" });
    await settle(sink());
    assert.equal(sink().countOf(id), 1);
    await close();
  });

  test("canceled before submit: ends without the kernel", option, async () => {
    const { fd, close } = await openPolled(sink(), stage());
    const id = sink().submit({ kind: "poll", fd, events: POLLIN });
    sink().backend.cancel(id);
    assert.deepEqual(await sink().completion(id), { kind: "canceled" });
    await close();
  });

  test("ready and canceled in the same turn: ends once", option, async () => {
    const { fd, peer, close } = await openPolled(sink(), stage());
    const id = sink().submit({ kind: "poll", fd, events: POLLIN });
    await settle(sink());
    peer.write("x");
    sink().backend.cancel(id);
    const { kind } = await sink().completion(id);
    assert.ok(kind === "done" || kind === "canceled", kind);
    await settle(sink());
    assert.equal(sink().countOf(id), 1);
    await close();
  });

  test("P4: a thousand cancels in one go: none is lost", option, async () => {
    const { fd, close } = await openPolled(sink(), stage());
    const request: Request = { kind: "poll", fd, events: POLLIN };
    const ids = Array.from({ length: 1000 }, () => sink().submit(request));
    await settle(sink());
    for (const id of ids) sink().backend.cancel(id);
    await Promise.all(ids.map((id) => sink().completion(id)));
    assert.ok(ids.every((id) => sink().countOf(id) === 1));
    await close();
  });
}
