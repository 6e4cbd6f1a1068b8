// A worker whose ring somebody closes by its number, while a read is in flight.
import { closeSync, readdirSync, readlinkSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { IoBuffer, open, stat } from "../../src/index.ts";

function ringsOfProcess(): string[] {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes("[io_uring]");
    } catch {
      return false; // That of the listing itself.
    }
  });
}

const before = new Set(ringsOfProcess());
const file = await open(workerData as string, "r+");
file.read(new IoBuffer(8)).catch(() => {});
await stat("/");
for (const fd of ringsOfProcess()) if (!before.has(fd)) closeSync(Number(fd));
// The first call that enters the ring finds out.
await stat("/").catch(() => {});
setInterval(() => {}, 1000);
parentPort!.postMessage("lost");
