// Reads of numbered bytes that are stopped at random, against a writer in a process of its own.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Prng } from "../../src/base/prng.ts";
import { inFlight, type StreamHandle, status } from "../../src/index.ts";
import { ConservedReader } from "./conserved-reader.ts";

/** Reads that are stopped: a tenth of what `npm run conserved` asks for. */
export const STOPS: number = Number(process.env.OVERLAPPED_STOPS ?? 10_000);
const writer: string = fileURLToPath(new URL("./conserved-writer.js", import.meta.url));

export function startWriter(target: string, descriptor?: number): ChildProcess {
  const inherited = descriptor === undefined ? [] : [descriptor];
  return spawn(process.execPath, [writer, target], {
    stdio: ["pipe", "inherit", "inherit", ...inherited],
  });
}

export async function runConserved(
  t: TestContext,
  file: StreamHandle,
  child: ChildProcess,
): Promise<void> {
  const seed = Number(process.env.OVERLAPPED_SEED ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`OVERLAPPED_SEED=${seed}`);
  const exit = once(child, "exit");
  t.after(() => child.kill("SIGKILL"));
  const count = Buffer.alloc(2);
  const reader = new ConservedReader(file, new Prng(seed), (bytes) => {
    count.writeUInt16BE(bytes);
    child.stdin!.write(Buffer.from(count));
  });
  await reader.run(STOPS);
  await reader.finish();
  child.stdin!.end(); // Not before: what a terminal has when it hangs up is gone.
  await file.close();
  assert.deepEqual(await exit, [0, null]);
  const { tally } = reader;
  t.diagnostic(JSON.stringify(tally));
  for (const [what, count] of Object.entries(tally)) {
    // Where a cancel takes effect at once, nothing that waits takes bytes after it.
    if (what === "bytesBack" && status().backend === "portable") continue;
    assert.ok(count > STOPS / 500, `${what} ${count} times: too few to show anything`);
  }
  assert.deepEqual(inFlight(), []);
  assert.equal(status().quarantinedBytes, 0);
}
