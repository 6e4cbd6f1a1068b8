// A process with work in flight, and a handler for what would end it. Arguments: what the handler
// does, what it is a handler of, a FIFO, a file to write, and a file to read past the page cache
// with its flags.
//
// The kernel has reads of a FIFO that nobody answers, one of them an orphan; an open that waits for
// a peer; reads of the disk; and writes of a file, which are to land.
import { writeSync } from "node:fs";
import {
  captureStacks,
  drain,
  type File,
  IoBuffer,
  inFlight,
  open,
  Scope,
} from "../../src/index.ts";
import { writeToFifo } from "../support/fifo.ts";
import { HANDLED_WRITES, WRITE_BYTES } from "./handled-roles.ts";

const [way = "", event = "", fifo = "", blocked = "", target = "", disk = "", flags = ""] =
  process.argv.slice(2);

const READ_BYTES = 1024 * 1024;
const DISK_READS = 16;

/** Synchronous, since a process that ends in mid-flight must not lose it. */
function say(word: string): void {
  writeSync(1, `${word}\n`);
}

const nothing = (): void => {};
process.on("exit", (code) => say(`exit ${code}`));

interface Work {
  readonly stream: File;
  readonly answers: Promise<unknown>[];
}

async function start(): Promise<Work> {
  const stream = await open(fifo, "r+");
  stream.read(new IoBuffer(READ_BYTES)).abandon();
  const read = stream.read(new IoBuffer(8));
  open(blocked, "r").catch(nothing);
  const direct = await open(disk, Number(flags));
  for (let at = 0; at < DISK_READS; at += 1) {
    direct.read(new IoBuffer(READ_BYTES), { position: at * READ_BYTES }).catch(nothing);
  }
  const file = await open(target, "w");
  const bytes = new Uint8Array(WRITE_BYTES).fill(1);
  const writes = Array.from({ length: HANDLED_WRITES }, (_, at) =>
    file.write(bytes, { position: at * WRITE_BYTES }),
  );
  return { stream, answers: [read, ...writes] };
}

/** More than a FIFO has room for, and nobody reads it. */
async function writeInVain(): Promise<void> {
  const stream = await open(blocked, "r+");
  stream.writeAll(new Uint8Array(READ_BYTES)).catch(nothing);
}

/** All that is to be said of a write that waits. */
async function report(): Promise<void> {
  const { held } = await drain({ deadlineMs: 0 });
  for (const { kind, path, byteLength, ageMs, stack, state } of held) {
    if (path !== blocked) continue;
    const isStack = stack?.includes("handled-child") === true;
    say(`held: ${kind}, ${byteLength} bytes, ${state}, age: ${ageMs >= 0}, stack: ${isStack}`);
  }
  process.exit(12);
}

const HANDLERS: Readonly<Record<string, (work: Work) => void | Promise<void>>> = {
  drains: async () => {
    const { held } = await drain();
    say(`held: ${held.length}, in flight: ${inFlight().length}`);
    process.exit(10);
  },
  exits: () => process.exit(11),
  reports: report,
  throws: () => {
    throw new Error("on purpose");
  },
  "goes on": async ({ stream, answers }) => {
    say("caught");
    // For the orphan, whose bytes go to the next read.
    writeToFifo(fifo, "answer");
    const [count] = await Promise.all(answers);
    say(`${count} bytes`);
    await drain();
    await stream.close();
    clearInterval(alive);
  },
};

const alive = setInterval(nothing, 1000);
if (way === "reports") captureStacks(true);
if (way === "reports") await writeInVain();
const handle = HANDLERS[way];
if (handle === undefined) throw new Error(`No such way: ${way}`);
let started: Work | null = null;
process.once(event, () => {
  void handle(started as Work);
});
if (event === "unhandledRejection") {
  // Out of the middle of a scope, which is left by it: what is in it ends, the rest goes on.
  started = await start();
  say(`in flight: ${inFlight().length > 0}`);
  setImmediate(async () => {
    await using scope = new Scope();
    const inner = await scope.open(fifo, "r+");
    inner.read(new IoBuffer(8)).catch(() => say("the scope's read ended"));
    throw new Error("on purpose");
  });
} else {
  started = await start();
  say(`in flight: ${inFlight().length > 0}`);
}
