/** A worker and a process of the doctor's own, whose ends are watched. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { expectEqual, inTime } from "./bed.ts";

const PATIENT = new URL("./patient.js", import.meta.url);

/** Terminates a worker that waits for bytes of the FIFO. */
export async function terminatesInTime(fifo: string): Promise<void> {
  const worker = new Worker(PATIENT, { argv: [fifo] });
  try {
    await inTime(once(worker, "message"));
  } finally {
    await inTime(worker.terminate());
  }
}

/** A process that waits for bytes of the FIFO ends as soon as it wants to. */
export async function exitsInTime(fifo: string): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(PATIENT), fifo], { stdio: "ignore" });
  try {
    const [code] = (await inTime(once(child, "exit"))) as [number | null];
    expectEqual(code, 0, "the exit code of a process with a read that waits");
  } finally {
    if (child.exitCode === null) child.kill("SIGKILL");
  }
}
