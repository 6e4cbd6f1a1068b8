// Random programs: blocks of steps in scopes, which begin tasks, shields and scopes that have
// blocks of their own. All that is drawn is drawn from one seed.

import assert from "node:assert/strict";

import type { Prng } from "../../src/base/prng.ts";
import { type Io, IoBuffer, type Operation, Scope } from "../../src/index.ts";
import type { SimPeer, SimulatedWorld } from "../../src/testing.ts";
import { Ledger, ScopeAccount, type Told, tells, told } from "./scope-account.ts";

const DEPTH_MAX = 3;
const STEPS_MAX = 10;

/** What a program throws by itself. */
class Mistake extends Error {}

/** A block that has failed, and the leaving of its scope, too. */
class Several extends Error {
  readonly errors: readonly unknown[];

  constructor(errors: readonly unknown[]) {
    super(`${errors.length} errors`);
    this.errors = errors;
  }
}

type Step = (account: ScopeAccount, depth: number) => Promise<unknown>;

export class ScopeProgram {
  readonly ledger: Ledger = new Ledger();
  readonly #io: Io;
  readonly #world: SimulatedWorld;
  readonly #prng: Prng;
  readonly #controller: AbortController = new AbortController();
  readonly #peers: readonly SimPeer[];
  readonly #steps: readonly Step[];
  root: ScopeAccount | null = null;

