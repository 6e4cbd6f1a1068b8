// Goal: after `process.seteuid()` nothing is done with the rights that the process had before, by
// no backend and in no thread (CVE-2024-22017 was that).
// Method: a child of root uses all that may remember who it was, becomes nobody, and asks for what
// only root may have.

import assert from "node:assert/strict";
import { test } from "node:test";

import { runScript } from "../support/children.ts";
import { noRing } from "./ring-available.ts";

const CHILD = new URL("./credentials-child.js", import.meta.url);
const notRoot: string | false = process.getuid?.() === 0 ? false : "only root can become nobody";

for (const backend of ["uring", "portable"]) {
  test(`${backend}: who became nobody may do nothing of root's`, {
    skip: notRoot || (backend === "uring" && noRing),
  }, async () => {
    const { exitCode, out, err } = await runScript(CHILD, [backend]);
    assert.equal(exitCode, 0, err);
    assert.deepEqual(JSON.parse(out), {
      before: "secret",
      openedBefore: "secret",
      open: "EACCES",
      openInThread: "EACCES",
      readFile: "EACCES",
      stat: "EACCES",
      mkdir: "EACCES",
      rename: "EACCES",
      unlink: "EACCES",
      chmod: "EPERM",
      readlink: "EACCES",
    });
  });
}
