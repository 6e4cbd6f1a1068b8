// Backends and sinks that are wrong on purpose, each as some library once was: the fuzzer must
// find every one of them.

import type {
  Completion,
  CompletionSink,
  OperationId,
  Request,
} from "../../src/backend/contract.ts";
import { SimBackend } from "../../src/backend/sim/backend.ts";
import type { Checker } from "../../src/testing/fuzz/finding.ts";
import type { MakeBackend } from "../../src/testing/fuzz/machine.ts";

export interface Broken {
  readonly what: string;
  readonly makeBackend: MakeBackend;
  /** Those that may find it. */
  readonly finders: readonly Checker[];
}

/** A sink that changes what passes through it. */
type Change = (
  id: OperationId,
  completion: Completion,
  pass: (id: OperationId, completion: Completion) => void,
) => void;

function withSink(change: () => Change): MakeBackend {
  return (kernel, sink, clock, bounds) => {
    const changed = change();
    const pass = (id: OperationId, completion: Completion): void => sink.complete(id, completion);
    const broken: CompletionSink = {
      complete: (id, completion) => changed(id, completion, pass),
      holders: () => sink.holders(),
    };
    return new SimBackend(kernel, broken, clock, bounds);
  };
}

/** Says that a request was canceled when it was asked to stop, and not again when it ends. */
class Impatient extends SimBackend {
  readonly #tell: CompletionSink["complete"];

  constructor(...[kernel, sink, clock, bounds]: Parameters<MakeBackend>) {
    const told = new Set<OperationId>();
    const tell: CompletionSink["complete"] = (id, completion) => {
      if (!told.has(id)) sink.complete(id, completion);
      told.add(id);
    };
    super(kernel, { complete: tell, holders: () => sink.holders() }, clock, bounds);
    this.#tell = tell;
  }

  override cancel(id: OperationId): void {
    super.cancel(id);
    void Promise.resolve().then(() => this.#tell(id, { kind: "canceled" }));
  }
}

/** A request that was refused once is not tried again. */
class Forgetful extends SimBackend {
  #count = 0;

  override submit(id: OperationId, request: Request): void {
    if (request.kind === "close" || ++this.#count % 5 !== 0) super.submit(id, request);
  }
}

/** A cancel counts as a wish. */
class Deaf extends SimBackend {
  override cancel(): void {}
}

const isBytes = (completion: Completion): completion is Extract<Completion, { kind: "done" }> =>
  completion.kind === "done" && completion.value > 1;

export const BROKEN: readonly Broken[] = [
  {
    what: "completes as soon as it is asked to stop",
    makeBackend: (...args) => new Impatient(...args),
    finders: ["settling", "memory"],
  },
  {
    what: "tells of one byte fewer than were moved",
    makeBackend: withSink(() => (id, completion, pass) => {
      if (isBytes(completion)) pass(id, { kind: "done", value: completion.value - 1 });
      else pass(id, completion);
    }),
    finders: ["outcome"],
  },
  {
    what: "drops a completion",
    makeBackend: withSink(() => {
      let count = 0;
      return (id, completion, pass) => {
        if (++count % 7 !== 0) pass(id, completion);
      };
    }),
    finders: ["end"],
  },
  {
    what: "completes twice",
    makeBackend: withSink(() => (id, completion, pass) => {
      pass(id, completion);
      if (completion.kind === "canceled") pass(id, completion);
    }),
    finders: ["crash"],
  },
  {
    what: "mixes up two completions",
    makeBackend: withSink(() => {
      let kept: readonly [OperationId, Completion] | null = null;
      return (id, completion, pass) => {
        if (!isBytes(completion)) pass(id, completion);
        else if (kept === null) kept = [id, completion];
        else {
          const [otherId, other] = kept;
          kept = null;
          pass(id, other);
          pass(otherId, completion);
        }
      };
    }),
    finders: ["outcome", "crash", "end"],
  },
  {
    what: "says canceled of what has failed",
    makeBackend: withSink(() => (id, completion, pass) => {
      pass(id, completion.kind === "failed" ? { kind: "canceled" } : completion);
    }),
    finders: ["outcome"],
  },
  {
    what: "loses what did not fit into the queue",
    makeBackend: (...args) => new Forgetful(...args),
    finders: ["end"],
  },
  {
    what: "does not hear cancels",
    makeBackend: (...args) => new Deaf(...args),
    finders: ["end"],
  },
];
