// A small application with one handle on a simulated kernel, in which nothing happens but what is
// chosen: each call, each request to stop, each step of the kernel, each timer. So a list of
// choices leads to the same state whenever it is followed.

import type { Operation } from "../../src/api/operation.ts";
import { SimBackend } from "../../src/backend/sim/backend.ts";
import { SimKernel } from "../../src/backend/sim/kernel.ts";
import { ROOMY } from "../../src/backend/sim/ring.ts";
import { ChosenSchedule } from "../../src/backend/sim/schedule.ts";
import type { Task } from "../../src/backend/sim/task.ts";
import { type DrainReport, type File, Io, IoBuffer } from "../../src/index.ts";
import { giveBackBuffer } from "../../src/operation/buffer.ts";
import type { OperationTable } from "../../src/operation/table.ts";
import type { Choice, KernelAct } from "./explore-choices.ts";
import { type Lane, Party, type Stopper } from "./explore-party.ts";
import { type Call, isRead, isWrite, type Scene } from "./explore-scenes.ts";
import { FILE_CONTENT, PATH, Subject } from "./explore-subject.ts";
import { AnyTimeClock, ChosenFaults } from "./explore-tricks.ts";
import { Watch } from "./explore-watch.ts";

const NAMES = ["A", "B", "C"] as const;
export const BUFFER_BYTES = 4;
const CALL_MS = 1_000_000;
const DEADLINE_MS = 2_000_000;
export const BLANK = 0x2e;

/** The same in every world: a buffer that is dropped while it is lent would be lost for good. */
const BUFFERS = [...NAMES, "spare"].map(() => new IoBuffer(BUFFER_BYTES));

