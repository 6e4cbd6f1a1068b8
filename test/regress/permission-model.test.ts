// What happened: Node's permission model refuses some calls by throwing. Without the shim, which it
// does not load either, such an operation never ended, and three of them stopped all the others;
// those that were refused properly said EINVAL.
// Goal: what Node does not permit fails with EACCES, and nothing else suffers.
// Method: a process that may read the package and write nothing.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { runScript } from "../support/children.ts";
import { makeTemporary } from "../support/temp.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const CHILD = new URL("./permission-model-child.js", import.meta.url);
const flag = process.allowedNodeEnvironmentFlags.has("--permission")
  ? "--permission"
  : "--experimental-permission";
const skip = process.allowedNodeEnvironmentFlags.has(flag) ? false : "no permission model";

test("what Node does not permit is EACCES, however it says so", { skip }, async () => {
  const directory = makeTemporary("permission");
  fs.writeFileSync(join(directory, "file"), "content");
  const readable = [ROOT, directory].map((path) => `--allow-fs-read=${join(path, "*")}`);
  const nodeFlags = ["--no-warnings", flag, ...readable];
  const { exitCode, out, err } = await runScript(CHILD, [directory], { nodeFlags });
  assert.equal(exitCode, 0, err);
  assert.deepEqual(JSON.parse(out), {
    backend: "portable",
    codes: new Array(6).fill("EACCES"),
    size: 7,
    atStandstill: 0,
  });
});
