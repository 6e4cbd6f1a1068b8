// A process that ends, in the way it is told, while the kernel is at work for it.
import { writeSync } from "node:fs";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { IoBuffer, inFlight, open } from "../../src/index.ts";

const [way = "", fifo = "", blockedFifo = ""] = process.argv.slice(2);

/** Synchronous, since a process that ends in mid-flight must not lose it. */
function say(word: string): void {
  writeSync(1, `${word}\n`);
}

process.on("exit", (code) => say(`exit ${code}`));

const sayEnded = (): void => say("something ended");

/** What nobody answers. If it is not to hold the loop, the process ends by itself. */
async function startAll(isHolding: boolean): Promise<void> {
  // Reads of a FIFO: an orphan, one in the kernel, and those behind it.
  const stream = await open(fifo, "r+");
  if (!isHolding) stream.unref();
  stream.read(new IoBuffer(1024 * 1024)).abandon();
  for (let count = 0; count < 4; count += 1) {
    stream.read(new IoBuffer(65_536), { timeoutMs: 2 ** 30 }).then(sayEnded, sayEnded);
  }
  // Reads of a regular file, every other one an orphan.
  const file = await open(process.execPath);
  if (!isHolding) file.unref();
  for (let count = 0; count < 32; count += 1) {
    const position = count * 1024 * 1024;
    const read = file.read(new IoBuffer(1024 * 1024), { position });
    if (count % 2 === 0) read.abandon();
    else read.catch(sayEnded);
  }
  // An open that waits in a kernel thread, since nobody reads.
  const blocked = open(blockedFifo, "w");
  if (isHolding) blocked.then(sayEnded, sayEnded);
  else blocked.abandon();
}

async function endAfterWorkerStarted(): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { argv: ["hold", fifo, blockedFifo] });
  await new Promise<void>((resolve) => worker.once("message", () => resolve()));
  process.exit(8);
}

switch (way) {
  case "natural":
    await startAll(false);
    break;
  case "process.exit":
    await startAll(true);
    process.exit(7);
    break;
  case "throw":
    await startAll(true);
    setImmediate(() => {
      throw new Error("uncaught on purpose");
    });
    break;
  case "reject":
    await startAll(true);
    void Promise.reject(new Error("unhandled on purpose"));
    break;
  case "process.exit with a worker":
    await endAfterWorkerStarted();
    break;
  default:
    await startAll(true);
    say(`in flight: ${inFlight().length > 0}`);
}
if (!isMainThread) parentPort!.postMessage("started");
