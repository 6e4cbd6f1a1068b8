/**
 * Goal: a signal at any moment leaves nothing half-done: exit code 128 + signal, no destination,
 * no part file, nothing held by the kernel, the source as it was.
 * Method: real signals to the real command, at random sizes of its part file and at each stage that
 * it reports; sizes come from OVERLAPPED_SEED. The moments that no signal hits for sure are in
 * cp-stages.test.ts.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { status } from "../../src/index.ts";
import { type CopyEnd, CopyProcess } from "../support/copy-command.ts";
import { Random } from "../support/tree.ts";

const gibibyte = 1024 * 1024 * 1024;
const temporary: string = mkdtempSync(join(tmpdir(), "overlapped-cp-interrupt-"));
const target: string = join(temporary, "target");
const source: string = join(temporary, "source");
const noRing: string | false = status().backend === null ? `no ring: ${status().reason}` : false;

before(() => {
  mkdirSync(target);
  if (noRing === false) makeSource();
});
after(() => rmSync(temporary, { recursive: true, force: true }));

/** 1 GiB in which every block is different. */
function makeSource(): void {
  const block = Buffer.alloc(1024 * 1024);
  new Random(1).fill(block);
  const fd = openSync(source, "wx");
  for (let number = 0; number < gibibyte / block.length; number += 1) {
    block.writeUInt32LE(number, 1000);
    writeSync(fd, block);
  }
  closeSync(fd);
}

function newRandom(t: TestContext): Random {
  const seed = Number(process.env.OVERLAPPED_SEED ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`OVERLAPPED_SEED=${seed}`);
  return new Random(seed);
}

function startCopy(...options: string[]): CopyProcess {
  return new CopyProcess([...options, source, join(target, "copy")], temporary);
}

/** Waits until the part file is so big, or the copy has ended. */
async function grown(copy: CopyProcess, byteCount: number): Promise<void> {
  const part = join(target, "copy.part");
  for (;;) {
    const size = await stat(part).then(
      (found) => found.size,
      () => -1,
    );
    if (size >= byteCount || !copy.isRunning || existsSync(join(target, "copy"))) return;
  }
}

function assertCanceled(end: CopyEnd, exitCode: number): void {
  assert.equal(end.exitCode, exitCode, end.err);
  assert.equal(end.signal, null);
  assert.equal(end.out, "");
  assert.match(end.err, /canceled: .* written, 0 of 1 file copied completely; /);
  assert.match(end.err, /; nothing is held by the kernel$/m);
  assert.deepEqual(readdirSync(target), []);
  assert.equal(statSync(source).size, gibibyte);
}

test("SIGINT at 30 random offsets of a copy of 1 GiB", { skip: noRing }, async (t) => {
  const random = newRandom(t);
  for (let round = 0; round < 30; round += 1) {
    const offset = random.below(gibibyte);
    const copy = startCopy();
    await grown(copy, offset);
    copy.kill("SIGINT");
    const end = await copy.ended();
    assertCanceled(end, 130);
    const written = /canceled: (\S+ \S+) of 1.00 GiB written/.exec(end.err)?.[1];
    t.diagnostic(`at ${offset}: ${written}`);
  }
});

test("SIGTERM and SIGHUP cancel, too, with their own exit codes", { skip: noRing }, async () => {
  for (const [name, exitCode] of [
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    const copy = startCopy();
    await grown(copy, 100_000_000);
    copy.kill(name);
    assertCanceled(await copy.ended(), exitCode);
  }
});

test("SIGINT while the file is synced", { skip: noRing }, async (t) => {
  const counts = { canceled: 0, finished: 0 };
  // The sync is short: on a busy machine the line that tells of it may be read when it is over.
  for (let round = 0; round < 20 && counts.canceled < 5; round += 1) {
    const copy = startCopy("--json");
    await copy.printed('"stage":"syncing"');
    copy.kill("SIGINT");
    const end = await copy.ended();
    if (end.exitCode === 0) {
      counts.finished += 1;
      assert.equal(statSync(join(target, "copy")).size, gibibyte);
      rmSync(join(target, "copy"));
      continue;
    }
    counts.canceled += 1;
    assert.equal(end.exitCode, 130, end.err);
    assert.match(end.err, /"event":"end","exitCode":130,"heldCount":0,/);
    assert.deepEqual(readdirSync(target), []);
  }
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.canceled > 0, "no signal came in time");
});

