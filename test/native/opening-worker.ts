// A worker with opens that wait for ever.
import { parentPort, workerData } from "node:worker_threads";
import { open } from "../../src/index.ts";

for (const path of workerData as readonly string[]) open(path, "w").catch(() => {});
parentPort!.once("message", () => process.exit(0));
setImmediate(() => parentPort!.postMessage("started"));
