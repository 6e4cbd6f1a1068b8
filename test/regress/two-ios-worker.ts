// A thread with two Ios: a read waits on one, the other has used the same slot.

import { parentPort } from "node:worker_threads";

import { Io, IoBuffer } from "../../src/index.ts";

const [one, two] = [new Io(), new Io()];
const file = await one.open(process.argv[2] ?? "", "r+");
void file.read(new IoBuffer(4096));
for (let round = 0; round < 5; round++) await two.stat("/");
parentPort?.postMessage("waiting");
