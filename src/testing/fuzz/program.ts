// The program of a session: does what its actions say, through the public interface, and keeps an
// account of what it asked for. It knows what must be refused.

import { getEventListeners } from "node:events";
import type { File } from "../../api/file.ts";
import type { Operation } from "../../api/operation.ts";
import type { Account, Drain } from "./account.ts";
import {
  type CallAction,
  describeAction,
  isCall,
  type OtherAction,
  type WhenAction,
} from "./action.ts";
import { Asking } from "./asking.ts";
import { beginCall } from "./begin-call.ts";
import { Buffers } from "./buffers.ts";
import { Call, isWrite, type Lent, type Opened } from "./call.ts";
import { check } from "./finding.ts";
import type { Machine } from "./machine.ts";
import { Peers } from "./peers.ts";
import type { Plan } from "./plan.ts";

/** Names of the calls that close at the end what is still open. */
const CLOSINGS_FIRST = 1_000_000;

/** How many bytes of a buffer's own seed there are, so that no two calls write the same. */
const SEED_SPREAD = 16;

/** The open files of a call: the one that it is a method of, and one of which it takes bytes. */
interface Files {
  readonly opened: Opened | undefined;
  readonly source: Opened | undefined;
}

const NO_FILES: Files = { opened: undefined, source: undefined };

export class Program {
  readonly buffers: Buffers;
  readonly #account: Account;
  readonly #machine: Machine;
  readonly #asking: Asking;
  readonly #peers: Peers;
  readonly #look: () => void;
  readonly #handles: Map<number, Opened> = new Map();
  readonly #controllers: Map<number, AbortController> = new Map();
  /** How many of a signal's listeners are the program's own. */
  readonly #listeners: Map<number, number> = new Map();

  /** @param look Called before and after what is done in a turn that is not the session's. */
  constructor(plan: Plan, machine: Machine, account: Account, look: () => void) {
    this.#look = look;
    this.buffers = new Buffers(plan.buffers, plan.pool);
    this.#account = account;
    this.#machine = machine;
    this.#asking = new Asking(account, machine.clock.now);
    this.#peers = new Peers(machine.kernel, machine.fifos, account);
  }

  perform(action: CallAction | OtherAction | WhenAction): void {
    if ("does" in action) {
      this.#machine.kernel.trace.add(`program: ${describeAction(action)}`);
      this.#later(action);
    } else if (!isCall(action)) {
      this.#machine.kernel.trace.add(`program: ${describeAction(action)}`);
      this.#other(action);
    } else if (action.kind === "open" || !("handle" in action)) this.#begin(action, NO_FILES);
    else {
      const opened = this.#handles.get(action.handle);
      const source = "source" in action ? this.#handles.get(action.source) : undefined;
      const isMissing = opened === undefined || ("source" in action && source === undefined);
      if (!isMissing) this.#begin(action, { opened, source });
    }
  }

  /** Closes every file that is open. */
  closeAll(): void {
    for (const [at, opened] of this.#account.opened.entries()) {
      if (opened.closing !== null) continue;
      const { action } = opened.opening;
      const handle = "handle" in action ? action.handle : 0;
      const files = { opened, source: undefined };
      this.#begin({ kind: "close", call: CLOSINGS_FIRST + at, handle }, files);
    }
  }

