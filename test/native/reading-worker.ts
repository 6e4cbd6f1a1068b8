// A worker that always has 64 big reads in flight, until its end, which comes in the middle of it.
import { parentPort, workerData } from "node:worker_threads";
import { type File, IoBuffer, open, status } from "../../src/index.ts";
import { loadAddon } from "../../src/kernel/addon.ts";
import { PATTERN_BYTE } from "./direct-file.ts";
import {
  FILE_BYTES,
  MEBIBYTE,
  type Progress,
  READ_BYTES,
  READS_IN_FLIGHT,
  type WorkerRole,
} from "./worker-role.ts";

const { ending, patience, path, flags, fifo, blockedFifo } = workerData as WorkerRole;
const TOLD_EVERY = 8;
const CANARIES = 8;

let completed = 0;

function tell(): void {
  const { submissions = 0 } = status().statistics;
  parentPort!.postMessage({ submissions, completed } satisfies Progress);
}

/** Memory that this thread got, perhaps that of a worker before it: nobody else may write to it. */
const canaries = Array.from({ length: CANARIES }, () => new IoBuffer(MEBIBYTE));
const zeros = Buffer.alloc(MEBIBYTE);

function checkCanaries(): void {
  for (const canary of canaries) {
    if (!zeros.equals(canary.bytes)) throw new Error("Memory was written to by somebody else");
  }
}

async function readOn(file: File, index: number): Promise<void> {
  const buffer = new IoBuffer(READ_BYTES);
  for (let turn = 0; ; turn += 1) {
    const position = ((index * 7 + turn) * READ_BYTES) % FILE_BYTES;
    const count = await file.read(buffer, { position });
    const { bytes } = buffer;
    if (count !== READ_BYTES || bytes[0] !== PATTERN_BYTE || bytes.at(-1) !== PATTERN_BYTE) {
      throw new Error(`Read ${count} bytes, and not the right ones`);
    }
    completed += 1;
    if (completed % TOLD_EVERY === 0) tell();
    if (completed % READS_IN_FLIGHT === 0) checkCanaries();
    if (ending === "natural") return;
  }
}

async function readFifo(): Promise<void> {
  const stream = await open(fifo, "r+");
  if (ending === "natural") stream.unref();
  stream.read(new IoBuffer(MEBIBYTE)).abandon();
  stream.read(new IoBuffer(MEBIBYTE)).catch(() => {});
  stream.read(new IoBuffer(MEBIBYTE), { timeoutMs: 2 ** 30 }).catch(() => {});
  const blocked = open(blockedFifo, "w");
  if (ending === "natural") blocked.abandon();
  else blocked.catch(() => {});
}

async function startReads(): Promise<void> {
  const file = await open(path, flags);
  if (ending === "natural") file.unref();
  for (let index = 0; index < READS_IN_FLIGHT; index += 1) {
    // A read that fails ends the worker, and so the test, as an unhandled rejection.
    void readOn(file, index);
  }
  const orphan = file.read(new IoBuffer(READ_BYTES), { position: 0 });
  // The ring has them all once the microtasks have run.
  await new Promise<void>((resolve) => setImmediate(resolve));
  orphan.abandon();
}

if (fifo !== "") await readFifo();
await startReads();
if (patience === "impatient") loadAddon().addon?.configure(0);
tell();
if (ending === "process.exit") process.exit(5);
if (ending === "throw") throw new Error("on purpose");
