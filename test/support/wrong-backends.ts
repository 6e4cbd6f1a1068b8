// Backends that make the mistakes of other libraries, each in the smallest way: for tests that want
// to be seen to notice.

import type {
  Completion,
  CompletionSink,
  OperationId,
  Request,
} from "../../src/backend/contract.ts";
import { SimBackend } from "../../src/backend/sim/backend.ts";
import type { Clock } from "../../src/base/clock.ts";
import { EAGAIN } from "../../src/kernel/errno.ts";
import type { MakeBackend } from "../conformance/sim-subject.ts";

type Arguments = Parameters<MakeBackend>;

const CANCELED: Completion = { kind: "canceled" };

/** Tells the layer above only the first end of each request. */
class Once implements CompletionSink {
  readonly #sink: CompletionSink;
  readonly #told: Set<OperationId> = new Set();

  constructor(sink: CompletionSink) {
    this.#sink = sink;
  }

  complete(id: OperationId, completion: Completion): void {
    if (this.#told.has(id)) return;
    this.#told.add(id);
    this.#sink.complete(id, completion);
  }

  holders(): number {
    return this.#sink.holders();
  }
}

/** Says that a request was canceled when it was asked to stop, and not when it has stopped. */
export class Impatient extends SimBackend {
  readonly #once: Once;

  constructor(...[kernel, sink, clock, bounds]: Arguments) {
    const once = new Once(sink);
    super(kernel, once, clock, bounds);
    this.#once = once;
  }

  override cancel(id: OperationId): void {
    super.cancel(id);
    void Promise.resolve().then(() => this.#once.complete(id, { kind: "canceled" }));
  }
}

/** Waits for half a second after a cancel, and then takes it for done. */
export class Sleepy extends SimBackend {
  readonly #once: Once;
  readonly #clock: Clock;

  constructor(...[kernel, sink, clock, bounds]: Arguments) {
    const once = new Once(sink);
    super(kernel, once, clock, bounds);
    this.#once = once;
    this.#clock = clock;
  }

  override cancel(id: OperationId): void {
    super.cancel(id);
    this.#clock.after(500, () => this.#once.complete(id, { kind: "canceled" }));
  }
}

/** Fails what it has submitted, as if the kernel had not taken it. */
export class Misreading extends SimBackend {
  readonly #once: Once;
  #count = 0;

  constructor(...[kernel, sink, clock, bounds]: Arguments) {
    const once = new Once(sink);
    super(kernel, once, clock, bounds);
    this.#once = once;
  }

  override submit(id: OperationId, request: Request): void {
    super.submit(id, request);
    if (request.kind !== "read" || ++this.#count % 3 !== 0) return;
    void Promise.resolve().then(() => this.#once.complete(id, { kind: "failed", errno: EAGAIN }));
  }
}

/** Throws away what a request has brought that was asked to stop. */
export class Discarding extends SimBackend {
  readonly #asked: Set<OperationId>;

  constructor(...[kernel, sink, clock, bounds]: Arguments) {
    const asked = new Set<OperationId>();
    const complete: CompletionSink["complete"] = (id, completion) => {
      const isUnwanted = asked.has(id) && completion.kind !== "failed";
      sink.complete(id, isUnwanted ? CANCELED : completion);
    };
    super(kernel, { complete, holders: () => sink.holders() }, clock, bounds);
    this.#asked = asked;
  }

  override cancel(id: OperationId): void {
    this.#asked.add(id);
    super.cancel(id);
  }
}

/** Delivers no completion of what was canceled: nobody waits for it, it seems. */
export class Silent extends SimBackend {
  constructor(...[kernel, sink, clock, bounds]: Arguments) {
    const complete: CompletionSink["complete"] = (id, completion) => {
      if (completion.kind !== "canceled") sink.complete(id, completion);
    };
    super(kernel, { complete, holders: () => sink.holders() }, clock, bounds);
  }
}

/** A cancel counts as a wish. */
export class Deaf extends SimBackend {
  override cancel(): void {}
}
