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
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { status } from "../../src/index.ts";
import { findPlainUser, runCopyCommand, type User } from "../support/copy-command.ts";

const temporary: string = mkdtempSync(join(tmpdir(), "overlapped-cp-errors-"));
after(() => rmSync(temporary, { recursive: true, force: true }));

const noRing: string | false = status().backend === null ? `no ring: ${status().reason}` : false;

/** A directory with the files `a`, `b`, the directory `d` with `d/x`, and a FIFO. */
function newFolder(): string {
  const folder = mkdtempSync(join(temporary, "case-"));
  writeFileSync(join(folder, "a"), "content of a");
  writeFileSync(join(folder, "b"), "content of b");
  mkdirSync(join(folder, "d"));
  writeFileSync(join(folder, "d", "x"), "content of x");
  assert.equal(spawnSync("mkfifo", [join(folder, "fifo")]).status, 0);
  return folder;
}

const whatIsCopied = "only regular files, directories and symbolic links are copied";

const untouched = ["a", "b", "d", "d/x", "fifo"];

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
  assert.deepEqual({ exitCode, out, err }, { exitCode: 1, out: "", err: `${message}\n` });
  assert.deepEqual(namesIn(folder), [...before, ...made].sort());
  assert.equal(readFileSync(join(folder, "a"), "utf8"), "content of a");
}

async function succeeds(folder: string, args: readonly string[]): Promise<void> {
  const end = await runCopyCommand(args, folder);
  assert.deepEqual(end, { exitCode: 0, signal: null, out: "", err: "" });
}

const refusals: readonly (readonly [args: string[], message: string])[] = [
  [["nosuch", "c"], "cannot open 'nosuch': no such file or directory"],
  [["a", "nosuch/c"], "cannot create 'nosuch/c': no such file or directory"],
  [["a", "nosuch/"], "cannot create 'nosuch/': no such directory"],
  [["a", "b/"], "cannot copy to 'b/': not a directory"],
  [["a", "b/c"], "cannot copy to 'b/c': not a directory"],
  [["a", "b", "c"], "cannot copy several sources to 'c': it is no directory"],
  [["a", "d", "b"], "cannot copy several sources to 'b': it is no directory"],
  [["d", "c"], "cannot copy 'd': it is a directory, and -r was not given"],
  [["-r", "d", "a"], "cannot overwrite non-directory 'a' with directory 'd'"],
  [["-r", "d", "d"], "cannot copy directory 'd' into itself, 'd/d'"],
  [["-r", "d", "d/y"], "cannot copy directory 'd' into itself, 'd/y'"],
  [["-r", ".", "d"], "cannot copy directory '.' into itself, 'd'"],
  [["-r", "d", "."], "'d' and 'd' are the same file"],
  [["a", "a"], "'a' and 'a' are the same file"],
  [["a", "."], "'a' and 'a' are the same file"],
  [["a", "d/../a"], "'a' and 'd/../a' are the same file"],
  [["a", "fifo"], "cannot replace 'fifo': it is a FIFO, not a regular file"],
  [["a", "/dev/null"], "cannot replace '/dev/null': it is a character device, not a regular file"],
  [["fifo", "c"], `cannot copy 'fifo': it is a FIFO; ${whatIsCopied}`],
  [["", "c"], "cannot open '': no such file or directory"],
  [["a", ""], "cannot copy to '': no such file or directory"],
  [["--", "-r", "c"], "cannot open '-r': no such file or directory"],
];

for (const [args, message] of refusals) {
  test(`cp ${args.join(" ")} is refused: ${message}`, { skip: noRing }, async () => {
    await fails(newFolder(), args, `overlapped cp: ${message}`);
  });
}

test("cp refuses a file that is there under another name", { skip: noRing }, async () => {
  const folder = newFolder();
  linkSync(join(folder, "a"), join(folder, "hard"));
  symlinkSync("a", join(folder, "soft"));
  await fails(folder, ["a", "hard"], "overlapped cp: 'a' and 'hard' are the same file");
  await fails(folder, ["a", "soft"], "overlapped cp: 'a' and 'soft' are the same file");
  await fails(folder, ["soft", "a"], "overlapped cp: 'soft' and 'a' are the same file");
});

test("cp without two paths or with an unknown option is wrong usage", {
  skip: noRing,
}, async () => {
  const folder = newFolder();
  for (const args of [[], ["a"], ["--bogus", "a", "c"]]) {
    const { exitCode, out, err } = await runCopyCommand(args, folder);
    assert.equal(exitCode, 2, args.join(" "));
    assert.equal(out, "");
    assert.match(err, /^error: /m);
  }
  assert.deepEqual(namesIn(folder), untouched);
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
    `overlapped cp: cannot copy 'fifo': it is a FIFO; ${whatIsCopied}`,
    "overlapped cp: cannot open 'nosuch': no such file or directory",
    "overlapped cp: cannot overwrite directory 'into/b' with non-directory 'b'",
  ]);
  assert.deepEqual(namesIn(join(folder, "into")), ["a", "b"]);
});

