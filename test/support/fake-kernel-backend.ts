// A backend that answers when the test says so, for tests of what stands above it.

import { Io } from "../../src/api/io.ts";
import { REQUEST_KINDS } from "../../src/backend/capabilities.ts";
import type {
  Backend,
  Capabilities,
  Completion,
  CompletionSink,
  OperationId,
  Request,
} from "../../src/backend/contract.ts";
import { StepClock } from "../../src/base/step-clock.ts";
import type { Descriptors } from "../../src/kernel/descriptors.ts";

export interface Submission {
  readonly id: OperationId;
  readonly request: Request;
  /** As it was when submitted: the layer above goes on writing to its own. */
  readonly snapshot: Request;
}

export class FakeBackend implements Backend {
  readonly name = "fake";
  readonly capabilities: Capabilities = Object.fromEntries(
    REQUEST_KINDS.map((kind) => [kind, "native"]),
  ) as Record<Request["kind"], "native">;
  /** Submitted and not answered, oldest first. */
  readonly pending: Submission[] = [];
  /** Ids that were asked to stop, in order, repeats included. */
  readonly canceled: OperationId[] = [];
  /** All that was ever submitted. */
  readonly log: Submission[] = [];
  refreshes = 0;
  /** Answers a cancel at once with "canceled", as a backend does whose kernel has not seen it. */
  isQuick = false;
  readonly #sink: CompletionSink;

  constructor(sink: CompletionSink) {
    this.#sink = sink;
  }

  submit(id: OperationId, request: Request): void {
    const submission = { id, request, snapshot: { ...request } };
    this.pending.push(submission);
    this.log.push(submission);
  }

  cancel(id: OperationId): void {
    this.canceled.push(id);
    const at = this.pending.findIndex((each) => each.id === id);
    if (this.isQuick && at >= 0) this.answer({ kind: "canceled" }, at);
  }

  refresh(): void {
    this.refreshes++;
  }

  statistics(): Readonly<Record<string, number>> {
    return { submissions: this.log.length };
  }

  /** The kernel's last word on the oldest pending request, or on the one at `at`. */
  answer(completion: Completion, at = 0): void {
    const [submission] = this.pending.splice(at, 1);
    if (submission === undefined) throw new Error(`Nothing is pending at ${at}`);
    this.#sink.complete(submission.id, completion);
  }

  /** The same for the oldest pending request of a kind. */
  answerKind(kind: Request["kind"], completion: Completion): void {
    this.answer(
      completion,
      this.pending.findIndex((each) => each.request.kind === kind),
    );
  }

  done(value: number, at = 0): void {
    this.answer({ kind: "done", value }, at);
  }

  get kinds(): string[] {
    return this.pending.map((each) => each.request.kind);
  }
}

export interface FakeIo {
  readonly io: Io;
  readonly backend: FakeBackend;
  readonly clock: StepClock;
}

/** An `Io` on a fake backend, perhaps with a fake of what makes descriptors at once. */
export function makeFakeIo(descriptors: Descriptors | null = null): FakeIo {
  const clock = new StepClock();
  let made: FakeBackend | undefined;
  const io = new Io({}, clock, (sink) => {
    made = new FakeBackend(sink);
    return { backend: made, reason: null, descriptors };
  });
  io.status(); // Chooses the backend.
  return { io, backend: made!, clock };
}
