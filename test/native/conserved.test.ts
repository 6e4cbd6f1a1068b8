/**
 * Goal: whatever is canceled, timed out or abandoned, and whenever, each byte of a FIFO or terminal
 * is read once and in order (P7). Method: a process of its own writes numbered bytes while reads of
 * all kinds are stopped at random moments: before the kernel has them, while they wait, and while
 * the bytes arrive. OVERLAPPED_SEED replays the draws; moments are the machine's own.
 */

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Prng } from "../../src/base/prng.ts";
import {
  fromFd,
  inFlight,
  openPipe,
  openStream,
  type StreamHandle,
  status,
} from "../../src/index.ts";
import { loadTerminals } from "../../src/kernel/terminal.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";
import { ConservedReader } from "./conserved-reader.ts";
import { keepAlive } from "./keep-alive.ts";
import { noRing } from "./ring-available.ts";

/** Reads that are stopped: a tenth of what `npm run conserved` asks for. */
const STOPS = Number(process.env.OVERLAPPED_STOPS ?? 10_000);
const writer: string = fileURLToPath(new URL("./conserved-writer.js", import.meta.url));
const temporary: string = makeTemporary("conserved");
keepAlive();

function startWriter(target: string, descriptor?: number): ChildProcess {
  const inherited = descriptor === undefined ? [] : [descriptor];
  return spawn(process.execPath, [writer, target], {
    stdio: ["pipe", "inherit", "inherit", ...inherited],
  });
}

async function run(t: TestContext, file: StreamHandle, child: ChildProcess): Promise<void> {
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
    assert.ok(count > STOPS / 500, `${what} ${count} times: too few to show anything`);
  }
  assert.deepEqual(inFlight(), []);
  assert.equal(status().quarantinedBytes, 0);
}

test(`${STOPS} reads of a FIFO, stopped at random`, { skip: noRing }, async (t) => {
  const path = makeFifo(temporary, "numbers");
  const child = startWriter(path);
  await run(t, await openPipe(path), child);
});

/** A terminal that changes no byte, and one descriptor of each end, which keeps it from hang-up. */
function openTerminal(): { readonly controller: number; readonly path: string; terminal: number } {
  const opened = loadTerminals().terminals!.openPty();
  assert.ok(typeof opened !== "number");
  const { controller, follower: path } = opened;
  const terminal = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  assert.equal(spawnSync("stty", ["raw", "-echo"], { stdio: [terminal] }).status, 0);
  return { controller, path, terminal };
}

test(`${STOPS} reads of a terminal, stopped at random`, { skip: noRing }, async (t) => {
  const { controller, path, terminal } = openTerminal();
  const child = startWriter("3", controller);
  closeSync(controller);
  await run(t, await openStream(path, "r"), child);
  closeSync(terminal);
});

test(`${STOPS} reads of a terminal's other end, stopped at random`, { skip: noRing }, async (t) => {
  const { controller, path, terminal } = openTerminal();
  const child = startWriter(path);
  await run(t, fromFd(controller), child);
  closeSync(terminal);
  closeSync(controller);
});
