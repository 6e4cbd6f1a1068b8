/**
 * Goal: what cannot be copied is named with its reason, the rest is copied, nothing else changes.
 * Method: each case runs the command in a directory of its own and looks at the exit code, at the
 * message and at every name that is there afterwards.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { noRing } from "../native/ring-available.ts";
import { findPlainUser, runCopyCommand, type User } from "../support/copy-command.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";

const temporary: string = makeTemporary("cp-errors");

/** A directory with the files `a`, `b`, the directory `d` with `d/x`, and a FIFO. */
function newFolder(): string {
  const folder = mkdtempSync(join(temporary, "case-"));
  writeFileSync(join(folder, "a"), "content of a");
  writeFileSync(join(folder, "b"), "content of b");
  mkdirSync(join(folder, "d"));
  writeFileSync(join(folder, "d", "x"), "content of x");
  renameSync(makeFifo(folder, "fifo"), join(folder, "fifo"));
  return folder;
}

const whatIsCopied = "only regular files, directories and symbolic links are copied or replaced";

function namesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}

/** Runs the command; it must print just the message, exit with 1 and make just the new names. */
async function fails(
  folder: string,
  args: readonly string[],
  message: string,
  made: readonly string[] = [],
  user: User = {},
): Promise<void> {
  const before = namesIn(folder);
  const { exitCode, out, err } = await runCopyCommand(args, folder, user);
  const wanted = { exitCode: 1, out: "", err: `overlapped cp: ${message}\n` };
  assert.deepEqual({ exitCode, out, err }, wanted);
  assert.deepEqual(namesIn(folder), [...before, ...made].sort());
  assert.equal(readFileSync(join(folder, "a"), "utf8"), "content of a");
}

const long = "x".repeat(5000);

const itself = (path: string): string =>
  `cannot copy to '${path}': it is the source itself, or inside of it`;

const refusals: readonly (readonly [args: string[], message: string])[] = [
  [["nosuch", "c"], "cannot open 'nosuch': no such file or directory"],
  [["a", "nosuch/c"], "cannot create 'nosuch/c': no such file or directory"],
  [["a", "nosuch/"], "cannot create 'nosuch/': not a directory"],
  [["a", "b/"], "cannot create 'b/': not a directory"],
  [["a", "b/c"], "cannot look at 'b/c': not a directory"],
  [["a", "b", "c"], "cannot copy into 'c': no such file or directory"],
  [["a", "d", "b"], "cannot copy into 'b': it is no directory"],
  [["-t", "b", "a"], "cannot copy into 'b': it is no directory"],
  [["-t", "nosuch", "a"], "cannot copy into 'nosuch': no such file or directory"],
  [["-T", "a", "d"], "cannot replace 'd': it is a directory"],
  [["d", "c"], "cannot copy 'd': it is a directory, and -r was not given"],
  [["-r", "d", "a"], "cannot create directory 'a': something else has the name"],
  [["-r", "d", "d"], itself("d/d")],
  [["-r", "d", "d/y"], itself("d/y")],
  [["-r", ".", "d"], itself("d")],
  [["-r", "d", "."], itself("d")],
  [["a", "a"], itself("a")],
  [["a", "."], itself("a")],
  [["a", "d/../a"], itself("d/../a")],
  [["a", "fifo"], `cannot copy 'fifo': ${whatIsCopied}`],
  [["a", "/dev/null"], `cannot copy '/dev/null': ${whatIsCopied}`],
  [["fifo", "c"], `cannot copy 'fifo': ${whatIsCopied}`],
  [["", "c"], "cannot open '': no such file or directory"],
  [["a", ""], "cannot copy into '': no such file or directory"],
  [["a", long], `cannot create '${long}': name too long`],
  [[long, "c"], `cannot open '${long}': name too long`],
  [["--", "-r", "c"], "cannot open '-r': no such file or directory"],
];

for (const [args, message] of refusals) {
  const title = args.map((arg) => (arg === long ? "LONG" : arg)).join(" ");
  test(`cp ${title} is refused: ${message.replaceAll(long, "LONG")}`, {
    skip: noRing,
  }, async () => {
    await fails(newFolder(), args, message);
  });
}

test("cp refuses a file that is there under another name", { skip: noRing }, async () => {
  const folder = newFolder();
  linkSync(join(folder, "a"), join(folder, "hard"));
  symlinkSync("a", join(folder, "soft"));
  await fails(folder, ["a", "hard"], itself("hard"));
  await fails(folder, ["a", "soft"], itself("a"));
  await fails(folder, ["soft", "a"], itself("a"));
});

