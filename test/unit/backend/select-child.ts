// A process in which a backend is chosen, and may fail: `scenario`. Prints what it saw as JSON.

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

import { drain, Io, IoBuffer, open, stat, status } from "../../../src/index.ts";

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code ?? String(error);

function rings(): number[] {
  return fs
    .readdirSync("/proc/self/fd")
    .map(Number)
    .filter((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`).includes("io_uring");
      } catch {
        return false; // That of the listing itself.
      }
    });
}

function closeRings(): void {
  for (const fd of rings()) fs.closeSync(fd);
}

interface WorkerSeen {
  readonly backend: string | null;
  readonly rings: number;
  readonly codes: readonly string[];
}

async function inWorker(env: NodeJS.ProcessEnv = process.env): Promise<WorkerSeen> {
  const worker = new Worker(new URL(import.meta.url), { env });
  const seen = await new Promise<WorkerSeen>((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
  await worker.terminate();
  return seen;
}

function directoryWithFifo(): string {
  const directory = fs.mkdtempSync(join(tmpdir(), "overlapped-select-"));
  process.on("exit", () => fs.rmSync(directory, { recursive: true }));
  execFileSync("mkfifo", [join(directory, "fifo")]);
  return directory;
}

async function closed(): Promise<unknown> {
  const warnings: string[] = [];
  process.on("warning", (warning) => {
    warnings.push(`${warning.name} ${(warning as { code?: string }).code}`);
  });
  const fifo = join(directoryWithFifo(), "fifo");
  const file = await open(fifo, "r+");
  const writer = fs.openSync(fifo, "w");
  const buffer = new IoBuffer(16);
  const reading = file.read(buffer);
  await stat("/"); // By now the kernel has the read.
  const before = status().backend;
  closeRings();
  const isDirectory = (await stat("/")).type === "directory";
  const { backend: after, rejected } = status();
  const why = rejected.flatMap(({ candidate, code, errno }) => [candidate, code, errno]);
  void reading.cancel();
  await stat("/");
  const stateAfterCancel = reading.state;
  fs.writeSync(writer, "hello");
  const text = (count: number): string => Buffer.from(buffer.bytes.subarray(0, count)).toString();
  const read = text(await reading);
  const next = file.read(buffer);
  fs.writeSync(writer, "again");
  const nextRead = text(await next);
  await file.close();
  fs.closeSync(writer);
  const later = new Io().status().backend;
  const { backend: workerAgrees } = await inWorker();
  const held = (await drain()).held.length;
  return {
    before,
    after,
    why,
    isDirectory,
    stateAfterCancel,
    read,
    nextRead,
    later,
    workerAgrees,
    warnings,
    held,
  };
}

async function closedForced(): Promise<unknown> {
  const path = join(directoryWithFifo(), "file");
  const file = await open(path, "w+");
  closeRings();
  const inFlight = await stat("/").catch(codeOf);
  const read = await file.read(new IoBuffer(8)).catch(codeOf);
  let call: unknown = null;
  try {
    void stat("/");
  } catch (error) {
    call = codeOf(error);
  }
  await file.close();
  const isClosed = !openPaths().includes(path);
  return { inFlight, read, call, backend: status().backend, isClosed };
}

function openPaths(): string[] {
  return fs.readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [fs.readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

const SCENARIOS: Readonly<Record<string, () => Promise<unknown>>> = {
  "no-ring": async () => {
    await (await open("/dev/null")).close();
    return { backend: status().backend, rings: rings().length };
  },
  both: async () => ({ default: status(), option: new Io({ backend: "uring" }).status() }),
  call: async () => {
    try {
      await stat("/");
      return status();
    } catch (error) {
      return { ...status(), code: codeOf(error) };
    }
  },
  remembered: async () => {
    const { backend } = status();
    // For whom it would be there.
    const { OVERLAPPED_SHIM: _, ...env } = process.env;
    const workers = [await inWorker(env), await inWorker(env)];
    return { backend, workers: workers.map(({ codes, ...seen }) => [seen.backend, ...codes]) };
  },
  closed,
  "closed-forced": closedForced,
  worker: async () => {
    const { backend: main } = status();
    const { backend: worker, rings } = await inWorker();
    return { main, worker, rings };
  },
};

if (isMainThread) {
  const scenario = SCENARIOS[process.argv[2] ?? ""];
  process.stdout.write(JSON.stringify(await scenario?.()));
} else {
  const { backend, rejected } = status();
  const codes = rejected.map(({ code }) => code);
  parentPort?.postMessage({ backend, rings: rings().length, codes });
}