  /** @param mayStick Then calls are left out that nobody can abandon. */
  constructor(io: Io, world: SimulatedWorld, prng: Prng, mayStick: boolean) {
    this.#io = io;
    this.#world = world;
    this.#prng = prng;
    world.makeFile("/a", "some text in a file");
    world.makeDirectory("/d");
    this.#peers = ["/f", "/g"].map((path) => {
      world.makeFifo(path);
      return world.peerOf(path);
    });
    const { stat, open, read, write, task, pair, nested, forget, shield, rest } = this;
    this.#steps = [
      ...[stat, open, open, read, read, read, write, write],
      ...[task, task, task, pair, pair, nested, nested, forget, shield, shield, rest, rest],
      ...[this.close, this.move, this.peer, this.cancel, this.abort, this.fail, this.pass],
      ...(mayStick ? [] : [this.whole, this.whole]),
    ];
  }

  /** Runs it; its scope has been left then, and has told what it must. */
  async run(): Promise<void> {
    const { signal } = this.#controller;
    const options = { io: this.#io, signal, deadlineMs: 20 + this.#prng.below(300) };
    if (this.#prng.chance(0.5)) {
      const scope = new Scope(options);
      this.root = new ScopeAccount(scope, this.ledger);
      await told(this.#leaveAfter(this.root, DEPTH_MAX));
      return;
    }
    await this.#using(
      (work) => Scope.use(options, work),
      DEPTH_MAX,
      (account) => {
        this.root = account;
      },
    );
  }

  /** Somebody has had enough of waiting. False if there was nothing to abandon. */
  abandonAll(): boolean {
    const held = [...this.ledger.operations.keys()].filter(({ state }) => !ENDS.includes(state));
    for (const operation of held) operation.abandon();
    return held.length > 0;
  }

  readonly stat: Step = async (account) => {
    const operation = account.scope.stat(this.#draw(["/a", "/none"]), this.#limit());
    this.ledger.began(operation, account);
    await this.#settle(operation);
  };

  readonly open: Step = async (account) => {
    const path = this.#draw(["/a", "/a", "/f", "/g", "/none"]);
    const opening = account.scope.open(path, "r+", 0, this.#limit());
    this.ledger.began(opening, account);
    void opening.then((file) => {
      // Its operations are of this scope from here on, unless that has been left already.
      const { phase } = account.scope;
      this.ledger.check(() => assert.ok(phase !== "left" || file.state !== "open"));
      this.ledger.homes.set(file, account);
      account.files.push(file);
    }, ignore);
    await this.#settle(opening);
  };

  readonly read: Step = async ({ files }) => {
    const file = this.#pick(files);
    if (file?.state !== "open") return;
    const operation = file.read(new IoBuffer(8), this.#limit());
    this.ledger.began(operation, file);
    await this.#settle(operation);
  };

  readonly write: Step = async ({ files }) => {
    const file = this.#pick(files);
    if (file?.state !== "open") return;
    const operation = file.writeAll("text", this.#limit());
    this.ledger.began(operation, file);
    await this.#settle(operation);
  };

  readonly close: Step = async ({ files }) => {
    const file = this.#pick(files);
    if (file === undefined) return;
    const closing = file.close();
    this.ledger.operations.set(closing, file);
    await this.#settle(closing);
  };

  /** Takes over a file of the block that this one is in, or gives itself one of its own. */
  readonly move: Step = async (account) => {
    const file = this.#pick([...this.ledger.homes.keys()]);
    if (file === undefined || file.state !== "open") return;
    account.scope.add(file);
    this.ledger.homes.set(file, account);
    account.files.push(file);
    this.ledger.count("files handed on");
  };

  readonly whole: Step = async ({ scope }) => {
    const options = this.#limit();
    const calls = [
      () => scope.readFile("/a", options),
      () => scope.writeFile("/b", "new", options),
      () => scope.readdir("/", options),
      () => scope.readFile("/none", options),
    ];
    await this.#maybeCaught(this.#draw(calls)());
  };

  readonly task: Step = async (account, depth) => {
    const isHeard = this.#prng.chance(0.6);
    const task = this.#begin(account, depth, isHeard);
    if (isHeard) await this.#maybeCaught(task);
  };

  readonly pair: Step = async (account, depth) => {
    const tasks = [this.#begin(account, depth, true), this.#begin(account, depth, true)];
    await this.#maybeCaught(Promise.all(tasks));
  };

  readonly nested: Step = (account, depth) => {
    const inner = new ScopeAccount(account.scope.nested(this.#deadline()), this.ledger);
    inner.files.push(...account.files);
    return this.#maybeCaught(this.#leaveAfter(inner, depth - 1));
  };

  /** A scope that nobody leaves, with a task in it. */
  readonly forget: Step = async (account, depth) => {
    const inner = new ScopeAccount(account.scope.nested(this.#deadline()), this.ledger);
    account.forgotten.push(inner);
    void this.#begin(inner, depth, false);
    this.ledger.count("scopes forgotten");
  };

  readonly shield: Step = async ({ scope, files }, depth) => {
    let made: ScopeAccount | undefined;
    const use = (work: (shield: Scope) => Promise<void>): Promise<void> => {
      const shielding = scope.shield(work, this.#deadline());
      void told(shielding).then(() => made?.checkShielded(scope));
      return shielding;
    };
    const using = this.#using(use, depth - 1, (account) => {
      account.files.push(...files);
      made = account;
    });
    if (this.#prng.chance(0.7)) await this.#maybeCaught(using);
    else using.catch(ignore);
    this.ledger.count("shields");
  };

  readonly rest: Step = () => this.#world.passTime(1 + this.#prng.below(40));

  readonly pass: Step = async () => {
    for (let turn = this.#prng.below(6); turn > 0; turn--) await undefined;
  };

  readonly peer: Step = async () => {
    const peer = this.#pick(this.#peers);
    if (this.#prng.chance(0.7)) peer?.write("bytes");
    else peer?.empty();
  };

  readonly cancel: Step = async ({ scope }) => {
    if (this.#prng.chance(0.3)) scope.cancel(this.#prng.chance(0.5) ? new Error("why") : undefined);
  };

  readonly abort: Step = async () => {
    if (this.#prng.chance(0.1)) this.#controller.abort(new Error("the signal"));
  };

  readonly fail: Step = async () => {
    if (this.#prng.chance(0.4)) throw new Mistake();
  };

  async #block(account: ScopeAccount, depth: number): Promise<void> {
    for (let count = 1 + this.#prng.below(STEPS_MAX); count > 0; count--) {
      const step = this.#pick(this.#steps);
      if (depth > 0 || step !== this.nested) await step?.(account, depth);
    }
  }

  /** A task with a block of its own. Whoever awaits it must get what it throws. */
  #begin(account: ScopeAccount, depth: number, isHeard: boolean): Promise<void> {
    let thrown: unknown;
    const task = account.scope.run(async () => {
      try {
        if (depth > 0) await this.#block(account, depth - 1);
      } catch (error) {
        thrown = error;
        account.taskFailed(error, isHeard);
        throw error;
      }
    });
    if (!isHeard) return task;
    return task.catch((error: unknown) => {
      this.ledger.check(() => assert.equal(error, thrown));
      throw error;
    });
  }

  /** A block, and then the leaving of its scope, as `await using` does it. */
  async #leaveAfter(account: ScopeAccount, depth: number): Promise<void> {
    const block = await told(this.#block(account, depth));
    const wanted = account.errors.bind(account);
    this.#check(account, await told(account.scope.leave()), wanted);
    const all = [...(block.hasThrown ? [block.error] : []), ...wanted()];
    if (all.length > 0) throw all.length === 1 ? all[0] : new Several(all);
  }

  /** The same with a function that makes a scope, runs a block in it and leaves it. */
  async #using(
    use: (work: (scope: Scope) => Promise<void>) => Promise<void>,
    depth: number,
    onMade: (account: ScopeAccount) => void,
  ): Promise<void> {
    let account: ScopeAccount | undefined;
    let block: Told = { hasThrown: false, error: undefined };
    const using = use(async (scope) => {
      account = new ScopeAccount(scope, this.ledger);
      onMade(account);
      block = await told(this.#block(account, depth));
      if (block.hasThrown) throw block.error;
    });
    const end = await told(using);
    if (account !== undefined) this.#check(account, end, () => account?.errorsWith(block) ?? []);
    await using;
  }

  #check(account: ScopeAccount, end: Told, wanted: () => readonly unknown[]): void {
    const { ledger } = this;
    ledger.check(() => account.checkLeft());
    const errors = wanted();
    ledger.check(() =>
      assert.ok(tells(end, errors), `told ${end.error}; due ${errors.join("; ")}`),
    );
    ledger.count("scopes left");
    if (errors.length > 0) ledger.count(errors.length > 1 ? "several errors" : "one error");
  }

  /** Awaits an operation, or not; cancels or abandons it, or not. */
  async #settle(operation: Operation<unknown>): Promise<void> {
    operation.catch(ignore);
    for (let turn = this.#prng.below(4); turn > 0; turn--) await undefined;
    const way = this.#prng.below(10);
    if (way === 0) operation.cancel();
    if (way === 1) operation.abandon();
    if (way < 8) await this.#maybeCaught(operation);
  }

  async #maybeCaught(promise: Promise<unknown>): Promise<void> {
    if (this.#prng.chance(0.2)) await promise;
    else await promise.catch(ignore);
  }

  #limit(): { timeoutMs?: number } {
    return this.#prng.chance(0.2) ? { timeoutMs: 1 + this.#prng.below(30) } : {};
  }

  #deadline(): { deadlineMs?: number } {
    return this.#prng.chance(0.4) ? { deadlineMs: 1 + this.#prng.below(100) } : {};
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[this.#prng.below(list.length)];
  }

  #draw<T>(list: readonly T[]): T {
    return this.#pick(list) as T;
  }
}

const ENDS: readonly string[] = ["settled", "abandoned"];

const ignore = (): void => {};
