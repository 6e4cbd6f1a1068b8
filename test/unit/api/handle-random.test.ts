// Goal: whatever is called, canceled, abandoned, closed and answered, and in whatever order: calls
// without a position keep their order and positions, nothing overtakes an abandoned change, no byte
// of a stream is lost, doubled or moved, and the descriptor is closed last, once.
// Method: random steps on one handle whose kernel is the test; after each step the requests that
// the kernel has are compared with a plain account of the rules. Buffers have lengths of their own,
// by which their requests are recognized.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import type { Memory } from "../../../src/backend/contract.ts";
import { type File, IoBuffer, type Operation } from "../../../src/index.ts";
import { memoryOf } from "../../../src/operation/buffer.ts";
import type { FakeBackend, Submission } from "../../support/fake-kernel-backend.ts";
import { type FakeFile, openFake } from "./fake-file.ts";

type Kind = "read" | "write" | "truncate";

interface Call {
  readonly kind: Kind;
  readonly isImplicit: boolean;
  readonly operation: Operation<unknown>;
  readonly buffer: IoBuffer;
  /** Orphans that could be overtaken: those that were in the kernel when it was called. */
  readonly behind: readonly Call[];
  isAbandoned: boolean;
  isOver: boolean;
  position: number | undefined;
}

const isChange = ({ kind }: Call): boolean => kind !== "read";

/** A file and an account of what must be true of it. */
class Account {
  readonly calls: Call[] = [];
  readonly file: File;
  readonly backend: FakeBackend;
  #seen = 0;
  #position = 0;
  #lastImplicit = -1;
  #closes = 0;

  constructor({ file, backend }: FakeFile) {
    this.file = file;
    this.backend = backend;
    this.#seen = backend.log.length;
  }

  call(kind: Kind, isImplicit: boolean): void {
    const buffer = new IoBuffer(this.calls.length + 1);
    const options = isImplicit ? {} : { position: 1000 };
    const behind = this.calls.filter((each) => each.isAbandoned && !each.isOver && isChange(each));
    const { file } = this;
    const operation: Operation<unknown> =
      kind === "truncate"
        ? file.truncate(buffer.byteLength)
        : kind === "read"
          ? file.read(buffer, options)
          : file.write(buffer, options);
    operation.catch(() => {});
    const isOver = false;
    const isAbandoned = false;
    const position = undefined;
    const takesTurns = isImplicit && kind !== "truncate";
    const call = { kind, isImplicit: takesTurns, operation, buffer, behind };
    this.calls.push({ ...call, isAbandoned, isOver, position });
  }

  of({ request }: Submission): Call | undefined {
    if (!("length" in request)) return undefined;
    return this.calls[request.length - 1];
  }

  answer(at: number, isDone: boolean): void {
    const submission = this.backend.pending[at % this.backend.pending.length];
    if (submission === undefined) return;
    const call = this.of(submission);
    const count = isDone && call !== undefined ? Math.ceil(call.buffer.byteLength / 2) : 0;
    if (call !== undefined) {
      call.isOver = true;
      const isDelivered = call.kind === "write" || !call.isAbandoned;
      if (call.isImplicit && isDelivered) this.#position += count;
    }
    const index = this.backend.pending.indexOf(submission);
    if (isDone || call === undefined) this.backend.done(count, index);
    else this.backend.answer({ kind: "canceled" }, index);
  }

  /** Looks at what the kernel has been given since the last look. */
  check(): void {
    for (const submission of this.backend.log.slice(this.#seen)) this.#checkNew(submission);
    this.#seen = this.backend.log.length;
    const inTurn = this.backend.pending.filter((each) => this.of(each)?.isImplicit);
    assert.ok(inTurn.length <= 1, "two calls without position at once");
    for (const { operation, buffer, isOver } of this.calls) {
      if (isOver) assert.equal(operation.state, "settled");
      if (operation.state === "settled") assert.equal(buffer.isLent, false);
    }
  }

  #checkNew(submission: Submission): void {
    if (submission.request.kind === "close") {
      this.#closes++;
      assert.equal(this.#closes, 1, "closed twice");
      assert.deepEqual(this.backend.kinds, ["close"], "closed under an operation");
      return;
    }
    const call = this.of(submission);
    assert.ok(call !== undefined);
    const index = this.calls.indexOf(call);
    assert.equal(this.#closes, 0, "submitted behind the close");
    if (isChange(call)) {
      assert.ok(
        call.behind.every((each) => each.isOver),
        `${call.kind} overtook an orphan`,
      );
    }
    if (!call.isImplicit) return;
    assert.ok(index > this.#lastImplicit, "a call without position overtook an earlier one");
    this.#lastImplicit = index;
    const { snapshot } = submission;
    assert.ok("position" in snapshot);
    assert.equal(snapshot.position, this.#position, "not where the last call ended");
  }

  /** The kernel answers everything, until nothing is left. */
  finish(): void {
    while (this.backend.pending.length > 0) {
      this.answer(0, true);
      this.check();
    }
    for (const { operation } of this.calls) assert.equal(operation.state, "settled");
  }
}

const index = fc.nat({ max: 7 });
const step = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant("call"), fc.nat({ max: 4 })) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("done"), index) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("canceled"), index) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("cancel"), index) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("abandon"), index) },
);

