// Goal: whatever others do to a tree meanwhile, remove() removes nothing outside of it, walk() and
// readdir() tell of nothing outside of it, and no tree is too deep to be removed.
// Method: on the simulated kernel, where hundreds of seeds draw the order of events, somebody puts
// links in the place of directories and takes them away again, or fills directories that are being
// emptied. On the real one, a tree whose paths are longer than the kernel takes.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { BRANCHES_AT_ONCE, OPEN_DIRECTORIES_MAX } from "../../../src/base/limits.ts";
import {
  exists,
  type Io,
  type IoError,
  mkdir,
  readdir,
  readFile,
  remove,
  status,
  writeFile,
} from "../../../src/index.ts";
import { type SimulatedWorld, simulate, simulateSeeds } from "../../../src/testing.ts";
import { makeTemporary } from "../../support/temp.ts";

const SEEDS = 300;
const NAMES = ["one", "two", "three"];
const noRing: string | false = status().backend === null ? `no ring: ${status().reason}` : false;
const temporary: string = makeTemporary("trees");

/** The same names within the tree and outside of it, so that one is easily taken for the other. */
function makeWorld(world: SimulatedWorld): void {
  for (const path of ["/precious", "/precious/inner", "/t", "/t/d", "/t/d/inner"]) {
    world.makeDirectory(path);
    for (const name of NAMES) world.makeFile(`${path}/${name}`, path);
  }
  world.makeFile("/precious/secret");
}

/** Puts a link to what is precious in the place of a directory, and takes it away again. */
async function swap(io: Io, path: string): Promise<void> {
  for (let round = 0; round < 8; round++) {
    await io.rename(path, "/away").outcome();
    await io.symlink("/precious", path).outcome();
    await io.stat("/").outcome();
    // Whichever it is by now.
    await io.unlink(path).outcome();
    await io.rename("/away", path).outcome();
  }
}

describe("a tree in which directories are swapped for links", () => {
  test("remove() removes nothing outside of it", async () => {
    let removed = 0;
    let tried = 0;
    await simulateSeeds(SEEDS, { faults: "none", disorder: 0.6 }, async (io, world) => {
      makeWorld(world);
      const swapping = swap(io, tried++ % 2 === 0 ? "/t/d" : "/t/d/inner");
      const error = await io.remove("/t", { recursive: true }).then(
        () => undefined,
        (reason: IoError) => reason,
      );
      await swapping;
      if (error === undefined) removed++;
      else assert.equal(error.syscall, "remove");
      assert.equal(world.namesIn("/precious").length, NAMES.length + 2);
      assert.equal(world.namesIn("/precious/inner").length, NAMES.length);
    });
    assert.ok(removed > 0, "it was never removed");
  });

  test("readdir() tells of nothing outside of it, and of nothing twice", async () => {
    await simulateSeeds(SEEDS, { faults: "none", disorder: 0.6 }, async (io, world) => {
      makeWorld(world);
      const swapping = swap(io, "/t/d");
      const entries = await io.readdir("/t", { recursive: true });
      await swapping;
      for (const { path, type } of entries) {
        assert.ok(type === "file" || type === "directory" || path === "/t/d", path);
      }
      const paths = entries.map(({ path }) => path);
      assert.equal(new Set(paths).size, paths.length);
      assert.ok(paths.every((path) => !path.endsWith("secret")));
    });
  });
});

describe("a tree of many branches", () => {
  const BRANCHES = 10 * BRANCHES_AT_ONCE;
  const makeBranches = (world: SimulatedWorld): void => {
    world.makeDirectory("/t");
    for (let at = 0; at < BRANCHES; at++) {
      world.makeDirectory(`/t/${at}`);
      world.makeFile(`/t/${at}/file`);
    }
  };

  test("several are removed at once, and not too many", async () => {
    await simulate({ seed: 1 }, async (io, world) => {
      makeBranches(world);
      let isOver = false;
      const removing = io.remove("/t", { recursive: true }).finally(() => {
        isOver = true;
      });
      let most = 0;
      while (!isOver) {
        most = Math.max(most, io.inFlight().filter(({ kind }) => kind === "list").length);
        await io.stat("/");
      }
      await removing;
      assert.equal(world.exists("/t"), false);
      assert.ok(most > 1 && most <= BRANCHES_AT_ONCE, `${most} were`);
    });
  });

  test("one that cannot be removed ends the call, and not only in the end", async () => {
    const script = [{ fault: "ioError", kind: "unlink", nth: 10 }] as const;
    await simulate({ seed: 1, script }, async (io, world) => {
      makeBranches(world);
      await assert.rejects(io.remove("/t", { recursive: true }), {
        code: "EIO",
        syscall: "remove",
      });
      const left = world.namesIn("/t").length;
      assert.ok(left > BRANCHES / 2 && left < BRANCHES, `${left} of ${BRANCHES} are left`);
      assert.deepEqual(io.inFlight(), []);
    });
  });
});

