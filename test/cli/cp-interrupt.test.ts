/**
 * Goal: a signal at any moment leaves nothing half-done: exit code 128 + signal, no destination,
 * no part file, nothing held by the kernel, the source as it was. What was complete stays. So on
 * each backend.
 * Method: real signals to the real command, at random sizes of its part file and at each stage that
 * it reports; sizes come from OVERLAPPED_SEED.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type CopyEnd, CopyProcess, linesOf, MAIN, summaryOf } from "../support/copy-command.ts";
import { grown, makeSource, partsIn } from "../support/copy-source.ts";
import { FLAVORS, type Flavor } from "../support/flavors.ts";
import { mountImage, unmount } from "../support/mounts.ts";
import { noTerminals, TestPty } from "../support/pty.ts";
import { makeTemporary } from "../support/temp.ts";
import { Random } from "../support/tree.ts";

const MIB = 1024 * 1024;
const SIZE = 128 * MIB;
/** Slow enough for every signal to come in time. */
const SLOWLY = "--limit-rate=200M";
const temporary: string = makeTemporary("cp-interrupt");
const target: string = join(temporary, "target");
const source: string = join(temporary, "source");

before(() => {
  mkdirSync(target);
  makeSource(source, SIZE);
});

type Case = (t: TestContext, flavor: Flavor) => Promise<void>;

/** Each is run on each backend. */
const cases: (readonly [name: string, run: Case])[] = [];

function newRandom(t: TestContext): Random {
  const seed = Number(process.env.OVERLAPPED_SEED ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`OVERLAPPED_SEED=${seed}`);
  return new Random(seed);
}

function startCopy(flavor: Flavor, ...options: string[]): CopyProcess {
  return new CopyProcess([...options, source, join(target, "copy")], temporary, flavor);
}

function assertCanceled(end: CopyEnd, exitCode: number): void {
  assert.equal(end.exitCode, exitCode, end.err);
  assert.equal(end.signal, null);
  assert.equal(end.out, "");
  assert.match(end.err, /canceled by SIG\w+: .* of 128 MiB copied, 0 of 1 file complete; /);
  assert.match(end.err, /; nothing half-done is left; nothing is held by the kernel$/m);
  assert.deepEqual(readdirSync(target), []);
  assert.equal(statSync(source).size, SIZE);
}

cases.push([
  "SIGINT at 12 random offsets of a big file",
  async (t, flavor) => {
    const random = newRandom(t);
    for (let round = 0; round < 12; round += 1) {
      const offset = random.below(SIZE * 0.9);
      const copy = startCopy(flavor, SLOWLY);
      await grown(copy, target, offset);
      copy.kill("SIGINT");
      const end = await copy.ended();
      assertCanceled(end, 130);
      t.diagnostic(`at ${offset}: ${/by SIGINT: (\S+ \S+)/.exec(end.err)?.[1]}`);
    }
  },
]);

cases.push([
  "SIGINT at full speed: nothing is left, or the whole file",
  async (t, flavor) => {
    const random = newRandom(t);
    const counts = { canceled: 0, finished: 0 };
    for (let round = 0; round < 8; round += 1) {
      const copy = startCopy(flavor);
      await grown(copy, target, random.below(SIZE));
      copy.kill("SIGINT");
      const end = await copy.ended();
      if (end.exitCode === 130) {
        counts.canceled += 1;
        assertCanceled(end, 130);
      } else {
        counts.finished += 1;
        assert.equal(end.exitCode, 0, end.err);
        assert.ok(readFileSync(join(target, "copy")).equals(readFileSync(source)));
        rmSync(join(target, "copy"));
      }
    }
    t.diagnostic(JSON.stringify(counts));
  },
]);

cases.push([
  "Ctrl-C at a terminal",
  async (t, flavor) => {
    if (noTerminals !== false) {
      t.skip(noTerminals);
      return;
    }
    const pty = new TestPty();
    const args = ["cp", SLOWLY, source, join(target, "copy")];
    const copy = pty.run(pathToFileURL(MAIN), args, { env: flavor.env });
    await grown(copy, target, 10 * MIB);
    pty.type("\x03");
    await pty.shown("canceled by SIGINT");
    await pty.shown("nothing is held by the kernel");
    assert.equal((await copy.ended()).exitCode, 130);
    assert.deepEqual(readdirSync(target), []);
  },
]);

