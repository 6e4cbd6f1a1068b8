// A worker that ends with files open and opens on their way.
import { parentPort, workerData } from "node:worker_threads";
import { open } from "../../src/index.ts";

const { ending, path } = workerData as { readonly ending: string; readonly path: string };

for (let count = 0; count < 10; count += 1) await open(path);
parentPort!.postMessage("opened");
for (let count = 0; count < 10; count += 1) void open(path);
await Promise.resolve();
if (ending === "process.exit") process.exit(3);
if (ending === "throw") throw new Error("on purpose");
// To be terminated is to be alive until then.
if (ending === "terminated") setInterval(() => {}, 1000);