describe("a deep tree of which a part is moved away", () => {
  test("remove() does not go on where that is now", async () => {
    const depth = OPEN_DIRECTORIES_MAX + 8;
    const pathAt = (level: number): string => `/t${"/d".repeat(level)}`;
    const codes = new Set<string | undefined>();
    for (const moved of [1, 2, 4]) {
      await simulateSeeds(40, { faults: "none", disorder: 0.3 }, async (io, world) => {
        world.makeDirectory("/precious");
        for (const path of [
          "/precious/sibling",
          ...Array.from({ length: depth }, (_, at) => pathAt(at)),
        ]) {
          world.makeDirectory(path);
          world.makeFile(`${path}/file`);
          if (path.startsWith("/t")) world.makeDirectory(`${path}/sibling`);
        }
        const removing = io.remove("/t", { recursive: true }).then(
          () => undefined,
          (error: IoError) => error.code,
        );
        // Once it is in the deepest directory, and those far from it are closed.
        while (world.exists(`${pathAt(depth - 1)}/file`)) await io.stat("/");
        await io.rename(pathAt(moved), "/precious/d").outcome();
        codes.add(await removing);
        assert.equal(world.exists("/precious/sibling/file"), true);
      });
    }
    assert.ok(codes.has("ESTALE"), [...codes].join(", "));
  });
});

describe("a tree that others fill", () => {
  for (const [what, files] of [
    ["a few times, remove() looks again", 6],
    ["for ever, remove() gives up in the end", Number.POSITIVE_INFINITY],
  ] as const) {
    test(what, async () => {
      const codes = new Set<string | undefined>();
      await simulateSeeds(50, { faults: "none", disorder: 0.3 }, async (io, world) => {
        makeWorld(world);
        let isOver = false;
        const filling = (async () => {
          for (let count = 0; !isOver && count < files; count++) {
            await io.writeFile(`/t/new-${count}`, "").catch(() => {});
          }
        })();
        const error = await io.remove("/t", { recursive: true }).then(
          () => undefined,
          (reason: IoError) => reason,
        );
        isOver = true;
        await filling;
        codes.add(error?.code);
        assert.equal(world.exists("/t"), error !== undefined);
        assert.equal(error?.path ?? "/t", "/t");
      });
      const expected = files === 6 ? [undefined] : ["ENOTEMPTY"];
      assert.ok(
        [...codes].every((code) => code === undefined || code === "ENOTEMPTY"),
        [...codes].join(", "),
      );
      assert.ok(expected.every((code) => codes.has(code)));
    });
  }
});

/** Names so long, and so many, that no path leads to the last of them. */
const NAME = "x".repeat(200);
const LEVELS = 100;

/** By way of the working directory, of a process of its own. */
function makeDeep(base: string): void {
  const program = `
    const fs = require("node:fs");
    for (let level = 0; level < ${LEVELS}; level++) {
      fs.mkdirSync("${NAME}");
      if (level % 7 === 0) fs.writeFileSync("file", "");
      if (level % 9 === 0) fs.mkdirSync("sibling");
      process.chdir("${NAME}");
    }
    fs.writeFileSync("last", "");`;
  execFileSync(process.execPath, ["-e", program], { cwd: base });
}

describe("on the real kernel", { skip: noRing }, () => {
  test("a tree deeper than paths are long is removed, and nothing it links to", async () => {
    const base = `${temporary}/deep`;
    mkdirSync(`${temporary}/precious`);
    writeFileSync(`${temporary}/precious/file`, "");
    mkdirSync(base);
    makeDeep(base);
    symlinkSync(`${temporary}/precious`, `${base}/${NAME}/link`);
    await assert.rejects(readdir(base, { recursive: true }), {
      code: "ENAMETOOLONG",
      syscall: "readdir",
    });
    const descriptors = readdirSync("/proc/self/fd").length;
    await remove(base, { recursive: true });
    assert.equal(existsSync(base), false);
    assert.equal(existsSync(`${temporary}/precious/file`), true);
    assert.equal(readdirSync("/proc/self/fd").length, descriptors);
  });

  test("a directory that may not be read is removed if it is empty", async () => {
    const base = `${temporary}/unreadable`;
    mkdirSync(base);
    mkdirSync(`${base}/empty`, 0o000);
    await remove(base, { recursive: true });
    assert.equal(existsSync(base), false);
  });

  test("files whose sizes lie are read whole", async () => {
    for (const path of [
      "/proc/self/maps",
      "/proc/cpuinfo",
      "/sys/kernel/mm/transparent_hugepage",
    ]) {
      const isFile = existsSync(path) && lstatSync(path).isFile();
      const text = await readFile(path, { encoding: "utf8" }).catch((error: IoError) => error.code);
      if (isFile) assert.match(text, /\n$/, path);
      else assert.ok(["ENOENT", "EISDIR"].includes(text), path);
    }
    assert.equal((await readFile("/dev/null")).byteLength, 0);
    await assert.rejects(readFile("/dev/zero", { maxBytes: 100_000 }), { code: "ERR_TOO_BIG" });
  });

  test("a disk that is full leaves no part of writeFile's truth out", async () => {
    await assert.rejects(writeFile("/dev/full", "text"), {
      code: "ENOSPC",
      syscall: "writeFile",
      path: "/dev/full",
      bytesTransferred: 0,
    });
    await mkdir(`${temporary}/some`, { recursive: true });
    assert.equal(await exists(`${temporary}/some`), true);
  });
});