function takeBuffer(place: number): IoBuffer {
  const buffer = BUFFERS[place];
  if (buffer === undefined) throw new RangeError("No world has so many buffers");
  if (buffer.isLent) giveBackBuffer(buffer);
  buffer.bytes.fill(BLANK);
  return buffer;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class World {
  readonly scene: Scene;
  readonly faults: ChosenFaults = new ChosenFaults();
  readonly clock: AnyTimeClock;
  readonly kernel: SimKernel;
  readonly subject: Subject;
  readonly io: Io;
  readonly spare: IoBuffer = takeBuffer(NAMES.length);
  /** The close comes last, if it was called. */
  readonly parties: Party[] = [];
  drain: "no" | "waits" | DrainReport = "no";
  /** The numbers of what was not over when the drain came to its end. */
  liveAtDrain = "";
  isDeadlineOver = false;
  tricksLeft: number;
  isSignalAborted = false;
  /** Acts of the application since the reactions of promises last ran. */
  actsInTurn = 0;
  readonly #schedule: ChosenSchedule = new ChosenSchedule();
  readonly #signal: AbortController | null;
  readonly #buffers: readonly IoBuffer[];
  readonly #byNumber: Map<number, Party> = new Map();
  readonly #byTask: Map<number, readonly [task: Task, party: Party]> = new Map();
  #watch: Watch | null = null;
  #file: File | null = null;
  /** Whose operation is being made. */
  #caller: Party | null = null;

  private constructor(scene: Scene) {
    this.scene = scene;
    this.tricksLeft = scene.tricks;
    this.#signal = scene.acts.includes("signal") ? new AbortController() : null;
    this.#buffers = NAMES.map((_, place) => takeBuffer(place));
    this.clock = new AnyTimeClock((ms) => this.#timerName(ms));
    const { clock, faults } = this;
    this.kernel = new SimKernel({ clock, schedule: this.#schedule, faults });
    this.subject = new Subject(scene, this.kernel);
    this.io = new Io({}, clock, (sink) => {
      this.#watch = this.#observe(sink);
      const backend = new SimBackend(this.kernel, this.#watch, clock, scene.bounds ?? ROOMY);
      this.#watch.connect(backend, this.kernel);
      return { backend: this.#watch, reason: null };
    });
  }

  /** Invariants that broke where nobody could catch it, as in a reaction of a promise. */
  static readonly bugs: string[] = [];

  static async make(scene: Scene): Promise<World> {
    World.bugs.length = 0;
    const world = new World(scene);
    await world.#setUp();
    return world;
  }

  get watch(): Watch {
    if (this.#watch === null) throw new Error("Io has made no backend");
    return this.#watch;
  }

  get file(): File {
    if (this.#file === null) throw new Error("The world has no file yet");
    return this.#file;
  }

  get isOpen(): boolean {
    return this.#file?.state !== "closing" && this.#file?.state !== "closed";
  }

  /** Of the next call; null if all have been made. */
  get nextName(): string | null {
    const place = this.#callCount;
    return place < this.scene.calls.length ? (NAMES[place] ?? null) : null;
  }

  /** Timers that can make a difference: one that stops what was stopped before cannot. */
  get timers(): string[] {
    if (this.scene.grain === "steps") return this.clock.names;
    return this.clock.names.filter((name) => {
      const party = this.parties.find((each) => name === `time ${each.name}`);
      return party === undefined || party.isStoppable;
    });
  }

  /** Where the next call without a position begins; of a stream, how much has been delivered. */
  get position(): number {
    const isFile = this.scene.subject === "file";
    return this.parties.reduce((sum, party) => {
      if (party.lane === null) return sum;
      return sum + (isFile ? party.bytesCounted : party.delivered.length);
    }, 0);
  }

  get canClose(): boolean {
    return this.#file?.state === "open";
  }

  taskOf(number: number): Task | undefined {
    return this.#byTask.get(number)?.[0];
  }

  /** Whom an event in the kernel is about. */
  nameOf(kind: string, number: number): string {
    if (kind === "wake") return "";
    const party = this.#byTask.get(number)?.[1];
    // Whose cancel it is does not matter when that has ended.
    const isOld = party === undefined || (kind === "answerCancel" && party.isOver);
    return isOld ? "of what is over" : party.name;
  }

  /** An act of the application: it reaches the kernel with the next turn. */
  async act(stopper: Stopper, run: () => void): Promise<void> {
    this.#noteStops(stopper, run);
    await this.#acted();
  }

  async #acted(): Promise<void> {
    this.actsInTurn++;
    if (this.scene.actsInTurn === 1) await this.turn();
  }

  async callNext(trick: Choice["trick"]): Promise<void> {
    const place = this.#callCount;
    const name = this.nextName;
    const call = this.scene.calls[place];
    if (name === null || call === undefined) throw new RangeError("All calls have been made");
    const party = new Party(name, call, this.#bufferFor(call, place), this.#laneOf(call));
    party.trick = trick;
    if (isWrite(call)) party.after = this.parties.filter((each) => each.isWrite && each.isPast);
    this.#caller = party;
    party.listen(this.#start(party, call, place));
    this.#caller = null;
    if (this.isSignalAborted) party.stopper = "signal";
    this.parties.push(party);
    await this.#acted();
  }

  cancel(party: Party): void {
    party.operation?.cancel();
  }

  abandon(party: Party): void {
    party.isAbandoned = true;
    party.operation?.abandon();
  }

  abort(): void {
    this.isSignalAborted = true;
    this.#signal?.abort(new Error("stop"));
    for (const { name, call } of this.#stoppable) {
      if (call !== null) this.watch.complaints.push(`P4: the signal does not reach ${name}`);
    }
  }

  close(): void {
    const party = new Party("close", null, null);
    this.#caller = party;
    const operation = this.#stopping("P3: close", () => this.file.close());
    this.#caller = null;
    this.parties.push(party);
    party.listen(operation);
  }

  startDrain(): void {
    this.drain = "waits";
    const draining = this.#stopping("P9: drain", () => this.io.drain({ deadlineMs: DEADLINE_MS }));
    void draining.then((report) => {
      this.drain = report;
      if (!this.isDeadlineOver) this.liveAtDrain = this.live;
    });
  }

  /** Asks those to stop that may wait for ever, and lets the others come to their end. */
  #stopping<T>(who: string, run: () => T): T {
    const others = this.#stoppable.filter(({ call }) => call !== null && !isRead(call));
    const value = run();
    for (const { name, isStoppable } of others) {
      if (!isStoppable) this.watch.complaints.push(`${who} stops ${name}, which could land`);
    }
    for (const { name, call } of this.#stoppable) {
      if (call === null || !isRead(call)) continue;
      this.watch.complaints.push(`${who} does not ask ${name} to stop`);
    }
    return value;
  }

  get #stoppable(): Party[] {
    return this.parties.filter(({ isStoppable }) => isStoppable);
  }

  /** The numbers of what is not over. */
  get live(): string {
    const live = this.parties.filter(({ isOver }) => !isOver);
    return live
      .map(({ number }) => number)
      .sort((a, b) => a - b)
      .join();
  }

  async turn(): Promise<void> {
    this.actsInTurn = 0;
    await turn();
  }

  async fire(timer: string): Promise<void> {
    const retried = this.parties.find(({ name }) => timer === `retry ${name}`);
    if (retried !== undefined) this.watch.wants(retried);
    const isDeadline = timer === "deadline";
    this.#noteStops(isDeadline ? "drain" : "time", () => this.clock.fire(timer));
    if (isDeadline) {
      this.isDeadlineOver = true;
      this.liveAtDrain = this.live;
      for (const { name, call } of this.#stoppable) {
        if (call === null) continue; // A close waits for the others.
        this.watch.complaints.push(`P9: at its deadline drain does not ask ${name} to stop`);
      }
    }
    await this.turn();
  }

  async stepKernel(kind: KernelAct, of: string, trick: Choice["trick"]): Promise<void> {
    const { agenda } = this.kernel;
    for (let place = 0; place < agenda.count; place++) {
      const possible = agenda.at(place);
      if (possible.kind !== kind || this.nameOf(kind, possible.number) !== of) continue;
      const task = this.taskOf(possible.number);
      if (trick !== null && task !== undefined) this.faults.choose(trick, task);
      this.#schedule.will(place);
      this.kernel.step();
      if (this.scene.grain !== "steps" && kind !== "wake") this.#complete(task);
      // The others stay below: nobody above hears of them.
      if (kind === "wake" || this.scene.grain === "answers") await turn();
      return;
    }
    throw new RangeError(`Nothing in the kernel is ${kind} ${of}`);
  }

  /** What a read gives, while the kernel does one thing after the other. */
  async readNow(): Promise<string> {
    this.spare.bytes.fill(BLANK);
    const operation = this.file.read(this.spare);
    await turn();
    while (operation.state !== "settled" && this.kernel.agenda.count > 0) {
      this.#schedule.will(0);
      this.kernel.step();
      await turn();
    }
    if (operation.state !== "settled") return "";
    return Buffer.from(this.spare.bytes.subarray(0, await operation)).toString("latin1");
  }

  /** Without a pause after what was done. */
  #complete(task: Task | undefined): void {
    const { agenda } = this.kernel;
    for (let place = 0; place < agenda.count; place++) {
      const { kind, number } = agenda.at(place);
      const isNext =
        kind === "wake"
          ? this.scene.grain === "answers"
          : (kind === "post" || kind === "notify") && number === task?.number;
      if (!isNext) continue;
      this.#schedule.will(place);
      this.kernel.step();
      this.#complete(task);
      return;
    }
  }

  async #setUp(): Promise<void> {
    this.io.status(); // Makes the backend.
    if (this.scene.subject === "path") return;
    this.#caller = new Party("open", null, null);
    this.#caller.trick = "synchronous";
    this.#file = await this.io.open(PATH, this.subject.flags);
    this.#caller = null;
    await turn();
    while (this.kernel.agenda.count > 0) await this.stepKernel("wake", "", null);
  }

  /** Follows the numbers that operations get, to know whose each is. */
  #observe(table: OperationTable): Watch {
    const { nextNumber } = table;
    table.nextNumber = () => {
      const number = nextNumber.call(table);
      const party = this.#caller ?? this.#followUp();
      party.number = number;
      this.#byNumber.set(number, party);
      return number;
    };
    this.kernel.viewOf = (id) => table.viewOf(id);
    return new Watch(table, {
      parties: this.parties,
      position: () => this.position,
      partyOf: (number) => this.#byNumber.get(number) ?? this.#followUp(),
      onTask: (task, party) => {
        this.#byTask.set(task.number, [task, party]);
        if (party.trick !== null) this.faults.choose(party.trick, task);
        party.trick = null;
      },
    });
  }

  /** What the library does by itself: it closes what an abandoned open has opened. */
  #followUp(): Party {
    const party = new Party(`undo${this.parties.length}`, null, null);
    this.parties.push(party);
    return party;
  }

  get #callCount(): number {
    return this.parties.filter(({ call }) => call !== null).length;
  }

  #laneOf(call: Call): Lane {
    if (!(isRead(call) || isWrite(call)) || call.position !== undefined) return null;
    if (this.scene.subject === "file") return "position";
    return isRead(call) ? "reads" : "writes";
  }

  #bufferFor(call: Call, place: number): IoBuffer | null {
    if (!isRead(call) && !isWrite(call)) return null;
    const buffer = this.#buffers[place] ?? null;
    if (isWrite(call)) buffer?.bytes.fill(NAMES[place]?.charCodeAt(0) ?? BLANK);
    return buffer;
  }

  #start({ buffer }: Party, { kind, position }: Call, place: number): Operation<unknown> {
    const { acts } = this.scene;
    const options = {
      timeoutMs: acts.includes("time") ? CALL_MS + place : undefined,
      signal: this.#signal?.signal,
    };
    if (kind === "open") return this.io.open(PATH, "w", 0, options);
    if (kind === "sync") return this.file.sync(options);
    if (kind === "truncate") return this.file.truncate(FILE_CONTENT.length - 1, options);
    if (buffer === null) throw new TypeError(`Cannot ${kind} without a buffer`);
    return this.file[kind](buffer, { ...options, position });
  }

  #timerName(ms: number): string {
    if (ms === DEADLINE_MS) return "deadline";
    const name = NAMES[ms - CALL_MS];
    return name === undefined ? `retry ${this.watch.lastReaped}` : `time ${name}`;
  }

  #noteStops(stopper: Stopper, run: () => void): void {
    const stoppable = this.#stoppable;
    run();
    for (const party of stoppable) if (!party.isStoppable) party.stopper ??= stopper;
  }
}
