// A plain account of what a scope owes to those who use it, kept beside the real one: which
// operations are in it, and which errors must come out when it is left.

import assert from "node:assert/strict";

import { type File, IoError, type Operation, type Scope } from "../../src/index.ts";

/** A task that failed, and whether anybody awaits it. */
interface Failure {
  readonly error: unknown;
  readonly isHeard: boolean;
}

/** What all scopes of a program share. */
export class Ledger {
  /** The scope that a file is in. */
  readonly homes: Map<File, ScopeAccount> = new Map();
  /** Operations, with the file or the scope that they are of. */
  readonly operations: Map<Operation<unknown>, File | ScopeAccount> = new Map();
  readonly tally: Map<string, number> = new Map();
  /** What should never be: kept, for a program may catch whatever is thrown in it. */
  readonly broken: unknown[] = [];

  check(look: () => void): void {
    try {
      look();
    } catch (error) {
      this.broken.push(error);
    }
  }

  /** One that begins in a scope that was canceled must have ended at once. */
  began(operation: Operation<unknown>, home: File | ScopeAccount): void {
    this.operations.set(operation, home);
    const account = home instanceof ScopeAccount ? home : this.homes.get(home);
    if (account?.scope.signal.aborted !== true) return;
    this.check(() => assert.equal(operation.state, "settled", "it began in a canceled scope"));
    this.count("refused");
  }

  count(what: string): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + 1);
  }
}

export class ScopeAccount {
  readonly scope: Scope;
  readonly ledger: Ledger;
  /** Scopes within it that nobody leaves. */
  readonly forgotten: ScopeAccount[] = [];
  /** Files that the program uses in it. */
  readonly files: File[] = [];
  readonly #failures: Failure[] = [];

  constructor(scope: Scope, ledger: Ledger) {
    this.scope = scope;
    this.ledger = ledger;
  }

  taskFailed(error: unknown, isHeard: boolean): void {
    if (!this.isOfCancel(error)) this.#failures.push({ error, isHeard });
  }

  /** Whether an error says only that the scope was canceled. */
  isOfCancel(error: unknown): boolean {
    const { aborted, reason } = this.scope.signal;
    if (!aborted) return false;
    if (error === reason) return true;
    const isEnd = error instanceof IoError && ["ABORT_ERR", "ETIMEDOUT"].includes(error.code);
    return isEnd && error.cause === reason;
  }

  /** The errors that leaving it must bring. */
  errors(): unknown[] {
    const [first] = this.#failures;
    const isTold = first?.isHeard === true && first.error === this.scope.signal.reason;
    const own = this.#failures
      .map(({ error }) => error)
      .filter((error) => {
        return !(isTold && error === first.error);
      });
    const others = this.forgotten
      .flatMap((inner) => inner.errors())
      .filter((error) => !this.isOfCancel(error));
    return [...new Set([...own, ...others])];
  }

  /** The errors that a function must bring which runs in the scope and leaves it. */
  errorsWith({ hasThrown, error }: Told): unknown[] {
    const errors = this.errors();
    if (!hasThrown) return errors;
    const isTold = errors.includes(error) || (errors.length > 0 && this.isOfCancel(error));
    return isTold ? errors : [error, ...errors];
  }

  /** It is over, and whatever canceled it, that was not the scope that it shields from. */
  checkShielded({ signal }: Scope): void {
    if (!signal.aborted) return;
    this.ledger.count("shields of canceled scopes");
    this.ledger.check(() => assert.notEqual(this.scope.signal.reason, signal.reason));
  }

  /** It has been left: nothing may be in it any more. */
  checkLeft(): void {
    assert.equal(this.scope.phase, "left");
    assert.deepEqual(this.scope.inFlight(), []);
    for (const [operation, home] of this.ledger.operations) {
      const account = home instanceof ScopeAccount ? home : this.ledger.homes.get(home);
      if (account !== this) continue;
      const isOut = operation.state === "settled" || operation.state === "abandoned";
      assert.ok(isOut, `an operation is ${operation.state} although its scope has been left`);
    }
    for (const [file, account] of this.ledger.homes) {
      if (account === this) assert.notEqual(file.state, "open", "a file was left open");
    }
    for (const inner of this.forgotten) inner.checkLeft();
  }
}

/** What a promise came to. */
export interface Told {
  readonly hasThrown: boolean;
  readonly error: unknown;
}

export async function told(promise: Promise<unknown>): Promise<Told> {
  try {
    await promise;
    return { hasThrown: false, error: undefined };
  } catch (error) {
    return { hasThrown: true, error };
  }
}

/** Whether it tells these errors, and no others: one as it is, several as one. */
export function tells({ hasThrown, error }: Told, wanted: readonly unknown[]): boolean {
  if (wanted.length < 2) return hasThrown === (wanted.length === 1) && error === wanted[0];
  if (!(error instanceof AggregateError) || error.errors.length !== wanted.length) return false;
  return wanted.every((each) => error.errors.includes(each));
}
