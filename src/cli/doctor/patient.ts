/** Waits for bytes that never come; a worker says so, a process then exits. `patient FIFO` */

import { parentPort } from "node:worker_threads";
import { IoBuffer, open, stat } from "../../index.ts";

const file = await open(process.argv[2] ?? "", "r+");
void file.read(new IoBuffer(16));
await stat("/"); // By now the kernel has the read.
if (parentPort === null) process.exit(0);
parentPort.postMessage("waiting");