test("cp copies the other files when one cannot be copied", { skip: noRing }, async () => {
  const folder = newFolder();
  mkdirSync(join(folder, "into"));
  mkdirSync(join(folder, "into", "b"));
  const args = ["nosuch", "a", "b", "d", "fifo", "into"];
  const { exitCode, err } = await runCopyCommand(args, folder);
  assert.equal(exitCode, 1);
  assert.deepEqual(err.trimEnd().split("\n").sort(), [
    "overlapped cp: cannot copy 'd': it is a directory, and -r was not given",
    `overlapped cp: cannot copy 'fifo': ${whatIsCopied}`,
    "overlapped cp: cannot open 'nosuch': no such file or directory",
    "overlapped cp: cannot replace 'into/b': it is a directory",
  ]);
  assert.deepEqual(namesIn(join(folder, "into")), ["a", "b"]);
});

test("cp -r leaves out a FIFO, and says so", { skip: noRing }, async () => {
  const folder = newFolder();
  makeFifo(join(folder, "d"), "pipe");
  await fails(folder, ["-r", "d", "new"], `cannot copy 'd/pipe-0': ${whatIsCopied}`, [
    "new",
    "new/x",
  ]);
});

test("cp does not copy two files to one name", { skip: noRing }, async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "x"), "another x");
  mkdirSync(join(folder, "into"));
  const message = "cannot overwrite 'into/x' with 'd/x': it was just copied";
  await fails(folder, ["x", "d/x", "into"], message, ["into/x"]);
  assert.equal(readFileSync(join(folder, "into", "x"), "utf8"), "another x");
});

test("cp -r merges trees, but lets none replace what came from another", {
  skip: noRing,
}, async () => {
  const folder = newFolder();
  mkdirSync(join(folder, "e"));
  for (const name of ["x", "y"]) writeFileSync(join(folder, "e", name), `${name} of e`);
  mkdirSync(join(folder, "into"));
  const args = ["--json", "-r", "d/.", "e/.", "into"];
  const { exitCode, out, err } = await runCopyCommand(args, folder);
  assert.equal(exitCode, 1);
  assert.equal(err, "overlapped cp: cannot overwrite 'into/x' with 'e/./x': it was just copied\n");
  assert.equal(readFileSync(join(folder, "into", "x"), "utf8"), "content of x");
  assert.equal(readFileSync(join(folder, "into", "y"), "utf8"), "y of e");
  assert.match(out, /"event":"summary","exitCode":1,.*"files":2,.*"skipped":0,"failures":1,/);
});

test("cp names what may not be read or written", { skip: noRing }, async (t) => {
  const user = findPlainUser();
  if (typeof user === "string") {
    t.skip(user);
    return;
  }
  const folder = newFolder();
  chmodSync(temporary, 0o755);
  for (const name of [".", "a", "b", "d"]) give(join(folder, name), user);
  chmodSync(join(folder, "b"), 0);
  await fails(folder, ["b", "c"], "cannot open 'b': permission denied", [], user);
  await fails(folder, ["a", "b"], "cannot open 'b': permission denied", [], user);
  chmodSync(join(folder, "d"), 0o555);
  await fails(folder, ["a", "d"], "cannot create 'd/a': permission denied", [], user);
  // A directory that its owner may not write is copied, and filled, all the same.
  const made = await runCopyCommand(["-r", "d", "e"], folder, user);
  assert.deepEqual(made, { exitCode: 0, signal: null, out: "", err: "" });
  assert.equal(statSync(join(folder, "e")).mode & 0o777, 0o555);
  assert.deepEqual(namesIn(join(folder, "e")), ["x"]);
  chmodSync(join(folder, "d"), 0o300);
  const { exitCode, err } = await runCopyCommand(["-r", "d", "f"], folder, user);
  const message = "overlapped cp: cannot open 'd': permission denied\n";
  assert.deepEqual({ exitCode, err }, { exitCode: 1, err: message });
  assert.ok(!existsSync(join(folder, "f")));
  for (const name of ["d", "e"]) chmodSync(join(folder, name), 0o755);
});

function give(path: string, { uid, gid }: User): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

test("cp takes names that are not UTF-8 from the command line", { skip: noRing }, async () => {
  const folder = newFolder();
  const main = new URL("../../src/cli/main.js", import.meta.url).pathname;
  const script = `
    printf odd > "$(printf 'o\\377')" && cd d &&
    "$0" "$1" cp "$(printf '../o\\377')" "$(printf 'n\\376')" && cat "$(printf 'n\\376')"`;
  const child = spawnSync("sh", ["-c", script, process.execPath, main], { cwd: folder });
  assert.equal(child.stderr.toString(), "");
  assert.equal(child.stdout.toString(), "odd");
});