test("cp -r leaves out a FIFO, and says so", { skip: noRing }, async () => {
  const folder = newFolder();
  assert.equal(spawnSync("mkfifo", [join(folder, "d", "pipe")]).status, 0);
  const message = `overlapped cp: cannot copy 'd/pipe': it is a FIFO; ${whatIsCopied}`;
  await fails(folder, ["-r", "d", "new"], message, ["new", "new/x"]);
});

test("cp does not touch the part file of somebody else", { skip: noRing }, async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "c.part"), "half a film");
  const message =
    "overlapped cp: cannot create 'c': its part file 'c.part' exists already, left by a copy " +
    "that is still at work or was killed; remove it and try again";
  await fails(folder, ["a", "c"], message);
  assert.equal(readFileSync(join(folder, "c.part"), "utf8"), "half a film");
});

test("cp takes another part file when NAME.part is a source", { skip: noRing }, async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "a.part"), "not the same");
  mkdirSync(join(folder, "into"));
  await succeeds(folder, ["a.part", "a", "into"]);
  await succeeds(folder, ["a.part", "a"]);
  assert.equal(readFileSync(join(folder, "a"), "utf8"), "not the same");
  assert.equal(readFileSync(join(folder, "into", "a"), "utf8"), "content of a");
  assert.equal(readFileSync(join(folder, "into", "a.part"), "utf8"), "not the same");
  assert.deepEqual(
    namesIn(folder),
    [...untouched, "a.part", "into", "into/a", "into/a.part"].sort(),
  );
});

test("cp does not copy two files to one name", { skip: noRing }, async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "x"), "another x");
  mkdirSync(join(folder, "into"));
  const message = "overlapped cp: cannot overwrite 'into/x' with 'd/x': it was just copied";
  await fails(folder, ["x", "d/x", "into"], message, ["into/x"]);
  assert.equal(readFileSync(join(folder, "into", "x"), "utf8"), "another x");
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
  await fails(folder, ["b", "c"], "overlapped cp: cannot open 'b': permission denied", [], user);
  await fails(folder, ["a", "b"], "overlapped cp: cannot replace 'b': permission denied", [], user);
  chmodSync(join(folder, "d"), 0o555);
  await fails(
    folder,
    ["a", "d"],
    "overlapped cp: cannot create 'd/a': permission denied",
    [],
    user,
  );
  // A directory that its owner may not write is copied, and filled, all the same.
  const made = await runCopyCommand(["-r", "d", "e"], folder, user);
  assert.deepEqual(made, { exitCode: 0, signal: null, out: "", err: "" });
  assert.equal(statSync(join(folder, "e")).mode & 0o777, 0o555);
  assert.deepEqual(namesIn(join(folder, "e")), ["x"]);
  chmodSync(join(folder, "d"), 0o300);
  const message = "overlapped cp: cannot read directory 'd': permission denied";
  const { exitCode, err } = await runCopyCommand(["-r", "d", "f"], folder, user);
  assert.deepEqual({ exitCode, err }, { exitCode: 1, err: `${message}\n` });
  assert.ok(!existsSync(join(folder, "f")));
  for (const name of ["d", "e"]) chmodSync(join(folder, name), 0o755);
});

function give(path: string, { uid, gid }: User): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

test("cp replaces a file, whose permission bits stay", { skip: noRing }, async () => {
  const folder = newFolder();
  chmodSync(join(folder, "b"), 0o626);
  await succeeds(folder, ["a", "b"]);
  assert.equal(readFileSync(join(folder, "b"), "utf8"), "content of a");
  assert.equal(statSync(join(folder, "b")).mode & 0o777, 0o626);
  assert.deepEqual(namesIn(folder), untouched);
});

test("cp writes through a symbolic link, which stays", { skip: noRing }, async () => {
  const folder = newFolder();
  symlinkSync("../b", join(folder, "d", "link"));
  symlinkSync("nowhere", join(folder, "dangling"));
  await succeeds(folder, ["a", "d/link"]);
  assert.equal(readlinkSync(join(folder, "d", "link")), "../b");
  assert.equal(readFileSync(join(folder, "b"), "utf8"), "content of a");
  const message =
    "overlapped cp: cannot write through symbolic link 'dangling': no such file or directory";
  await fails(folder, ["a", "dangling"], message);
});

test("cp follows a link, cp -r copies it", { skip: noRing }, async () => {
  const folder = newFolder();
  symlinkSync("a", join(folder, "link"));
  await succeeds(folder, ["link", "followed"]);
  await succeeds(folder, ["-r", "link", "b"]);
  await succeeds(folder, ["-R", "link", "new"]);
  assert.ok(lstatSync(join(folder, "followed")).isFile());
  assert.equal(readlinkSync(join(folder, "b")), "a");
  assert.equal(readlinkSync(join(folder, "new")), "a");
});

test("cp copies a file of /proc, which says that it is empty", { skip: noRing }, async () => {
  const folder = newFolder();
  await succeeds(folder, ["/proc/version", "c"]);
  assert.equal(readFileSync(join(folder, "c"), "utf8"), readFileSync("/proc/version", "utf8"));
});

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
