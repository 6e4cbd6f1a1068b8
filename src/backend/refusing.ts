// In the place of a backend that was asked for by name and does not work any more: nothing begins.
// Only descriptors are closed, since nobody else would close them.
import type { Descriptors } from "../kernel/descriptors.ts";
import { REQUEST_KINDS } from "./capabilities.ts";
import type {
  Backend,
  Capabilities,
  Completion,
  CompletionSink,
  OperationId,
  Request,
} from "./contract.ts";

const NOTHING = Object.fromEntries(REQUEST_KINDS.map((kind) => [kind, "absent"])) as Record<
  Request["kind"],
  "absent"
>;

export class RefusingBackend implements Backend {
  readonly name = "none";
  readonly capabilities: Capabilities = NOTHING;
  readonly #sink: CompletionSink;
  readonly #descriptors: Pick<Descriptors, "close">;
  readonly #reason: string;

  constructor(sink: CompletionSink, descriptors: Pick<Descriptors, "close">, reason: string) {
    this.#sink = sink;
    this.#descriptors = descriptors;
    this.#reason = reason;
  }

  submit(id: OperationId, request: Request): void {
    void Promise.resolve().then(() => this.#sink.complete(id, this.#answer(request)));
  }

  /** All that was submitted is answered before anybody could cancel it. */
  cancel(): void {}

  refresh(): void {}

  statistics(): Readonly<Record<string, number>> {
    return {};
  }

  #answer(request: Request): Completion {
    if (request.kind !== "close") {
      return { kind: "refused", code: "ERR_NO_BACKEND", reason: this.#reason };
    }
    const closed = this.#descriptors.close(request.fd);
    return closed < 0 ? { kind: "failed", errno: -closed } : { kind: "done", value: 0 };
  }
}
