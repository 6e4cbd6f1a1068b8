// A worker that waits for what a FIFO brings, closes it, and waits to be ended.
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { IoBuffer, open, stat } from "../../src/index.ts";

const ROUNDS = 5;
const path = workerData as string;
// Opened before, so that the numbers below are free again afterwards.
const writer = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
let said = "";
for (let round = 0; round < ROUNDS; round += 1) {
  const stream = await open(path, "r");
  const buffer = new IoBuffer(16);
  const reading = stream.read(buffer);
  await stat("/");
  writeSync(writer, "answer");
  const count = await reading;
  said = Buffer.from(buffer.bytes.subarray(0, count)).toString();
  await stream.close();
}
closeSync(writer);
parentPort!.postMessage(said);
setInterval(() => {}, 1000);
