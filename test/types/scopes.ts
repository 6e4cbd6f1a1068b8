// Scopes: what they take and give, and what must not compile. Never run.

import {
  type File,
  type InFlight,
  type IoBuffer,
  type Operation,
  Scope,
  type ScopeOptions,
  type ScopePhase,
} from "../../src/index.ts";
import { same } from "./same.ts";

const options: ScopeOptions = {
  signal: AbortSignal.abort(),
  deadlineMs: 5,
  onDeadline: (held) => same<readonly InFlight[]>()(held),
  io: undefined,
};

export async function gives(read: Operation<number>, file: File): Promise<void> {
  await using scope = new Scope(options);
  await using inner = scope.nested({ deadlineMs: 5 });
  same<Scope>()(inner);
  same<ScopePhase>()(scope.phase);
  same<AbortSignal>()(scope.signal);
  same<InFlight[]>()(scope.inFlight());
  same<Operation<number>>()(scope.add(read));
  same<File>()(scope.add(file));
  same<Operation<File>>()(scope.open("/a"));
  same<Promise<string>>()(scope.readFile("/a", { encoding: "utf8" }));
  same<Promise<number>>()(scope.run(async () => 5));
  same<Promise<number>>()(scope.run((own) => own.open("/a").then(() => 5)));
  same<Promise<ScopePhase>>()(scope.shield(async (shield) => shield.phase, { deadlineMs: 5 }));
  same<Scope>()(scope.cancel().cancel(new Error("reason")));
  same<Promise<void>>()(scope.leave());
  same<Promise<number>>()(Scope.use({}, (own) => own.run(async () => 5)));
}

export async function refuses(scope: Scope, buffer: IoBuffer): Promise<void> {
  // @ts-expect-error the limit of a scope is a deadline
  new Scope({ timeoutMs: 5 });
  // @ts-expect-error a deadline is a number
  new Scope({ deadlineMs: "5" });
  // @ts-expect-error the signal comes in the options
  new Scope(AbortSignal.abort());
  // @ts-expect-error leaving has to be waited for: await using
  using _scope = new Scope();
  // @ts-expect-error a nested scope has the kernel of the outer one
  scope.nested({ io: scope });
  // @ts-expect-error any promise could not be canceled: run() is for those
  scope.add(Promise.resolve(5));
  // @ts-expect-error a buffer is in no scope
  scope.add(buffer);
  // @ts-expect-error a task is a promise
  scope.run(() => 5);
  // @ts-expect-error a task is begun by the scope
  scope.run(Promise.resolve(5));
  // @ts-expect-error work in a shield is a promise
  scope.shield(() => 5);
  // @ts-expect-error one reason
  scope.cancel("first", "second");
  // @ts-expect-error its deadline is given when it is made
  scope.leave({ deadlineMs: 5 });
  // @ts-expect-error it takes nothing
  scope.inFlight(true);
  // @ts-expect-error options come first
  Scope.use(async () => 5);
  // @ts-expect-error the phase is the scope's to change
  scope.phase = "left";
}
