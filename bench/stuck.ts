// `npm run bench -- stuck`: without the shim, what may block uncancellably is either refused when
// it is opened, or read by a child process that can be killed. What each costs, and what is lost.

import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { busyNow, headline } from "./background.ts";
import { quantile, spread } from "./statistics.ts";

const CHILD = join(import.meta.dirname, "stuck-child.js");
const SMALL_BYTES = 16;
const BIG_BYTES = 65_536;
const READS = 1000;
const BIG_READS = 2000;
const KILLS = 100;
/** Between the bytes and the cancel, longer from one to the next: some are in the middle of it. */
const SPIN_MS_STEP = 0.001;
const OPENS = 1000;
const MIB = 1024 * 1024;

type Reader = ChildProcessWithoutNullStreams;

async function startReader(path: string, byteCount: number): Promise<Reader> {
  const child = spawn(process.execPath, [CHILD, path, String(byteCount)]);
  child.stdin.on("error", () => {});
  await once(child.stdout, "data");
  return child;
}

async function end(child: Reader): Promise<void> {
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}

/** Resolves when so many bytes have come. */
function received(child: Reader, byteCount: number): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    const take = (chunk: Buffer): void => {
      count += chunk.length;
      if (count < byteCount) return;
      child.stdout.off("data", take);
      resolve();
    };
    child.stdout.on("data", take);
  });
}

/** Milliseconds until it could read, and MiB of memory that are its own. */
async function timeStart(): Promise<readonly [ms: number, mib: number]> {
  const startedAt = performance.now();
  const child = await startReader("/dev/zero", SMALL_BYTES);
  const ms = performance.now() - startedAt;
  const [, kib = "0"] =
    /^Private_Dirty:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/smaps_rollup`, "utf8")) ?? [];
  await end(child);
  return [ms, Number(kib) / 1024];
}

/** Microseconds of each read. */
async function timeReads(byteCount: number, reads: number): Promise<number[]> {
  const child = await startReader("/dev/zero", byteCount);
  const times: number[] = [];
  for (let count = 0; count < reads; count++) {
    const startedAt = performance.now();
    const done = received(child, byteCount);
    child.stdin.write("r");
    await done;
    times.push((performance.now() - startedAt) * 1000);
  }
  await end(child);
  return times;
}

/** The child is killed when it has taken bytes that were written, and has not passed them on. */
async function countLost(path: string): Promise<number> {
  let lost = 0;
  for (let round = 0; round < KILLS; round++) {
    const peer = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const child = await startReader(path, SMALL_BYTES);
    let passedOn = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      passedOn += chunk.length;
    });
    child.stdin.write("r");
    await new Promise((resolve) => setImmediate(resolve));
    writeSync(peer, "x".repeat(SMALL_BYTES));
    for (const until = performance.now() + round * SPIN_MS_STEP; performance.now() < until; );
    // That is a cancel: it comes when the bytes have, as it may at any time.
    child.kill("SIGKILL");
    await once(child, "close");
    lost += SMALL_BYTES - passedOn - leftIn(peer);
  }
  return lost;
}

/** What nobody has taken. */
function leftIn(peer: number): number {
  try {
    return readSync(peer, Buffer.alloc(SMALL_BYTES));
  } catch {
    return 0; // EAGAIN: nothing.
  } finally {
    closeSync(peer);
  }
}

/** Microseconds until an open of such a device has been refused, and its code. */
async function timeRefusals(): Promise<readonly [us: number[], code: string]> {
  process.env.OVERLAPPED_SHIM = "off";
  const { open } = await import("../src/index.ts");
  const times: number[] = [];
  let code = "none";
  for (let count = 0; count < OPENS; count++) {
    const startedAt = performance.now();
    try {
      await (await open(DEVICE)).close();
    } catch (error) {
      ({ code } = error as { code: string });
    }
    times.push((performance.now() - startedAt) * 1000);
  }
  return [times, code];
}

/** A device whose driver is not known to heed O_NONBLOCK, and that every machine has. */
const DEVICE = "/dev/fuse";

function cellOf(values: readonly number[], digits = 0): string {
  const { median } = spread(values);
  return `${median.toFixed(digits)} (99th ${quantile(values, 0.99).toFixed(digits)})`;
}

export async function benchStuck(rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "overlapped-stuck-"));
  const fifo = join(folder, "fifo");
  execFileSync("mkfifo", ["--", fifo]);
  const before = await busyNow();
  try {
    const starts: (readonly [number, number])[] = [];
    for (let round = 0; round < Math.max(rounds, 5); round++) starts.push(await timeStart());
    const small = await timeReads(SMALL_BYTES, READS);
    const big = await timeReads(BIG_BYTES, BIG_READS);
    const lost = await countLost(fifo);
    const [refusals, code] = await timeRefusals();
    const rate = BIG_BYTES / MIB / (spread(big).median / 1e6);
    const rows = [
      ["until it can be read, ms", cellOf(starts.map(([ms]) => ms)), "-"],
      ["memory of its own, MiB", cellOf(starts.map(([, mib]) => mib)), "0"],
      [`a read of ${SMALL_BYTES} bytes, µs`, cellOf(small), "-"],
      [`a read of ${BIG_BYTES} bytes, µs`, cellOf(big), "-"],
      ["MiB/s of such reads", rate.toFixed(0), "-"],
      [`bytes lost in ${KILLS} cancels, of ${KILLS * SMALL_BYTES}`, `${lost}`, "0"],
      [`an open that is refused (${code}), µs`, "-", cellOf(refusals)],
    ];
    const table = ["| | by a child | refused |", "| --- | ---: | ---: |"];
    for (const row of rows) table.push(`| ${row.join(" | ")} |`);
    const what = "What may block uncancellably, without the shim: medians";
    console.log(`${headline(what, before, await busyNow())}\n\n${table.join("\n")}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
