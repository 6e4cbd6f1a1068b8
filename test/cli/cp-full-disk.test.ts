/**
 * Goal: a full disk ends a copy with a clear message and without remains; what fits is copied.
 * Method: a small file system in memory is mounted for the test, which needs root.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { status } from "../../src/index.ts";
import { runCopyCommand } from "../support/copy-command.ts";

const temporary: string = mkdtempSync(join(tmpdir(), "overlapped-cp-full-"));
const small: string = join(temporary, "small");
mkdirSync(small);
const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "overlapped-test", small]);
after(() => {
  if (mount.status === 0) assert.equal(spawnSync("umount", ["-l", small]).status, 0);
  rmSync(temporary, { recursive: true, force: true });
});

function reasonToSkip(): string | false {
  if (status().backend === null) return `no ring: ${status().reason}`;
  if (mount.status === 0) return false;
  return `cannot mount a small file system: ${mount.stderr?.toString().trim() ?? mount.error}`;
}

const skip: string | false = reasonToSkip();

test("cp to a full disk fails, and leaves the source and no part file", { skip }, async () => {
  const source = join(temporary, "big");
  const content = Buffer.alloc(20 * 1024 * 1024 + 3, "overlapped ");
  writeFileSync(source, content);
  const { exitCode, out, err } = await runCopyCommand(["big", "small/big"], temporary);
  assert.deepEqual(
    { exitCode, out, err },
    {
      exitCode: 1,
      out: "",
      err: "overlapped cp: cannot write 'small/big': no space left on device\n",
    },
  );
  assert.deepEqual(readdirSync(small), []);
  assert.ok(readFileSync(source).equals(content));
});

test("cp -r to a full disk copies the files that fit", { skip }, async () => {
  const tree = join(temporary, "tree");
  mkdirSync(tree);
  writeFileSync(join(tree, "big"), Buffer.alloc(30 * 1024 * 1024, 1));
  for (let number = 0; number < 40; number += 1) {
    writeFileSync(join(tree, `small-${number}`), `${number}`);
  }
  writeFileSync(join(small, "big"), "old");
  const { exitCode, err } = await runCopyCommand(["-r", "tree/.", "small"], temporary);
  assert.equal(exitCode, 1);
  assert.match(err, /^overlapped cp: cannot write 'small\/big': no space left on device$/m);
  assert.equal(readFileSync(join(small, "big"), "utf8"), "old");
  const names = readdirSync(small);
  assert.deepEqual(
    names.filter((name) => name.endsWith(".part")),
    [],
  );
  // A small file may meet the disk while the big one has filled it: then it was named.
  const named = err.match(/cannot \w+ 'small\/small-\d+'/g) ?? [];
  assert.equal(names.length - 1 + named.length, 40);
});
