// Stands between the operations and the simulated backend and hears what goes down and up. What is
// forbidden whatever the state is noted here, at the moment when it happens.

import type {
  Backend,
  Capabilities,
  Completion,
  CompletionSink,
  OperationId,
  Request,
} from "../../src/backend/contract.ts";
import type { SimKernel } from "../../src/backend/sim/kernel.ts";
import type { SimCompletion, SimRing } from "../../src/backend/sim/ring.ts";
import { describe, type Task } from "../../src/backend/sim/task.ts";
import { EINTR } from "../../src/kernel/errno.ts";
import type { OperationTable } from "../../src/operation/table.ts";
import type { Party } from "./explore-party.ts";

/** What the watch has to know of the world. */
export interface Watched {
  /** All that were called, in that order. */
  readonly parties: readonly Party[];
  /** Where the next call without a position begins. */
  readonly position: () => number;
  readonly partyOf: (number: number) => Party;
  readonly onTask: (task: Task, party: Party) => void;
}

export class Watch implements Backend, CompletionSink {
  readonly name = "watched";
  readonly complaints: string[] = [];
  /** Completions that the backend has not looked at, oldest first. */
  readonly queue: { readonly party: Party; readonly text: string }[] = [];
  /** Whose cancels have no place in the queue yet, oldest first. */
  wanted: readonly Party[] = [];
  /** Requests and cancels that were submitted since the ring was last woken. */
  used = 0;
  /** The request whose completion was looked at last. */
  lastReaped = "";
  readonly #table: OperationTable;
  readonly #world: Watched;
  readonly #byId: Map<OperationId, Party> = new Map();
  #backend: Backend | null = null;

  constructor(table: OperationTable, world: Watched) {
    this.#table = table;
    this.#world = world;
  }

  connect(backend: Backend, kernel: SimKernel): void {
    this.#backend = backend;
    const { makeTask } = kernel;
    let isFirst = true;
    kernel.makeTask = (ring, id, request) => {
      if (isFirst) this.#look(ring);
      isFirst = false;
      const task = makeTask.call(kernel, ring, id, request);
      const party = this.party(id);
      party.tasks.push(task);
      this.#world.onTask(task, party);
      return task;
    };
  }

  get #down(): Backend {
    if (this.#backend === null) throw new Error("Watch has no backend yet");
    return this.#backend;
  }

  party(id: OperationId): Party {
    const party = this.#byId.get(id);
    if (party === undefined) throw new Error(`No operation has the id ${id}`);
    return party;
  }

  submit(id: OperationId, request: Request): void {
    const record = this.#table.records().find((each) => each.id === id);
    const party = this.#world.partyOf(record?.number ?? 0);
    this.#byId.set(id, party);
    this.#checkSubmission(party, request);
    const position = "position" in request ? request.position : undefined;
    party.submissions.push({ id, request, position });
    this.#down.submit(id, request);
  }

  cancel(id: OperationId): void {
    const party = this.party(id);
    const isClose = party.submissions.at(-1)?.request.kind === "close";
    const isFirst = party.cancelPhase === "none" && party.isInKernel && !isClose;
    if (isFirst) this.wants(party);
    this.#down.cancel(id);
  }

  /** A cancel of it waits for its place in the queue. */
  wants(party: Party): void {
    party.cancelPhase = "wanted";
    this.wanted = [...this.wanted, party];
  }

  #wantsNoMore(party: Party): void {
    this.wanted = this.wanted.filter((each) => each !== party);
  }

  complete(id: OperationId, completion: Completion): void {
    const party = this.party(id);
    party.completions.push(completion);
    this.#wantsNoMore(party);
    if (completion.kind === "failed" && completion.errno === EINTR) {
      this.complaints.push(`P5: ${party.name} hears of EINTR, which is the backend's to hide`);
    }
    if (party.isInKernel)
      this.complaints.push(`P1: ${party.name} completes while the kernel is at work`);
    this.#table.complete(id, completion);
  }

  holders(): number {
    return this.#table.holders();
  }

  get capabilities(): Capabilities {
    return this.#down.capabilities;
  }

  refresh(): void {
    this.#down.refresh();
  }

  statistics(): Readonly<Record<string, number>> {
    return this.#down.statistics();
  }

  /** Keeps an account of what is in the ring. */
  #look(ring: SimRing): void {
    const { cancel, post, reap, submit, wake } = ring;
    ring.submit = (task) => {
      const { refusals } = task;
      const isAccepted = submit.call(ring, task);
      if (isAccepted || task.refusals > refusals) this.used++;
      return isAccepted;
    };
    ring.cancel = (id) => {
      const isAccepted = cancel.call(ring, id);
      if (!isAccepted) return false;
      this.used++;
      this.party(id).cancelPhase = "sent";
      this.#wantsNoMore(this.party(id));
      return true;
    };
    ring.post = (completion) => {
      this.queue.push({ party: this.party(completion.id), text: shown(completion) });
      post.call(ring, completion);
    };
    ring.reap = () => {
      const completion = reap.call(ring);
      if (completion !== undefined) this.#onReaped(completion);
      return completion;
    };
    ring.wake = () => {
      this.used = 0;
      wake.call(ring);
    };
  }

  #onReaped({ id, cancelResult }: SimCompletion): void {
    this.queue.shift();
    const party = this.party(id);
    this.lastReaped = party.name;
    if (cancelResult !== null) party.cancelPhase = cancelResult === 0 ? "effective" : "in vain";
  }

  /** P3, P7: who must not be in the kernel while this one comes. */
  #checkSubmission(party: Party, request: Request): void {
    const live = this.#world.parties.filter(
      (each) => each !== party && !each.isOver && each.call !== null && each.call.kind !== "open",
    );
    if (request.kind === "close") {
      for (const { name } of live) {
        this.complaints.push(`P3: the descriptor is closed while ${name} is at work on it`);
      }
      if (party.submissions.length > 0) this.complaints.push("P3: the descriptor is closed twice");
      return;
    }
    // The second part of a whole belongs to what was called before.
    if (party.submissions.length > 0) return;
    this.#checkPosition(party, request);
    for (const each of live) this.#checkOrder(party, each);
  }

  #checkPosition({ name, lane }: Party, request: Request): void {
    if (lane !== "position" || !("position" in request)) return;
    const position = this.#world.position();
    if (request.position === position) return;
    this.complaints.push(`P5: ${name} is at ${request.position}, wanted ${position}`);
  }

  #checkOrder(party: Party, other: Party): void {
    const { name, lane, number, waitsForOrphans } = party;
    const isOtherInKernel = other.submissions.length > other.completions.length;
    if (lane !== null && lane === other.lane && isOtherInKernel) {
      this.complaints.push(
        `P7: ${name} does not wait for its turn, which is that of ${other.name}`,
      );
    }
    if (!waitsForOrphans) return;
    if (other.isAbandoned && other.isChange && other.submissions.length > 0) {
      this.complaints.push(`P7: ${name} could overtake ${other.name}, which was abandoned`);
    }
    const isBefore = other.number < number && other.submissions.length === 0;
    if (isBefore && other.waitsForOrphans && lane === null && other.lane === null) {
      this.complaints.push(`P7: ${name} goes before ${other.name}, which was called first`);
    }
  }
}

function shown({ cancelResult, answer, isMore }: SimCompletion): string {
  return `${answer === null ? cancelResult : describe(answer)}${isMore ? " and more" : ""}`;
}