test("SIGINT around the rename and the sync of the directory", { skip: noRing }, async (t) => {
  const small = join(temporary, "small");
  writeFileSync(small, "all of it");
  const counts = { canceled: 0, finished: 0 };
  for (let round = 0; round < 30; round += 1) {
    const stage = round % 2 === 0 ? "renaming" : "syncing directory";
    const copy = new CopyProcess(["--json", "small", "target/copy"], temporary);
    await copy.printed(`"stage":"${stage}"`);
    copy.kill("SIGINT");
    const { exitCode, err } = await copy.ended();
    assert.match(err, /"heldCount":0,/);
    if (exitCode === 130) {
      counts.canceled += 1;
      assert.deepEqual(readdirSync(target), []);
    } else {
      // The signal came when all was done, or the process had ended.
      counts.finished += 1;
      assert.equal(exitCode, 0, err);
      assert.equal(readFileSync(join(target, "copy"), "utf8"), "all of it");
      rmSync(join(target, "copy"));
    }
  }
  t.diagnostic(JSON.stringify(counts));
});

test("SIGINT in a tree keeps the files that are complete, and no others", {
  skip: noRing,
}, async () => {
  const tree = join(temporary, "tree");
  mkdirSync(tree);
  for (let number = 0; number < 300; number += 1) {
    writeFileSync(join(tree, `${number}`), `content of ${number} `.repeat(1000));
  }
  const copy = new CopyProcess(["--json", "-r", tree, source, target], temporary);
  await copy.printed('"stage":"copied"');
  copy.kill("SIGINT");
  const { exitCode, err } = await copy.ended();
  assert.equal(exitCode, 130, err);
  const names = readdirSync(join(target, "tree"));
  const copied = err.match(/"stage":"copied"/g) ?? [];
  assert.equal(names.length, copied.length);
  for (const name of names) {
    const content = readFileSync(join(target, "tree", name), "utf8");
    assert.equal(content, `content of ${name} `.repeat(1000));
  }
  assert.ok(!existsSync(join(target, "source")) && !existsSync(join(target, "source.part")));
  rmSync(join(target, "tree"), { recursive: true });
});

test("a second SIGINT leaves at once, though the kernel keeps the first waiting", {
  skip: noRing,
}, async (t) => {
  const disk = mountDisk();
  if (typeof disk === "string") {
    t.skip(disk);
    return;
  }
  try {
    const copy = new CopyProcess(["--json", source, join(disk.path, "copy")], temporary);
    await copy.printed('"stage":"copying"');
    // No write to a frozen file system ends, and none of them can be canceled.
    disk.freeze();
    copy.kill("SIGINT");
    await copy.printed("canceling");
    while (copy.isRunning && !copy.err.includes("left at once")) {
      copy.kill("SIGINT");
      await nextTurn();
    }
    disk.thaw();
    const { exitCode, err } = await copy.ended();
    assert.equal(exitCode, 130, err);
    assert.match(err, /left at once/);
    assert.ok(existsSync(join(disk.path, "copy.part")));
    assert.ok(!existsSync(join(disk.path, "copy")));
  } finally {
    disk.unmount();
  }
});

interface Disk {
  readonly path: string;
  freeze(): void;
  thaw(): void;
  unmount(): void;
}

/** A file system of its own, which can be frozen; or the reason why there is none. */
function mountDisk(): Disk | string {
  const [image, path] = [join(temporary, "image"), join(temporary, "disk")];
  mkdirSync(path);
  const commands = [
    ["truncate", "-s", "2G", image],
    ["mkfs.ext4", "-q", image],
    ["mount", "-o", "loop", image, path],
  ];
  for (const [command, ...args] of commands) {
    const { status: code, stderr, error } = spawnSync(command!, args);
    if (code !== 0) return `cannot ${command}: ${error?.message ?? stderr.toString().trim()}`;
  }
  const run = (command: string, ...args: string[]): number | null =>
    spawnSync(command, [...args, path]).status;
  return {
    path,
    freeze: () => assert.equal(run("fsfreeze", "-f"), 0),
    thaw: () => assert.equal(run("fsfreeze", "-u"), 0),
    unmount() {
      // It is thawed twice when the test failed between the two.
      run("fsfreeze", "-u");
      // Lazily: the kernel takes a moment to drop what a process that left at once had in flight.
      assert.equal(run("umount", "-l"), 0);
    },
  };
}
