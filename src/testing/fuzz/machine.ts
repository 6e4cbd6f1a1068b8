// The machine of a session: a simulated kernel with a disk, the library on it, and what there is at
// the start.

import { Io } from "../../api/io.ts";
import type { Backend, Completion, CompletionSink, OperationId } from "../../backend/contract.ts";
import { SimBackend } from "../../backend/sim/backend.ts";
import { type FifoNode, type FileNode, Refusal } from "../../backend/sim/disk.ts";
import type { SimKernel } from "../../backend/sim/kernel.ts";
import type { RingBounds } from "../../backend/sim/ring.ts";
import type { Task } from "../../backend/sim/task.ts";
import { SimWorld } from "../../backend/sim/world.ts";
import type { Clock } from "../../base/clock.ts";
import { StepClock } from "../../base/step-clock.ts";
import type { OperationTable } from "../../operation/table.ts";
import type { Account } from "./account.ts";
import { fill } from "./bytes.ts";
import { DIRECTORY_PATH, FIFO_PATHS, FILE_PATHS, LINK_PATH } from "./draw-action.ts";
import type { Plan } from "./plan.ts";
import { LaggingSchedule, SteadyFaults } from "./steady.ts";
import { WatchedKernel } from "./watched-kernel.ts";

export type ClosableBackend = Backend & { close(): void };

/** Makes a backend on the kernel: the real one, or one that is broken on purpose. */
export type MakeBackend = (
  kernel: SimKernel,
  sink: CompletionSink,
  clock: Clock,
  bounds: RingBounds,
) => ClosableBackend;

export interface Machine {
  readonly clock: StepClock;
  readonly kernel: WatchedKernel;
  readonly faults: SteadyFaults;
  readonly io: Io;
  readonly backend: ClosableBackend;
  /** How many operations keep the process alive, as the library tells its backend. */
  readonly holders: () => number;
  readonly fifos: readonly FifoNode[];
  /** Files that nobody has opened to make them, with what is in them at first. */
  readonly files: ReadonlyMap<FileNode, Uint8Array>;
}

const FILE_BYTES = 150;

const honest: MakeBackend = (...args) => new SimBackend(...args);

export function makeMachine(
  plan: Plan,
  account: Account,
  makeBackend: MakeBackend = honest,
): Machine {
  const clock = new StepClock();
  const { seed, rates, disorder, lagMax } = plan;
  const faults = new SteadyFaults(seed, rates, account.nameOf);
  const schedule = new LaggingSchedule(seed, disorder, lagMax, account.nameOf);
  const kernel = new WatchedKernel({ clock, schedule, faults, watcher: account });
  const made: { backend?: ClosableBackend; sink?: CompletionSink } = {};
  const io = new Io({}, clock, (table) => {
    link(table, kernel, account);
    const sink = new WatchedSink(table, account);
    made.sink = sink;
    made.backend = makeBackend(kernel, sink, clock, plan.bounds);
    return { backend: made.backend, reason: null };
  });
  io.status(); // It makes its backend when first asked.
  const { backend, sink } = made as Required<typeof made>;
  const holders = (): number => sink.holders();
  const { fifos, files } = furnish(kernel);
  account.onCopied = (task) => noteCopies(kernel, task, files);
  return { clock, kernel, faults, io, backend, holders, fifos, files };
}

/** Files that a call has made are there from then on with what is in them. */
function noteCopies(kernel: SimKernel, { request }: Task, files: Map<FileNode, Uint8Array>): void {
  if (request.kind !== "copyFiles") return;
  const directory = kernel.disk.find(request.to, false);
  if (directory instanceof Refusal || directory.kind !== "directory") return;
  for (const node of directory.entries.values()) {
    if (node.kind === "file" && !files.has(node)) files.set(node, node.content.slice());
  }
}

function link(table: OperationTable, kernel: SimKernel, account: Account): void {
  kernel.viewOf = (id) => table.viewOf(id);
  account.numberOf = (id) => table.records().find((record) => record.id === id)?.number;
  account.onOpened = (fact, fd) => {
    fact.openFile = kernel.descriptors.get(fd) ?? null;
  };
}

interface Furniture {
  readonly fifos: readonly FifoNode[];
  readonly files: Map<FileNode, Uint8Array>;
}

function furnish(kernel: SimKernel): Furniture {
  const world = new SimWorld(kernel);
  const files = FILE_PATHS.map((path, at): [FileNode, Uint8Array] => {
    const content = fill(new Uint8Array(FILE_BYTES * at), at);
    world.makeFile(path, content);
    return [nodeAt(kernel, path) as FileNode, content];
  });
  world.makeDirectory(DIRECTORY_PATH);
  world.makeLink(LINK_PATH, FILE_PATHS[0] ?? "");
  const fifos = FIFO_PATHS.map((path) => {
    world.makeFifo(path);
    return nodeAt(kernel, path) as FifoNode;
  });
  return { fifos, files: new Map(files) };
}

function nodeAt(kernel: SimKernel, path: string): unknown {
  const node = kernel.disk.find(path, false);
  if (node instanceof Refusal) throw new Error(`Nothing is at ${path}`);
  return node;
}

/** Between backend and library: nothing that is thrown there is lost. */
class WatchedSink implements CompletionSink {
  readonly #table: OperationTable;
  readonly #account: Account;

  constructor(table: OperationTable, account: Account) {
    this.#table = table;
    this.#account = account;
  }

  complete(id: OperationId, completion: Completion): void {
    try {
      this.#table.complete(id, completion);
    } catch (error) {
      this.#account.report("crash", `thrown on a completion: ${String(error)}`, error);
    }
  }

  holders(): number {
    return this.#table.holders();
  }
}
