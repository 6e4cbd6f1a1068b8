// Goal: a seccomp filter that is older than some system calls, and refuses them, takes nothing away
// from the portable backend but the time at which a file was made.
// Method: a process that is denied them, beside what Node itself tells.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Launcher } from "../support/denied.ts";
import { makeTemporary } from "../support/temp.ts";

const CHILD = fileURLToPath(new URL("./old-filter-child.js", import.meta.url));
const launcher = new Launcher(makeTemporary("old-filter"));

for (const errno of ["EPERM", "ENOSYS"]) {
  test(`statx, preadv2 and pwritev2 answer ${errno}`, { skip: launcher.skip }, () => {
    const names = ["setup", "statx", "preadv2", "pwritev2"];
    const options = names.flatMap((name) => ["--deny", `${name}=${errno}`]);
    const { out, err, exitCode } = launcher.run(options, [CHILD]);
    assert.equal(exitCode, 0, err);
    assert.deepEqual(JSON.parse(out), { backend: "portable", pipe: "through", file: "text" });
  });
}
