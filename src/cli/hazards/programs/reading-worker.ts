/** A worker that begins to read a FIFO and says so. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { LibraryName } from "../library.ts";

export async function startReadingWorker(library: LibraryName, path: string): Promise<Worker> {
  const file = new URL("../worker.js", import.meta.url);
  const worker = new Worker(file, { workerData: { library, path } });
  await once(worker, "message");
  return worker;
}
