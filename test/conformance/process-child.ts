// A process of its own for the cases that end one: `subject-module scenario fifo`.

import { writeSync } from "node:fs";
import { parentPort, Worker } from "node:worker_threads";

import { type Io, IoBuffer } from "../../src/index.ts";
import type { Subject, World } from "./subject.ts";

type Scenario = (io: Io, fifo: string, world: World) => Promise<void>;

/** At once, also before an exit: Deno would lose it there. */
const say = (text: string): void => {
  if (parentPort === null) writeSync(1, `${text}\n`);
  else parentPort.postMessage(text);
};

const read = async (io: Io, fifo: string, isHolding: boolean): Promise<void> => {
  const file = await io.open(fifo, "r+");
  if (!isHolding) file.unref();
  const buffer = new IoBuffer(64);
  const reading = file.read(buffer);
  say("waiting");
  const count = await reading;
  say(`got ${Buffer.from(buffer.bytes.subarray(0, count)).toString()}`);
};

/** One of each that waits for ever. */
const waitForEver = async (io: Io, fifo: string, world: World): Promise<void> => {
  const full = world.makeFifo();
  world.peerOf(full).fill();
  void (await io.open(full, "r+")).write("no room");
  void (await io.open(fifo, "r+")).read(new IoBuffer(64));
  void io.open(world.makeFifo(), "w");
  for (let round = 0; round < 5; round++) await io.stat("/");
};

/** A worker that waits for bytes of the FIFO, and is terminated meanwhile. */
const terminateReader = async (fifo: string): Promise<void> => {
  const worker = new Worker(new URL(import.meta.url), {
    argv: [process.argv[2], "held", fifo],
  });
  await new Promise<void>((resolve) => {
    worker.on("message", (text) => text === "waiting" && resolve());
  });
  await worker.terminate();
};

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  idle: async (io, fifo) => {
    await io.open(fifo, "r+");
    say("open");
  },
  held: (io, fifo) => read(io, fifo, true),
  // Not awaited: some runtimes wait for what the main module waits for, even if nothing can come.
  unref: async (io, fifo) => void read(io, fifo, false),
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
    await terminateReader(fifo);
    say(`terminated, ${io.status().bytesLeaked} bytes leaked`);
  },
  afterwards: async (io, fifo) => {
    await terminateReader(fifo);
    const file = await io.open(fifo, "r+");
    await file.write("for others");
    const buffer = new IoBuffer(64);
    const count = await file.read(buffer);
    say(`got ${Buffer.from(buffer.bytes.subarray(0, count)).toString()}`);
  },
  end: async (io, fifo) => {
    const file = await io.open(fifo, "r+");
    const buffer = new IoBuffer(64);
    const reading = file.unref().read(buffer);
    process.on("exit", () => say(`${reading.state}, lent: ${buffer.isLent}`));
    reading.finally(() => say("settled")).catch(() => {});
  },
  land: async (io, _fifo, world) => {
    const path = world.makeFile("");
    const file = await io.open(path, "w");
    for (let count = 0; count < 1000; count++) void file.write("x");
    const { held } = await io.drain();
    say(`${held.length} held, ${world.contentOf(path).byteLength} written`);
    process.exit(0);
  },
  stuck: async (io, fifo, world) => {
    await waitForEver(io, fifo, world);
    say(`${io.inFlight().length} wait`);
    process.exit(7);
  },
};

const [, , module = "", scenario = "", fifo = ""] = process.argv;
const { subject } = (await import(module)) as { subject: Subject };
const world = subject.makeWorld();
process.on("exit", () => world.dispose());
await SCENARIOS[scenario]?.(subject.makeStage(world).io, fifo, world);