  /** The program's account of its drain. */
  drain(deadlineMs: number): Drain {
    const { io, clock } = this.#machine;
    const startMs = clock.now();
    const deadlineAtMs = startMs + deadlineMs;
    const drain: Drain = { startMs, deadlineAtMs, resolvedMs: null, report: null, inFlight: [] };
    this.#account.drains.push(drain);
    this.#asking.onDrain();
    void io.drain({ deadlineMs }).then((report) => {
      drain.report = report;
      drain.resolvedMs = clock.now();
      const told = new Set(io.inFlight().map(({ id }) => id));
      drain.inFlight = this.#account.calls.filter(
        ({ number = 0, startTick }) => told.has(number) && startTick < this.#account.turnTick,
      );
    });
    return drain;
  }

  listenTo(call: Call): void {
    if (call.isListenedTo) return;
    if (call.action.kind === "open") {
      const onFile = (file: unknown): void => this.#adopt(call, file as File);
      void call.operation.then(onFile, () => {});
    }
    call.listen();
  }

  checkSignals(): void {
    for (const [name, { signal }] of this.#controllers) {
      const { length } = getEventListeners(signal, "abort");
      const count = length - (this.#listeners.get(name) ?? 0);
      check(count <= 1, "signal", () => `signal ${name} has ${count} listeners`);
    }
  }

  #begin(action: CallAction, files: Files): void {
    const lent = this.#pick(action);
    if (lent === null) return;
    const startMs = this.#machine.clock.now();
    const operation = this.#call(action, files, lent);
    const { opened = null, source = null } = files;
    if (operation === null || opened?.closing?.operation === operation) return;
    const startTick = this.#account.tick;
    const call = new Call({ action, operation, opened, source, lent, startMs, startTick });
    if (operation.state !== "settled") call.number = this.#newestNumber();
    this.buffers.onBegun(lent);
    this.#account.add(call);
    this.#asking.onBegun(call, this.#signalOf(action));
    if (action.kind === "close" && opened !== null) opened.closing = call;
    if (action.isBlind !== true) this.listenTo(call);
    const view = call.number === undefined ? "settled at once" : `${operation.state}`;
    const name = call.number === undefined ? "" : `${action.kind} ${call.number} is `;
    this.#machine.kernel.trace.add(`program: ${describeAction(action)}`, "", `${name}${view}`);
  }

  /** Null if it was refused, as it had to be. */
  #call(
    action: CallAction,
    { opened, source }: Files,
    lent: readonly Lent[],
  ): Operation<unknown> | null {
    const isClosing = [opened, source].some((each) => (each?.closing ?? null) !== null);
    const refusal = this.#refusalOf(action, isClosing, lent);
    const buffers = lent.map(({ buffer }) => buffer);
    const means = { io: this.#machine.io, file: opened?.file, source: source?.file, buffers };
    let operation: Operation<unknown>;
    try {
      operation = beginCall(action, { ...means, signal: this.#signalOf(action) });
    } catch (error) {
      const code = String((error as { readonly code?: unknown }).code);
      const wanted = refusal ?? "no refusal";
      check(code === refusal, "crash", () => `${action.kind} threw ${error}, wanted ${wanted}`);
      this.#machine.kernel.trace.add(`program: ${describeAction(action)}`, "", `refused: ${code}`);
      this.buffers.onRefused(lent);
      return null;
    }
    check(refusal === null, "outcome", () => `${action.kind} was not refused: wanted ${refusal}`);
    return operation;
  }

  #refusalOf(action: CallAction, isClosing: boolean, lent: readonly Lent[]): string | null {
    if (isClosing && action.kind !== "close") return "ERR_CLOSED";
    return this.buffers.isAnyAway(lent) ? "ERR_BUFFER_LENT" : null;
  }

  #pick(action: CallAction): Lent[] | null {
    if (!("from" in action) || action.from === "bytes") return [];
    const seed = SEED_SPREAD * (isWrite(action) ? action.call : -action.call);
    if (action.from === "pool") return this.buffers.pickPooled(seed);
    const places = typeof action.from === "number" ? [action.from] : action.from;
    const lent = this.buffers.pick(places, seed);
    // Listing is internal, and does not check as methods do whether the buffer is free.
    return action.kind === "list" && this.buffers.isAnyAway(lent) ? null : lent;
  }

  /** The program has a file. */
  #adopt(opening: Call, file: File): void {
    const { action, facts } = opening;
    const openFile = facts.findLast((fact) => fact.openFile !== null)?.openFile ?? null;
    if (action.kind !== "open" || openFile === null) {
      this.#account.report("outcome", `${opening} gave a file that the kernel did not open`);
      return;
    }
    const isAppending = action.flags.startsWith("a");
    const none = { calls: [], borrowers: [], closing: null };
    const opened = { file, openFile, opening, isAppending, ...none, isHolding: true };
    this.#account.opened.push(opened);
    this.#handles.set(action.handle, opened);
  }

  #other(action: OtherAction): void {
    switch (action.kind) {
      case "cancel":
      case "abandon":
        this.#stop(action.kind, action.call);
        return;
      case "cancel all":
        this.#cancelAll(this.#handles.get(action.handle));
        return;
      case "ref":
      case "unref":
        this.#hold(this.#handles.get(action.handle), action.kind);
        return;
      case "abort":
        this.#abort(action.signal);
        return;
      case "drain":
        this.drain(action.deadlineMs);
        return;
      default:
        this.#peers.perform(action);
    }
  }

  /** Within a reaction of a promise, or within the dispatch of an event. */
  #later({ kind, of, does }: WhenAction): void {
    if (kind === "when aborted") {
      const { signal } = this.#controllerOf(of);
      this.#listeners.set(of, (this.#listeners.get(of) ?? 0) + 1);
      signal.addEventListener("abort", () => {
        this.#asking.isWithinAbort = true;
        this.#within(does);
        this.#asking.isWithinAbort = false;
      });
      return;
    }
    const call = this.#account.callNamed(of);
    if (call === undefined || call.action.isBlind === true) return;
    const go = (): void => this.#within(does);
    void call.operation.then(go, go);
  }

  /** What happened in between is looked at first; what is found cannot be thrown here. */
  #within(does: CallAction | OtherAction): void {
    try {
      this.#look();
      this.perform(does);
      this.#look();
    } catch (error) {
      this.#account.reportError(error);
    }
  }

  #stop(how: "cancel" | "abandon", name: number): void {
    const call = this.#account.callNamed(name);
    if (call === undefined) return;
    if (!call.isOver && how === "cancel") this.#asking.onCancel(call);
    if (!call.isOver && how === "abandon" && !call.isAbandoned) {
      call.isAbandoned = true;
      call.abandonedTick = this.#account.tick;
    }
    const returned = call.operation[how]();
    check(returned === call.operation, "outcome", () => `${how}() returned something else`);
  }

  #cancelAll(opened: Opened | undefined): void {
    if (opened === undefined) return;
    const calls = opened.calls.filter(({ isOver, action }) => !isOver && action.kind !== "close");
    this.#asking.onCancelAll(opened);
    const wait = { calls, isOver: false };
    this.#account.waits.push(wait);
    void opened.file.cancelAll().then(() => {
      wait.isOver = true;
    });
  }

  #hold(opened: Opened | undefined, kind: "ref" | "unref"): void {
    if (opened === undefined) return;
    opened.isHolding = kind === "ref";
    opened.file[kind]();
  }

  #abort(name: number): void {
    const controller = this.#controllerOf(name);
    if (controller.signal.aborted) return;
    this.#asking.onAbort(controller.signal, name);
    controller.abort({ signal: name });
  }

  /** Operations are numbered in the order of their calls. */
  #newestNumber(): number {
    return this.#machine.io.inFlight().reduce((newest, { id }) => Math.max(newest, id), 0);
  }

  #signalOf({ signal }: CallAction): AbortSignal | undefined {
    return signal === undefined ? undefined : this.#controllerOf(signal).signal;
  }

  #controllerOf(name: number): AbortController {
    const known = this.#controllers.get(name);
    if (known !== undefined) return known;
    const controller = new AbortController();
    this.#controllers.set(name, controller);
    return controller;
  }
}
