// A process that starts others while it has rings, threads and reads of its own. Arguments: what it
// starts, what the names of three FIFOs begin with, and a file. Says line by line how it went.
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  drain,
  IoBuffer,
  open,
  openPipe,
  type Pipe,
  pipe,
  readFile,
  status,
} from "../../src/index.ts";
import { writeToFifo } from "../support/fifo.ts";

const [way = "", fifos = "", path = ""] = process.argv.slice(2);
const [fifo, fifoOfPipe, fifoOfNobody] = [`${fifos}-0`, `${fifos}-1`, `${fifos}-2`];
const CLUSTER_WORKERS = 2;

/** Synchronous, since a process that ends in mid-flight must not lose it. */
function say(word: string): void {
  writeSync(1, `${word}\n`);
}

/** What this process has of another's: its rings, its FIFO, or memory of either. */
function foreign(): string[] {
  const files = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ""; // That of the listing itself.
    }
  });
  const maps = readFileSync("/proc/self/maps", "utf8").split("\n");
  return [...files, ...maps].filter((name) => name.includes("io_uring") || name.includes(fifos));
}

/** What every process of the test does with the library: reads that end, and one that does not. */
async function useLibrary(): Promise<void> {
  const text = await readFile(path, { encoding: "utf8" });
  const stream = await openPipe(fifoOfNobody, "r+");
  stream
    .unref()
    .read(new IoBuffer(8))
    .catch(() => {});
  if (text !== "content" || status().backend === null) throw new Error("it does not work");
}

/** Without the native part there are no pipes of ours, but those that have a name. */
async function makePipe(): Promise<Pipe> {
  if (process.env.OVERLAPPED_SHIM !== "off") return pipe();
  const reader = await openPipe(fifoOfPipe, "r");
  return { reader, writer: await openPipe(fifoOfPipe, "w") };
}

async function asParent(start: () => Promise<void>): Promise<void> {
  const stream = await open(fifo, "r+");
  const reading = stream.read(new IoBuffer(16));
  const { reader, writer } = await makePipe();
  await useLibrary();
  await start();
  // Nobody else has the writer: when it is closed, the reader is at its end.
  const last = reader.read(new IoBuffer(8));
  await writer.close();
  say(`the pipe's end: ${await last}`);
  writeToFifo(fifo, "answer");
  say(`the read goes on: ${await reading}`);
  await Promise.all([stream.close(), reader.close()]);
  const { held } = await drain();
  say(`held: ${held.length}`);
}

async function messageOf(child: ChildProcess | Worker): Promise<string> {
  const [message] = (await once(child, "message")) as unknown[];
  return String(message);
}

/** It stays until it is told, so that what it holds it holds while the parent goes on. */
async function startFork(): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ["forked", fifos, path]);
  say(`a child has of its parent: ${await messageOf(child)}`);
  children.push(child);
}

async function startCluster(): Promise<void> {
  cluster.setupPrimary({ exec: fileURLToPath(import.meta.url), args: ["forked", fifos, path] });
  const workers = Array.from({ length: CLUSTER_WORKERS }, () => cluster.fork());
  // All are listened to at once: any of them may be the first.
  for (const message of await Promise.all(workers.map(messageOf))) {
    say(`a child has of its parent: ${message}`);
  }
  children.push(...workers.map((worker) => worker.process));
}

const children: ChildProcess[] = [];

async function endChildren(): Promise<void> {
  for (const child of children) {
    const ended = once(child, "exit");
    child.send("end");
    say(`a child's end: ${String((await ended)[0])}`);
  }
}

switch (way) {
  case "fork":
    await asParent(startFork);
    await endChildren();
    break;
  case "cluster":
    await asParent(startCluster);
    await endChildren();
    break;
  case "spawnSync":
    await asParent(async () => {
      const { stdout } = spawnSync("ls", ["-l", "/proc/self/fd"], { encoding: "utf8" });
      const isTold = stdout.includes(" 2 -> ");
      const has = stdout.includes("io_uring") || stdout.includes(fifos);
      say(`a child has of its parent: ${isTold && !has ? "nothing" : stdout}`);
    });
    break;
  default: {
    const before = foreign();
    await useLibrary();
    process.once("message", () => process.exit(3));
    process.send?.(before.length === 0 ? "nothing" : before.join(", "));
  }
}