/** Long ones from the start: short ones cannot get into trouble. */
const steps = fc.array(step, { minLength: 10, maxLength: 40, size: "max" });

const CALLS: readonly (readonly [Kind, boolean])[] = [
  ["read", true],
  ["write", true],
  ["read", false],
  ["write", false],
  ["truncate", false],
];

describe("a file", () => {
  test("keeps order, positions and the fence under any steps, and closes last", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const account = new Account(await openFake(false));
        for (const [name, at] of taken) {
          const call = account.calls[at];
          if (name === "call") account.call(...CALLS[at]!);
          else if (name === "cancel") call?.operation.cancel();
          else if (name === "abandon" && call !== undefined) {
            if (call.operation.state !== "settled") call.isAbandoned = true;
            call.operation.abandon();
            if (call.operation.state === "settled") call.isOver = true;
          } else if (name === "done" || name === "canceled") account.answer(at, name === "done");
          account.check();
        }
        void account.file.close();
        account.check();
        account.finish();
        assert.equal(account.file.state, "closed");
      }),
      { numRuns: 1500 },
    );
  });
});

interface StreamRead {
  readonly operation: Operation<number>;
  readonly buffer: IoBuffer;
}

describe("a stream", () => {
  test("loses, doubles and moves no byte under any steps", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const { file, backend } = await openFake(true);
        const reads: StreamRead[] = [];
        const sent: number[] = [];
        const got: number[] = [];
        const call = (at: number): void => {
          // The bytes that the kernel will bring into it tell which read it was.
          const buffer = new IoBuffer(4);
          buffer.bytes.fill(reads.length + 1);
          const operation = at % 2 === 0 ? file.read(buffer) : file.readFully(buffer);
          operation.catch(() => {});
          void operation.outcome().then(({ status, bytesTransferred }) => {
            if (status === "abandoned") return;
            got.push(...buffer.bytes.subarray(0, bytesTransferred));
          });
          reads.push({ operation, buffer });
        };
        const answer = (isDone: boolean, count: number): void => {
          const [submission] = backend.pending;
          if (submission === undefined) return;
          assert.equal(backend.pending.length, 1, "two reads at once");
          const { request } = submission;
          assert.ok(request.kind === "read");
          const moved = Math.min(count + 1, request.length);
          if (isDone) sent.push(...valuesOf(request.memory, reads, moved));
          if (isDone) backend.done(moved);
          else backend.answer({ kind: "canceled" });
        };
        for (const [name, at] of taken) {
          if (name === "call") call(at);
          else if (name === "cancel") reads[at]?.operation.cancel();
          else if (name === "abandon") reads[at]?.operation.abandon();
          else answer(name === "done", at % 4);
          await Promise.resolve();
        }
        while (backend.pending.length > 0) answer(true, 3);
        await Promise.all(reads.map(({ operation }) => operation.outcome()));
        await readRest(file, backend, got);
        assert.deepEqual(got, sent);
      }),
      { numRuns: 1500 },
    );
  });
});

/** What the kernel seems to have brought into a read's buffer: its own number, again and again. */
function valuesOf(memory: Memory, reads: readonly StreamRead[], count: number): number[] {
  const at = reads.findIndex(({ buffer }) => memoryOf(buffer) === memory);
  assert.ok(at >= 0);
  return new Array<number>(count).fill(at + 1);
}

/** Bytes of orphans that nobody has read yet. */
async function readRest(file: File, backend: FakeBackend, got: number[]): Promise<void> {
  const buffer = new IoBuffer(200);
  const operation = file.read(buffer);
  if (backend.pending.length > 0) {
    operation.cancel();
    backend.answer({ kind: "canceled" });
  }
  const { bytesTransferred } = await operation.outcome();
  got.push(...buffer.bytes.subarray(0, bytesTransferred));
}
