// Goal: at the end of a thread nothing is freed that the kernel still writes to: neither because
// the ring is closed, nor because everything was asked to stop, nor because the owner is gone.
// Method: workers that are terminated with 64 big reads of a disk in flight, in a process whose
// allocator gives out memory again at once; whoever gets it finds it as it was.
//
// Seen in: https://github.com/compio-rs/compio/issues/942
// Seen in: https://github.com/tigerbeetle/tigerbeetle/pull/2430
// Seen in: https://github.com/cloud-hypervisor/cloud-hypervisor/pull/8408

import assert from "node:assert/strict";
import { test } from "node:test";

import type { BackendName } from "../../src/backend/rejection.ts";
import { Io } from "../../src/index.ts";
import type { WorkersReport } from "../native/worker-role.ts";
import { runScript } from "../support/children.ts";

const ROUNDS = 10;
const BACKENDS: readonly BackendName[] = ["uring", "portable"];

/** One arena for all threads, and no memory that goes back to the kernel when it is freed. */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: String(32 * 1024 * 1024),
  MALLOC_TRIM_THRESHOLD_: String(1024 * 1024 * 1024),
};

for (const backend of BACKENDS) {
  const { backend: chosen, reason } = new Io({ backend }).status();
  const noShim = process.env.OVERLAPPED_SHIM === "off" && "its memory is not aligned for O_DIRECT";
  const skip = noShim || (chosen === backend ? false : `${reason}`);
  test(`workers end with reads in flight: ${backend}`, { skip }, async (t) => {
    const seed = process.env.OVERLAPPED_SEED ?? String(Math.floor(Math.random() * 2 ** 32));
    t.diagnostic(`OVERLAPPED_SEED=${seed}`);
    const script = new URL("../native/workers-child.js", import.meta.url);
    const env = { ...ALLOCATOR, OVERLAPPED_BACKEND: backend };
    const end = await runScript(script, ["terminated", `${ROUNDS}`, seed], { env });
    assert.equal(end.isHanging, false, `it hangs, with seed ${seed}: ${end.err}`);
    assert.equal(end.signal, null, `it crashed, with seed ${seed}: ${end.err}`);
    assert.equal(end.exitCode, 0, end.err);
    const { touched, readsInFlight } = JSON.parse(end.out) as WorkersReport;
    assert.equal(touched, 0, "memory was written to after it had been freed");
    assert.ok(readsInFlight > ROUNDS, `only ${readsInFlight} reads were in flight`);
  });
}
