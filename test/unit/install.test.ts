// Goal: a native part that cannot be built never fails an installation, and says why it is missing.
// Method: run scripts/install.mjs in a copy of the package whose C does not compile.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

// This file runs as dist/test/unit/install.test.js.
const root = fileURLToPath(new URL("../../../", import.meta.url));
const copy = fs.mkdtempSync(join(tmpdir(), "overlapped-install-"));
const skip = process.platform === "linux" ? false : "builds on Linux only";

after(() => fs.rmSync(copy, { recursive: true, force: true }));

for (const name of ["package.json", "binding.gyp", "scripts/install.mjs", "native", "dist/src"]) {
  fs.cpSync(join(root, name), join(copy, name), { recursive: true });
}
fs.writeFileSync(join(copy, "native", "addon.c"), "#error broken on purpose\n");
fs.mkdirSync(join(copy, "build", "Release"), { recursive: true });
fs.writeFileSync(join(copy, "build", "Release", "overlapped.node"), "of another version");

function install(...words: string[]): { status: number | null; stderr: string } {
  const args = [join(copy, "scripts", "install.mjs"), ...words];
  return spawnSync(process.execPath, args, { cwd: tmpdir(), encoding: "utf8" });
}

test("install.mjs exits 0 and leaves the reason when the build fails", { skip }, () => {
  const { status, stderr } = install();
  assert.equal(status, 0);
  assert.match(stderr, /broken on purpose/);
  const reason = fs.readFileSync(join(copy, "build", "why-no-ring.txt"), "utf8");
  assert.match(reason, /^.*broken on purpose.*\n$/);
  assert.equal(fs.existsSync(join(copy, "build", "Release", "overlapped.node")), false);
});

test("status() passes on why the build failed", { skip }, () => {
  const entry = JSON.stringify(join(copy, "dist", "src", "index.js"));
  const script = `const { status } = await import(${entry}); console.log(status().rejected[0]);`;
  const args = ["--input-type=module", "--eval", script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.match(stdout, /broken on purpose/, stderr);
});

test("install.mjs --must exits 1 when the build fails", { skip }, () => {
  assert.equal(install("--must").status, 1);
});
