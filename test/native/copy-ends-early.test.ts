// Goal: a copy that is canceled, or whose source changes, or whose device is full leaves nothing
// behind but whole files, and its error says what was done.
// Method: cancels at random moments, sources changed while they are copied, and a small file system
// in memory, which needs root. Descriptors and operations are counted before and after.

import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CopyError, type CopyOptions, type CopyProgress, copy, Scope } from "../../src/index.ts";
import { assertQuiet } from "../../src/testing.ts";
import { assertSameBytes } from "../support/copies.ts";
import { makeTemporary } from "../support/temp.ts";
import { makeTree } from "../support/tree.ts";
import { noRing } from "./ring-available.ts";

const temporary: string = makeTemporary("copy-early");
const MEBIBYTE = 1024 * 1024;

let count = 0;

function fresh(): string {
  count += 1;
  return join(temporary, `${count}`);
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Paths of all regular files below a directory, as they are in it; none if it is not there. */
function filesIn(folder: string, inside = ""): string[] {
  const path = Buffer.from(folder + inside, "latin1");
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status?.isDirectory() !== true) return status?.isFile() === true ? [inside] : [];
  const names = readdirSync(path, { encoding: "latin1" });
  return names.flatMap((name) => filesIn(folder, `${inside}/${name}`));
}

function assertWhole(from: string, to: string): void {
  for (const inside of filesIn(to)) {
    const [a, b] = [from, to].map((root) => Buffer.from(root + inside, "latin1"));
    assertSameBytes(a!, b!);
  }
}

function assertNoPart(folder: string): void {
  const left = filesIn(folder).filter((path) => path.endsWith(".part"));
  assert.deepEqual(left, []);
}

test("canceled at random moments, only whole files are there", { skip: noRing }, async (t) => {
  const from = fresh();
  const made = makeTree(from, 11, { fileCount: 400, bigFileBytes: 60 * MEBIBYTE });
  const before = descriptors();
  let ended = 0;
  for (let round = 0; round < 24; round++) {
    const to = fresh();
    const controller = new AbortController();
    const moment = Math.floor(Math.random() * 120);
    const options: CopyOptions = { signal: controller.signal, sync: round % 3 === 0 };
    const copied = copy(from, to, options).catch((error: unknown) => error);
    await sleep(moment);
    controller.abort("enough");
    const end = await copied;
    if (end instanceof Error) {
      ended++;
      assert.ok(end instanceof CopyError && end.code === "ABORT_ERR", end.stack);
      assert.deepEqual([end.cause, end.report.leftBehind], ["enough", []]);
      assert.ok(end.report.files <= made.files * 2);
    }
    assertWhole(from, to);
    assert.equal(descriptors(), before);
    assertQuiet();
    rmSync(to, { recursive: true, force: true });
  }
  t.diagnostic(`${ended} of 24 were canceled`);
});

test("one file: canceled, it is not there; replaced, the old one is", {
  skip: noRing,
}, async () => {
  const folder = fresh();
  mkdirSync(folder);
  const [from, to] = [join(folder, "from"), join(folder, "to")];
  writeFileSync(from, Buffer.alloc(64 * MEBIBYTE, 3));
  for (const old of [null, "old"]) {
    for (const at of [0, 0.3, 0.6]) {
      if (old !== null) writeFileSync(to, old);
      const controller = new AbortController();
      const onProgress = ({ bytesDone, bytesTotal }: CopyProgress): void => {
        if (bytesDone >= at * bytesTotal) controller.abort();
      };
      const options = { signal: controller.signal, bytesPerSecond: 128 * MEBIBYTE, onProgress };
      await assert.rejects(copy(from, to, options), (error) => {
        assert.ok(error instanceof CopyError);
        assert.equal(error.name, "AbortError");
        assert.ok(error.bytesTransferred > 0 && error.bytesTransferred < 64 * MEBIBYTE);
        return true;
      });
      assert.equal(existsSync(to) ? readFileSync(to, "utf8") : null, old);
      assertNoPart(folder);
    }
  }
});

test("timeoutMs is for the whole of it; the reason is told apart", { skip: noRing }, async () => {
  const [from, to] = [fresh(), fresh()];
  writeFileSync(from, Buffer.alloc(MEBIBYTE, 3));
  const copied = copy(from, to, { timeoutMs: 30, bytesPerSecond: 1000 });
  await assert.rejects(copied, { code: "ETIMEDOUT", name: "IoError", errno: undefined });
  assert.ok(!existsSync(to));
});

test("a scope that is left takes its copies with it", { skip: noRing }, async () => {
  const folder = fresh();
  mkdirSync(folder);
  const [from, to] = [join(folder, "from"), join(folder, "to")];
  writeFileSync(from, Buffer.alloc(8 * MEBIBYTE, 3));
  const ended: string[] = [];
  const scope = new Scope();
  const copied = scope.copy(from, to, { bytesPerSecond: MEBIBYTE });
  copied.catch((error: CopyError) => ended.push(error.code));
  await sleep(20);
  await scope.leave();
  assert.ok(!existsSync(to));
  assertNoPart(folder);
  assertQuiet();
  await copied.catch(() => {});
  assert.deepEqual(ended, ["ABORT_ERR"]);
  assert.throws(() => scope.copy(from, to), { code: "ERR_SCOPE_LEFT" });
});

/** What may happen to a source while it is copied. */
const CHANGES: Readonly<Record<string, (path: string) => void>> = {
  shrinks: (path) => truncateSync(path, MEBIBYTE),
  grows: (path) => appendFileSync(path, "more"),
  vanishes: (path) => unlinkSync(path),
  "is replaced": (path) => {
    writeFileSync(`${path}.new`, "new");
    renameSync(`${path}.new`, path);
  },
  "is written to": (path) => {
    const { size, atime } = statSync(path);
    truncateSync(path, size - 1);
    truncateSync(path, size);
    utimesSync(path, atime, 1);
  },
};

for (const [name, change] of Object.entries(CHANGES)) {
  test(`a source that ${name} while it is copied: ERR_SOURCE_CHANGED`, {
    skip: noRing,
  }, async () => {
    const ways: readonly CopyOptions[] = [{}, { sparse: "always" }];
    for (const options of ways) {
      const folder = fresh();
      mkdirSync(folder);
      const [from, to] = [join(folder, "from"), join(folder, "to")];
      writeFileSync(from, Buffer.alloc(40 * MEBIBYTE, 9));
      writeFileSync(to, "old");
      let isChanged = false;
      const onProgress = (): void => {
        if (!isChanged) change(from);
        isChanged = true;
      };
      const copied = copy(from, to, { ...options, reflink: "never", onProgress });
      await assert.rejects(copied, { code: "ERR_SOURCE_CHANGED", path: from });
      assert.equal(readFileSync(to, "utf8"), "old");
      const left = readdirSync(folder).filter((path) => path !== "from");
      assert.deepEqual(left, ["to"]);
      assertQuiet();
    }
  });
}
