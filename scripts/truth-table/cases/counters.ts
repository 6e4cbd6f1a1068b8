// Counters and events of the kernel's: eventfd, timerfd, inotify.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { eventfd, type FileWatcher, inotify, type Operation, timer } from "../../../src/index.ts";
import { type Case, ignore, stoppable, stoppableCall } from "../case.ts";
import { random, someMoment } from "../conserved.ts";

const ROUNDS = 1000;
const COUNT_MAX = 2n ** 64n - 2n;
const TIMER_MS = 0.05;

interface Tally {
  canceled: number;
  abandoned: number;
}

/** Stops it, or not; returns what it told, or 0 if it told nothing. */
async function stopOrNot(operation: Operation<bigint>, tally: Tally): Promise<bigint> {
  operation.catch(ignore);
  await someMoment();
  const draw = random(3);
  if (draw === 0) operation.cancel();
  if (draw === 1) operation.abandon();
  if (draw === 2) setImmediate(() => operation.cancel());
  const outcome = await operation.outcome();
  if (outcome.status === "canceled") tally.canceled++;
  if (outcome.status === "abandoned") tally.abandoned++;
  return outcome.status === "completed" ? outcome.value : 0n;
}

function verdict(isRight: boolean, what: string, { canceled, abandoned }: Tally): string {
  return `${isRight ? "yes" : "NO"}: ${what}, ${canceled} reads canceled, ${abandoned} abandoned`;
}

async function conservedCount(): Promise<string> {
  await using counter = eventfd();
  const tally: Tally = { canceled: 0, abandoned: 0 };
  let [added, told] = [0n, 0n];
  const add = async (): Promise<void> => {
    const count = BigInt(1 + random(1000));
    added += count;
    await counter.add(count);
  };
  for (let round = 0; round < ROUNDS; round++) {
    const waiting = counter.wait();
    const adding = random(2) === 0 ? turn().then(add) : undefined;
    told += await stopOrNot(waiting, tally);
    await adding;
  }
  await add();
  while (told < added) told += await counter.wait();
  return verdict(told === added, `${added.toLocaleString("en")} were added and told`, tally);
}

async function conservedAdds(): Promise<string> {
  await using counter = eventfd();
  const tally: Tally = { canceled: 0, abandoned: 0 };
  let [added, told] = [0n, 0n];
  for (let round = 0; round < ROUNDS; round++) {
    const count = random(2) === 0 ? COUNT_MAX : BigInt(1 + random(1000));
    const adding = counter.add(count);
    adding.catch(ignore);
    if (random(2) === 0 && added > told) told += await counter.wait();
    await someMoment();
    if (random(2) === 0) adding.abandon();
    else adding.cancel();
    const { status, bytesTransferred } = await adding.outcome();
    if (bytesTransferred > 0) added += count;
    if (status === "canceled") tally.canceled++;
    if (status === "abandoned") tally.abandoned++;
  }
  while (told < added) told += await counter.wait();
  const how = `what was said to be added was told, ${tally.canceled} writes canceled`;
  return `${told === added ? "yes" : "NO"}: ${how}, ${tally.abandoned} abandoned`;
}

/** Each time that it is set it expires once, and that is told once. */
async function conservedExpirations(): Promise<string> {
  await using clock = timer();
  const tally: Tally = { canceled: 0, abandoned: 0 };
  let told = 0n;
  for (let round = 0; round < ROUNDS; round++) {
    clock.set(TIMER_MS);
    const before = told;
    while (told === before) told += await stopOrNot(clock.expirations(), tally);
  }
  return verdict(told === BigInt(ROUNDS), `${ROUNDS} expirations were told once`, tally);
}

/** Files that are made, one after the other, are told one after the other. */
class Files {
  readonly #watcher: FileWatcher = inotify();
  readonly #folder: string;
  #made = 0;
  #told = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#watcher.add(folder, ["create"]);
  }

  get isAllTold(): boolean {
    return this.#told === this.#made;
  }

  make(): void {
    writeFileSync(join(this.#folder, String(this.#made++)), "");
  }

  async next(signal?: AbortSignal): Promise<void> {
    const { name } = await this.#watcher.next({ signal });
    if (name !== String(this.#told++)) throw new Error(`${name} came out of order`);
  }

  async conserved(): Promise<string> {
    let canceled = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const controller = new AbortController();
      const event = this.next(controller.signal).catch((error: Error) => {
        if (error.name !== "AbortError") throw error;
        canceled++;
      });
      if (random(2) === 0) this.make();
      await someMoment();
      controller.abort();
      await event;
    }
    while (!this.isAllTold) await this.next();
    return `yes: ${this.#made} events in order, ${canceled} reads canceled`;
  }

  async close(): Promise<void> {
    await this.#watcher.close();
  }
}

export const COUNTERS: readonly Case[] = [
  {
    way: "read",
    kind: "eventfd",
    detail: "",
    set: async () => {
      const counter = eventfd();
      return {
        begin: () => stoppable(counter.wait()),
        makeWait: async () => {},
        makeReady: async () => void (await counter.add(1)),
        conserved: conservedCount,
        close: async () => void (await counter.close()),
      };
    },
  },
  {
    way: "write",
    kind: "eventfd",
    detail: "",
    set: async () => {
      const counter = eventfd();
      return {
        begin: () => stoppable(counter.add(1)),
        makeWait: async () => void (await counter.add(COUNT_MAX)),
        makeReady: async () => void (await counter.wait()),
        conserved: conservedAdds,
        close: async () => void (await counter.close()),
      };
    },
  },
  {
    way: "read",
    kind: "timerfd",
    detail: "",
    set: async () => {
      const clock = timer();
      return {
        begin: () => stoppable(clock.expirations()),
        makeWait: async () => {},
        makeReady: async () => {
          clock.set(TIMER_MS);
          await clock.ready("readable");
        },
        conserved: conservedExpirations,
        close: async () => void (await clock.close()),
      };
    },
  },
  {
    way: "read",
    kind: "inotify",
    detail: "",
    set: async ({ folder }) => {
      const files = new Files(folder);
      return {
        begin: () => stoppableCall((signal) => files.next(signal)),
        makeWait: async () => {},
        makeReady: async () => files.make(),
        conserved: () => files.conserved(),
        close: () => files.close(),
      };
    },
  },
];
