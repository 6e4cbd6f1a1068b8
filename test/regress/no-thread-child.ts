// Says why it cannot do it, or nothing; and then what became of calls without threads.

import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { stat } from "node:fs/promises";

import { open, pipe, readlink, status } from "../../src/index.ts";

const NOBODY = 65_534;
const OPEN_MS_MAX = 5000;

function giveUpThreads(): string {
  const { backend, reason } = status();
  if (backend !== process.env.OVERLAPPED_BACKEND) return `no such backend: ${reason}`;
  try {
    execFileSync("prlimit", ["--pid", `${process.pid}`, "--nproc=1:1"], { stdio: "pipe" });
  } catch (error) {
    return `no prlimit: ${(error as Error).message.split("\n")[0]}`;
  }
  // The limit is none for root.
  if (process.getuid?.() === 0) process.setuid?.(NOBODY);
  return "";
}

/** A code, and whether its cause is told. */
async function endOf(call: PromiseLike<unknown>): Promise<readonly [string, boolean]> {
  try {
    await call;
    return ["done", false];
  } catch (error) {
    const { code, cause } = error as { code: string; cause?: Error };
    return [code, cause?.message.startsWith("no thread") === true];
  }
}

function countDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

// Node's own are there before it is too late.
await stat("/");
console.log(giveUpThreads());
const before = countDescriptors();
const { reader, writer } = pipe();
const opening = open("/dev/null", "r", undefined, { timeoutMs: OPEN_MS_MAX });
const found = {
  open: await endOf(opening.then((file) => file.close())),
  readlink: await endOf(readlink("/proc/self/exe")),
};
await Promise.all([reader.close(), writer.close()]);
console.log(JSON.stringify({ ...found, descriptorsLeft: countDescriptors() - before }));
process.exit(0);
