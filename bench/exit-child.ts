// A process, or a worker of it, that ends in the way it is told, and says when that began: by the
// clock that all processes share.

import { writeSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { Ending, Load } from "./exit.ts";

interface Role {
  readonly load: Load;
  readonly folder: string;
  readonly count: number;
}

/** What is pending when the end begins, unless nothing is; none of it keeps the process alive. */
async function prepare({ load, folder, count }: Role): Promise<void> {
  if (load === "idle Node") return;
  const { IoBuffer, open, stat } = await import("../src/index.ts");
  await stat(folder);
  if (load === "nothing pending") return;
  const paths = Array.from({ length: count }, (_, index) => join(folder, `fifo-${index}`));
  const files = await Promise.all(paths.map((path) => open(path, "r+")));
  for (const file of files)
    file
      .unref()
      .read(new IoBuffer(64))
      .catch(() => {});
  await stat(folder); // Asked after the reads: the kernel has them.
}

/** Synchronous, and at once before the end. */
function say(text: string): void {
  writeSync(1, `${text}\n`);
}

async function endWorker(role: Role): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: role });
  await new Promise<void>((resolve) => worker.once("message", () => resolve()));
  const startedAt = process.hrtime.bigint();
  await worker.terminate();
  say(`took ${process.hrtime.bigint() - startedAt}`);
}

async function end(ending: Ending, role: Role): Promise<void> {
  if (ending === "worker.terminate()") return endWorker(role);
  await prepare(role);
  await turn();
  say(`began ${process.hrtime.bigint()}`);
  if (ending === "process.exit()") process.exit(0);
}

if (isMainThread) {
  const [ending = "", load = "", folder = "", count = ""] = process.argv.slice(2);
  await end(ending as Ending, { load: load as Load, folder, count: Number(count) });
} else {
  await prepare(workerData as Role);
  parentPort!.on("message", () => {}); // It does not end by itself.
  parentPort!.postMessage("ready");
}
