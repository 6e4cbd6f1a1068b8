// Goal: where a process may have no more threads, calls that need one say so: an open does not wait
// as for a peer (pthread_create has the same errno for it), and a close closes.
// Method: a process that takes its right to threads away from itself.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("./no-thread-child.js", import.meta.url));
const TIME_MS_MAX = 60_000;

for (const backend of ["portable", "uring"]) {
  test(`without threads on ${backend}`, (context) => {
    const { stdout, stderr } = spawnSync(process.execPath, [CHILD], {
      encoding: "utf8",
      env: { ...process.env, OVERLAPPED_BACKEND: backend, NODE_TEST_CONTEXT: undefined },
      timeout: TIME_MS_MAX,
    });
    const [reason, found] = stdout.split("\n");
    if (reason !== "") return context.skip(reason || stderr);
    const needsThread = ["ERR_NO_BACKEND", true] as const;
    const isPortable = backend === "portable";
    assert.deepEqual(JSON.parse(found ?? ""), {
      open: isPortable ? needsThread : ["done", false],
      readlink: needsThread,
      descriptorsLeft: 0,
    });
  });
}
