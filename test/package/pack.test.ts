// Goal: what npm would publish works on its own: without the shim it does and says why, with the
// shim built by its own install script it reads a file. Method: pack, unpack into an empty project,
// import both entries in a child process.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const TIME_MS_MAX = 240_000;

const MANIFEST = '{ "type": "module", "private": true }';

const PROGRAM = `
import { IoBuffer, open, status } from "overlapped";
import { assertQuiet } from "overlapped/testing";
const { backend, rejected } = status();
const reason = rejected[0]?.text ?? null;
let read = null;
if (backend !== null) {
  const file = await open("package.json");
  read = await file.read(new IoBuffer(64));
  await file.close();
}
assertQuiet();
console.log(JSON.stringify({ backend, reason, read }));
`;

let project = "";
let installed = "";

function run(): { backend: string | null; reason: string | null; read: number | null } {
  const options = { cwd: project, encoding: "utf8", timeout: TIME_MS_MAX } as const;
  return JSON.parse(execFileSync(process.execPath, ["program.mjs"], options));
}

before(() => {
  project = mkdtempSync(join(tmpdir(), "overlapped-pack-"));
  installed = join(project, "node_modules", "overlapped");
  mkdirSync(installed, { recursive: true });
  // --ignore-scripts: `prepare` would compile the very tree that this test runs from.
  const arguments_ = ["pack", "--ignore-scripts", "--json", "--pack-destination", project];
  const packed = execFileSync("npm", arguments_, { cwd: ROOT, encoding: "utf8" });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  const tarball = join(project, filename);
  execFileSync("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  writeFileSync(join(project, "package.json"), MANIFEST);
  writeFileSync(join(project, "program.mjs"), PROGRAM);
});

after(() => rmSync(project, { recursive: true, force: true }));

test("the package loads without its shim, and says why there is no ring", () => {
  const { backend, reason } = run();
  assert.equal(backend, "portable");
  assert.match(String(reason), /native shim is missing: its install script did not run/);
});

test("the package's install script builds the shim", { timeout: TIME_MS_MAX }, () => {
  const script = join("scripts", "install.mjs");
  const options = { cwd: installed, stdio: "pipe", timeout: TIME_MS_MAX } as const;
  execFileSync(process.execPath, [script, "--must"], options);
  assert.deepEqual(run(), { backend: "uring", reason: null, read: MANIFEST.length });
});

test("the tool of the package runs", () => {
  // Its two dependencies, as npm would have put them there.
  for (const name of ["commander", "cli-progress", "string-width"]) {
    const from = join(ROOT, "node_modules", name);
    cpSync(from, join(project, "node_modules", name), { recursive: true });
  }
  const main = join(installed, "dist", "src", "cli", "main.js");
  const version = execFileSync(process.execPath, [main, "--version"], { encoding: "utf8" });
  assert.match(version, /^\d+\.\d+\.\d+/);
});
