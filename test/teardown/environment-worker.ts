// An environment that comes and goes: with the library at work, or with the bare shim, loaded more
// than once and from within another context, and left with a ring open and memory lent; or idle.
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import type { Addon } from "../../src/kernel/addon.ts";

export interface EnvironmentData {
  readonly uses: "library" | "shim" | "nothing";
  readonly ending: "terminated" | "natural" | "process.exit" | "throw";
  readonly path: string;
  readonly flags: number;
  readonly fifo: string;
}

const { uses, ending, path, flags, fifo } = workerData as EnvironmentData;
const FILE = fileURLToPath(new URL("../../../build/Release/overlapped.node", import.meta.url));
const LOADS = 3;
const READS = 16;
const BLOCK_BYTES = 65_536;

async function useLibrary(): Promise<void> {
  const { IoBuffer, inotify, open, stat, timer } = await import("../../src/index.ts");
  const [file, stream] = await Promise.all([open(path, flags), open(fifo, "r+")]);
  for (const handle of [file, stream]) handle.unref();
  stream.read(new IoBuffer(100)).catch(() => {});
  for (let at = 0; at < READS; at += 1) {
    file.read(new IoBuffer(BLOCK_BYTES), { position: at * BLOCK_BYTES }).catch(() => {});
  }
  const [watcher, ticks] = [inotify(), timer()];
  watcher.add("/");
  ticks
    .unref()
    .expirations()
    .catch(() => {});
  await stat("/");
}

/** Each load is a state of its own, though the file is the same. */
function useShim(): void {
  for (let count = 0; count < LOADS; count += 1) {
    const module = { exports: {} };
    const load = (): void => process.dlopen(module, FILE);
    if (count % 2 === 0) load();
    else runInNewContext("load()", { load });
    const addon = module.exports as Addon;
    const out = new Uint32Array(3);
    const handle = addon.allocate(BLOCK_BYTES, 4096, out);
    if (typeof handle === "number") throw new Error(`errno ${-handle}`);
    new Uint8Array(addon.wrap(handle)).fill(1);
    new Uint32Array(addon.ledger)[out[0] ?? 0] = 1;
    const ring = addon.setup(8, 16, 0);
    if (typeof ring === "object") addon.watch(ring.ring, () => {});
    addon.descriptorCalls.pipe();
  }
}

if (uses === "library") await useLibrary();
else if (uses === "shim") useShim();
parentPort!.postMessage("in flight");
if (ending === "process.exit") process.exit(2);
if (ending === "throw") throw new Error("on purpose");
// To be terminated is to be alive until then.
if (ending === "terminated") setInterval(() => {}, 1000);
