// A process whose workers have much memory, and end. Prints what is resident, in MiB.
import { isMainThread, Worker } from "node:worker_threads";
import { IoBuffer } from "../../src/index.ts";

const ROUNDS = 4;
const BUFFERS = 3200;
const BUFFER_BYTES = 40 * 1024;
const MEBIBYTE = 1024 * 1024;

const resident = (): number => Math.round(process.memoryUsage.rss() / MEBIBYTE);

async function measure(): Promise<void> {
  const before = resident();
  const after: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const worker = new Worker(new URL(import.meta.url));
    await new Promise((resolve) => worker.once("exit", resolve));
    after.push(resident());
  }
  console.log(JSON.stringify({ buffers: (BUFFERS * BUFFER_BYTES) / MEBIBYTE, before, after }));
}

if (isMainThread) {
  await measure();
} else {
  // In reach until the end, and touched: fresh memory is zeroed.
  const buffers = Array.from({ length: BUFFERS }, () => new IoBuffer(BUFFER_BYTES));
  process.once("exit", () => buffers.at(-1)?.bytes.fill(1));
}
