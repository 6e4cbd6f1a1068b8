// A process of its own for the cases that end one: `subject-module scenario fifo`.

import { Worker } from "node:worker_threads";

import { type Io, IoBuffer } from "../../src/index.ts";
import type { Subject } from "./subject.ts";

type Scenario = (io: Io, fifo: string) => Promise<void>;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const read = async (io: Io, fifo: string, isHolding: boolean): Promise<void> => {
  const file = await io.open(fifo, "r+");
  if (!isHolding) file.unref();
  const buffer = new IoBuffer(64);
  const reading = file.read(buffer);
  say("waiting");
  const count = await reading;
  say(`got ${Buffer.from(buffer.bytes.subarray(0, count)).toString()}`);
};

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  idle: async (io, fifo) => {
    await io.open(fifo, "r+");
    say("open");
  },
  held: (io, fifo) => read(io, fifo, true),
  unref: (io, fifo) => read(io, fifo, false),
  orphans: async (io, fifo) => {
    for (let count = 0; count < 20; count++) {
      const file = await io.open(fifo, "r+");
      file.read(new IoBuffer(64)).abandon();
    }
    say("abandoned");
  },
  timer: async (io, fifo) => {
    const file = await io.open(fifo, "r+");
    void file.unref().read(new IoBuffer(64), { timeoutMs: 2_000_000_000 });
    say("timed");
  },
  exit: async (io, fifo) => {
    void read(io, fifo, true);
    for (let round = 0; round < 5; round++) await io.stat("/");
    process.exit(7);
  },
  drain: async (io, fifo) => {
    const file = await io.open(fifo, "r+");
    const reading = file.unref().read(new IoBuffer(64)).abandon();
    const { held } = await io.drain();
    say(`drained ${held.length} ${reading.state}`);
  },
  deadline: async (io, fifo) => {
    const file = await io.open(fifo, "r+");
    const writing = file.unref().write("no room");
    const { held } = await io.drain({ deadlineMs: 50 });
    say(`held ${held.map((each) => each.kind)}`);
    await writing.outcome();
  },
  unhandled: async (io, fifo) => {
    const file = await io.open(fifo, "r+");
    void file.read(new IoBuffer(64), { timeoutMs: 1 });
    setInterval(() => {}, 1000);
  },
  handled: async (io, fifo) => {
    const file = await io.open(fifo, "r+");
    file.read(new IoBuffer(64)).cancel();
    file.read(new IoBuffer(64)).abandon();
    void file.read(new IoBuffer(64));
    await file.close();
    say("closed");
  },
  worker: async (io, fifo) => {
    const worker = new Worker(new URL(import.meta.url), {
      argv: [process.argv[2], "held", fifo],
      stdout: true,
    });
    await new Promise<void>((resolve) => {
      worker.stdout.on("data", (text: Buffer) => text.includes("waiting") && resolve());
    });
    await worker.terminate();
    say(`terminated, ${io.status().bytesLeaked} bytes leaked`);
  },
};

const [, , module = "", scenario = "", fifo = ""] = process.argv;
const { subject } = (await import(module)) as { subject: Subject };
const world = subject.makeWorld();
process.on("exit", () => world.dispose());
await SCENARIOS[scenario]?.(subject.makeStage(world).io, fifo);
