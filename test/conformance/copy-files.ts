// The contract for "copyFiles": many small files of one directory in one request. Nobody but `copy`
// makes it, for a directory that is new, and without sync.

import assert from "node:assert/strict";
import { test } from "node:test";

import { needsKind, type Stage, type Subject } from "./subject.ts";

const KIND = "copyFiles";

/** The most that such a request has room for, less the names. */
const SIZES = [0, 1, 4095, 4096, 50_000, 65_536, 65_537, 200_000];

export function copyFilesCases(subject: Subject, stage: () => Stage): void {
  const option = needsKind(subject, KIND);
  test("copyFiles: small files whole, others by other means", option, async () => {
    const { io, world } = stage();
    assert.notEqual(io.status().capabilities?.[KIND], "absent");
    const [from, to] = [world.makeDirectory(), world.fresh("to")];
    const contents = new Map<string, Uint8Array>();
    for (let number = 0; number < 150; number++) {
      const content = new Uint8Array(SIZES[number % SIZES.length]!).fill(1 + number);
      const path = world.makeFile(content);
      const name = `name ${number} é`;
      await io.rename(path, `${from}/${name}`);
      contents.set(name, content);
    }
    await io.mkdir(`${from}/directory`);
    await io.symlink("nowhere", `${from}/link`);
    const before = world.descriptorCount();
    const report = await io.copy(from, to, { sync: false, reflink: "never" });
    assert.equal(report.files, contents.size);
    for (const [name, content] of contents) {
      assert.deepEqual(Buffer.from(world.contentOf(`${to}/${name}`)), Buffer.from(content), name);
    }
    assert.ok(world.exists(`${to}/directory`));
    assert.equal(world.linkTargetOf(`${to}/link`), "nowhere");
    assert.equal(world.descriptorCount(), before);
    assert.deepEqual(io.inFlight(), []);
  });
}