cases.push([
  "SIGTERM and SIGHUP cancel, too, with their own exit codes",
  async (t, flavor) => {
    for (const [name, exitCode] of [
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const) {
      const copy = startCopy(flavor, SLOWLY);
      await grown(copy, target, 10 * MIB);
      copy.kill(name);
      assertCanceled(await copy.ended(), exitCode);
    }
  },
]);

cases.push([
  "SIGINT at each stage: canceled without remains, or finished",
  async (t, flavor) => {
    const medium = join(temporary, "medium");
    if (!existsSync(medium)) makeSource(medium, 4 * MIB);
    const counts = { canceled: 0, finished: 0 };
    for (let round = 0; round < 12; round += 1) {
      const stage = ["copying", "syncing", "renaming"][round % 3];
      const copy = new CopyProcess(["--json", "medium", "target/copy"], temporary, flavor);
      await copy.printed(`"stage":"${stage}"`);
      copy.kill("SIGINT");
      const end = await copy.ended();
      assert.equal(summaryOf(end).heldCount, 0);
      if (end.exitCode === 130) {
        counts.canceled += 1;
        assert.equal(summaryOf(end).signal, "SIGINT");
        assert.deepEqual(readdirSync(target), []);
      } else {
        // The signal came when all was done.
        counts.finished += 1;
        assert.deepEqual([end.exitCode, summaryOf(end).signal], [0, null], end.err);
        assert.ok(readFileSync(join(target, "copy")).equals(readFileSync(medium)));
        rmSync(join(target, "copy"));
      }
    }
    t.diagnostic(JSON.stringify(counts));
  },
]);

cases.push([
  "SIGINT in a tree keeps the files that are complete, and no others",
  async (t, flavor) => {
    const tree = join(temporary, "tree");
    mkdirSync(tree, { recursive: true });
    const contentOf = (name: string): string => `content of ${name} `.repeat(1000);
    for (let number = 0; number < 300; number += 1) {
      writeFileSync(join(tree, `${number}`), contentOf(`${number}`));
    }
    // All of it takes three seconds.
    const args = ["--json", "--limit-rate=2M", "-r", "tree", "target"];
    const copy = new CopyProcess(args, temporary, flavor);
    await copy.printed('"stage":"copied"');
    copy.kill("SIGINT");
    const end = await copy.ended();
    assert.equal(end.exitCode, 130, end.err);
    const copied = linesOf(end).filter(({ stage, type }) => stage === "copied" && type === "file");
    const names = readdirSync(join(target, "tree"));
    assert.deepEqual(names.sort(), copied.map((line) => `${line.destination}`.slice(12)).sort());
    for (const name of names) {
      assert.equal(readFileSync(join(target, "tree", name), "utf8"), contentOf(name));
    }
    assert.equal(summaryOf(end).files, names.length);
    assert.ok(names.length < 300);
    rmSync(join(target, "tree"), { recursive: true });
  },
]);

cases.push([
  "--keep-partial keeps what there is, and says where",
  async (t, flavor) => {
    const copy = startCopy(flavor, SLOWLY, "--keep-partial");
    await grown(copy, target, 10 * MIB);
    copy.kill("SIGINT");
    const { exitCode, err } = await copy.ended();
    assert.equal(exitCode, 130, err);
    const [part, ...more] = readdirSync(target);
    assert.match(part ?? "", /^\.copy\.[0-9a-f]{16}\.part$/);
    assert.deepEqual(more, []);
    assert.ok(err.includes(`kept for --resume: '${join(target, part ?? "")}'`), err);
    rmSync(join(target, part ?? ""));
  },
]);

cases.push([
  "SIGINT while copies are read back: they stay, and are not called verified",
  async (t, flavor) => {
    const copy = startCopy(flavor, "--json", "--verify");
    await copy.printed('"stage":"copied"');
    copy.kill("SIGINT");
    const end = await copy.ended();
    assert.ok(existsSync(join(target, "copy")));
    // On a quick disk it may be over before the signal comes.
    const wanted = end.exitCode === 0 ? [0, 1] : [130, 0];
    assert.deepEqual([end.exitCode, summaryOf(end).verified], wanted, end.err);
    rmSync(join(target, "copy"));
  },
]);

cases.push([
  "a second SIGINT leaves at once, though the kernel keeps the first waiting",
  async (t, flavor) => {
    const disk = mountDisk();
    if (typeof disk === "string") {
      t.skip(disk);
      return;
    }
    try {
      const copy = new CopyProcess(
        ["--json", SLOWLY, source, join(disk.path, "copy")],
        temporary,
        flavor,
      );
      await grown(copy, disk.path, 10 * MIB);
      // No write to a frozen file system ends, and none of them can be canceled.
      disk.freeze();
      copy.kill("SIGINT");
      await copy.printed("canceling");
      while (copy.isRunning && !copy.text.includes("left at once")) {
        copy.kill("SIGINT");
        await nextTurn();
      }
      disk.thaw();
      const { exitCode, err } = await copy.ended();
      assert.equal(exitCode, 130, err);
      assert.match(err, /left at once/);
      assert.equal(partsIn(disk.path).length, 1);
      assert.ok(!existsSync(join(disk.path, "copy")));
    } finally {
      disk.unmount();
    }
  },
]);

interface Disk {
  readonly path: string;
  freeze(): void;
  thaw(): void;
  unmount(): void;
}

/** A file system of its own, which can be frozen; or the reason why there is none. */
function mountDisk(): Disk | string {
  const path = join(mkdtempSync(join(temporary, "mount-")), "disk");
  const reason = mountImage("ext4", path, 256 * MIB);
  if (reason !== null) return reason;
  const run = (command: string, ...args: string[]): number | null =>
    spawnSync(command, [...args, path]).status;
  return {
    path,
    freeze: () => assert.equal(run("fsfreeze", "-f"), 0),
    thaw: () => assert.equal(run("fsfreeze", "-u"), 0),
    unmount() {
      // It is thawed twice when the test failed between the two.
      run("fsfreeze", "-u");
      unmount(path);
    },
  };
}

for (const flavor of FLAVORS) {
  const { skip } = flavor;
  for (const [name, run] of cases) test(`${name}, ${flavor.name}`, { skip }, (t) => run(t, flavor));
}
