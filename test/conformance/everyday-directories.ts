// What is said of each everyday call that reads, makes or removes directories.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DIRECTORIES_AT_ONCE, OPEN_DIRECTORIES_MAX } from "../../src/base/limits.ts";
import { DirectoryEntry, type Io } from "../../src/index.ts";
import { assertQuiet } from "./checks.ts";
import { contentOf } from "./everyday-table.ts";
import { needs, type Stage, type Subject, turn } from "./subject.ts";

export function directoryCases(subject: Subject, stage: () => Stage): void {
  describe("readdir()", () => listCases(subject, stage));
  describe("walk()", () => walkCases(stage));
  describe("remove()", () => {
    removeCases(stage);
    treeCases(stage);
  });
  describe("exists()", () => existsCases(stage));
  describe("mkdir() and mkdtemp()", () => makeCases(stage));
}

function listCases(subject: Subject, stage: () => Stage): void {
  const option = needs(subject, "bytePaths");

  test("a file of each type, with its name, path and bytes", async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    const path = (name: string): string => `${directory}/${name}`;
    await io.writeFile(path("file"), "");
    await io.mkdir(path("directory"));
    await io.symlink("anywhere", path("symlink"));
    await io.rename(world.makeFifo(), path("fifo"));
    const entries = await io.readdir(`${directory}/`);
    assert.ok(entries.every((entry) => entry instanceof DirectoryEntry));
    for (const { name, type, path: whole, nameBytes, pathBytes } of entries) {
      assert.deepEqual([type, whole], [name, path(name)]);
      assert.equal(Buffer.from(nameBytes).toString(), name);
      assert.equal(Buffer.from(pathBytes).toString(), whole);
    }
    assert.equal(entries.length, 4);
    await io.symlink(directory, path("link"));
    assert.equal((await io.readdir(path("link"))).length, 5, "the path itself may be a link");
    assertQuiet(stage());
  });

  test("names that are not UTF-8 lead to their files by their bytes", option, async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    const bytes = new Uint8Array([0x61, 0xff, 0x62]);
    const path = Buffer.concat([Buffer.from(`${directory}/`), bytes]);
    await io.mkdir(path);
    await io.writeFile(Buffer.concat([path, Buffer.from("/file")]), "found");
    const entries = await io.readdir(directory, { recursive: true });
    assert.deepEqual(
      entries.map(({ name }) => name),
      ["a\ufffdb", "file"],
    );
    assert.deepEqual(entries[0]?.nameBytes, bytes);
    const found = entries[1]?.pathBytes ?? assert.fail("no file");
    assert.equal(await io.readFile(found, { encoding: "utf8" }), "found");
    await io.remove(directory, { recursive: true });
    assert.equal(world.exists(directory), false);
  });

  test("of trees: no link is followed, and no loop entered", async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    await makeWide(io, directory, 3, 20);
    await io.symlink("..", `${directory}/0/loop`);
    await io.symlink(directory, `${directory}/0/1/self`);
    const entries = await io.readdir(directory, { recursive: true });
    const paths = entries.map(({ path }) => path);
    assert.equal(new Set(paths).size, paths.length);
    // Of 3 directories in each of 3 directories, and 20 files in each of all 13.
    assert.equal(paths.length, 3 + 9 + 13 * 20 + 2);
    for (const [at, { path, type }] of entries.entries()) {
      const parent = path.slice(0, path.lastIndexOf("/"));
      assert.ok(parent === directory || paths.indexOf(parent) < at, "before what is in it");
      if (/loop|self/.test(path)) assert.equal(type, "symlink");
    }
    assertQuiet(stage());
  });

  test("of trees: a few directories at once", async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    await makeWide(io, directory, 5, 2);
    const isAtWork = new Set<string>();
    let most = 0;
    for (let round = 0; round < 20; round++) {
      let isOver = false;
      const reading = io.readdir(directory, { recursive: true }).finally(() => {
        isOver = true;
      });
      while (!isOver) {
        const lists = io.inFlight().filter(({ kind }) => kind === "list");
        for (const { path = "" } of lists) isAtWork.add(path);
        most = Math.max(most, lists.length);
        await Promise.resolve();
        await turn();
      }
      assert.equal((await reading).length, 5 + 25 + 31 * 2);
    }
    assert.ok(isAtWork.size > 0 && most <= DIRECTORIES_AT_ONCE, `${most} were read at once`);
    assertQuiet(stage());
  });

  test("what is not there, and what is no directory", async () => {
    const { io, world } = stage();
    const file = world.makeFile("");
    const refused = (code: string, path: string): object => ({ code, path, syscall: "readdir" });
    await assert.rejects(io.readdir(file), refused("ENOTDIR", file));
    const missing = world.fresh();
    await assert.rejects(io.readdir(missing, { recursive: true }), refused("ENOENT", missing));
  });
}

/** So many directories and files in a directory, and in each of those again. */
async function makeWide(io: Io, path: string, directories: number, files: number): Promise<void> {
  const depth = 2;
  const fill = async (within: string, left: number): Promise<void> => {
    for (let at = 0; at < files; at++) await io.writeFile(`${within}/file-${at}`, "");
    if (left === 0) return;
    for (let at = 0; at < directories; at++) {
      await io.mkdir(`${within}/${at}`);
      await fill(`${within}/${at}`, left - 1);
    }
  };
  await fill(path, depth);
}

function walkCases(stage: () => Stage): void {
  test("begins when it is asked, and leaving the loop closes what is open", async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    await makeWide(io, directory, 3, 20);
    const descriptors = world.descriptorCount();
    const unused = io.walk(directory);
    await unused.return();
    assert.deepEqual(io.inFlight(), []);
    for (const count of [1, 2, 30]) {
      let left = count;
      for await (const _ of io.walk(directory)) if (--left === 0) break;
      assert.equal(world.descriptorCount(), descriptors, `after ${count} entries`);
    }
    await assert.rejects(
      (async () => {
        for await (const _ of io.walk(directory)) throw new Error("of the loop");
      })(),
      /of the loop/,
    );
    assert.equal(world.descriptorCount(), descriptors);
    assertQuiet(stage());
  });

  test("of one directory only, if told so", async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    await makeWide(io, directory, 2, 3);
    const names: string[] = [];
    for await (const { name } of io.walk(directory, { recursive: false })) names.push(name);
    assert.deepEqual(names.sort(), ["0", "1", "file-0", "file-1", "file-2"]);
  });

  test("a directory that is removed meanwhile is passed over", async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    for (let at = 0; at < 30; at++) {
      await io.mkdir(`${directory}/${at}`);
      await io.writeFile(`${directory}/${at}/file`, "");
    }
    let count = 0;
    for await (const { type } of io.walk(directory)) {
      if (count++ === 0) await io.remove(directory, { recursive: true });
      assert.ok(type === "file" || type === "directory");
    }
    assert.ok(count >= 30);
    await assert.rejects(
      async () => {
        for await (const _ of io.walk(directory)) assert.fail("it is gone");
      },
      { code: "ENOENT", syscall: "walk", path: directory },
    );
    assertQuiet(stage());
  });

  test("aborted while nobody asks for more: closes, and the next step rejects", async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    await makeWide(io, directory, 3, 20);
    const descriptors = world.descriptorCount();
    const controller = new AbortController();
    const walking = io.walk(directory, { signal: controller.signal });
    assert.equal((await walking.next()).done, false);
    controller.abort(new Error("enough"));
    while (io.inFlight().length > 0) await io.stat("/");
    await assert.rejects(walking.next(), { code: "ABORT_ERR", syscall: "walk", path: directory });
    assert.deepEqual(await walking.next(), { done: true, value: undefined });
    assert.equal(world.descriptorCount(), descriptors);
    assertQuiet(stage());
  });
}

function removeCases(stage: () => Stage): void {
  test("a file, a link that leads to a directory, and an empty directory", async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    for (const path of [world.makeFile("x"), world.makeLink(directory), world.makeFifo()]) {
      await io.remove(path);
      assert.equal(world.exists(path), false);
    }
    await io.remove(world.makeLink(directory), { recursive: true });
    assert.equal(world.exists(directory), true);
    await io.remove(directory);
    assert.equal(world.exists(directory), false);
  });

  test("what is not there, and what is not empty", async () => {
    const { io, world } = stage();
    const path = world.fresh();
    const refused = (code: string, path: string): object => ({ code, path, syscall: "remove" });
    await assert.rejects(io.remove(path), refused("ENOENT", path));
    await assert.rejects(io.remove(path, { recursive: true }), refused("ENOENT", path));
    await io.remove(path, { force: true });
    await io.remove(path, { force: true, recursive: true });
    const directory = world.makeDirectory();
    await io.mkdir(`${directory}/inner`);
    await assert.rejects(io.remove(directory), refused("ENOTEMPTY", directory));
    await assert.rejects(io.remove(directory, { force: true }), { code: "ENOTEMPTY" });
    assert.equal(world.exists(`${directory}/inner`), true);
    assertQuiet(stage());
  });
}

function treeCases(stage: () => Stage): void {
  test("a tree, but nothing that its links lead to", async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    const precious = world.makeDirectory();
    await io.writeFile(`${precious}/file-0`, "precious");
    await makeWide(io, directory, 3, 40);
    await io.symlink(precious, `${directory}/0/link`);
    await io.symlink(`${precious}/file-0`, `${directory}/1/link`);
    const descriptors = world.descriptorCount();
    await io.remove(`${directory}/`, { recursive: true });
    assert.equal(world.exists(directory), false);
    assert.equal(contentOf(world, `${precious}/file-0`), "precious");
    assert.equal(world.descriptorCount(), descriptors);
    assertQuiet(stage());
  });

  test("one that is deeper than directories are open at once", async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    let path = directory;
    for (let depth = 0; depth < 200; depth++) {
      path += "/d";
      await io.mkdir(path);
      if (depth % 10 === 0) await io.writeFile(`${path}/file`, "");
      if (depth % 50 === 0) await io.mkdir(`${path}/sibling`);
    }
    const before = world.descriptorCount();
    let isOver = false;
    const removing = io.remove(directory, { recursive: true }).finally(() => {
      isOver = true;
    });
    let most = 0;
    while (!isOver) {
      await io.stat("/");
      most = Math.max(most, world.descriptorCount() - before);
    }
    await removing;
    assert.ok(most > 10 && most <= OPEN_DIRECTORIES_MAX + 4, `${most} directories were open`);
    assert.equal(world.exists(directory), false);
    assertQuiet(stage());
  });

  test("by several at once: all of it goes, and nobody fails", async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    await makeWide(io, directory, 3, 10);
    const options = { recursive: true, force: true };
    await Promise.all([1, 2, 3].map(() => io.remove(directory, options)));
    assert.equal(world.exists(directory), false);
    assertQuiet(stage());
  });
}

function existsCases(stage: () => Stage): void {
  test("links are followed, unless told not to", async () => {
    const { io, world } = stage();
    const dangling = world.makeLink(world.fresh());
    assert.equal(await io.exists(world.makeFile("")), true);
    assert.equal(await io.exists(dangling), false);
    assert.equal(await io.exists(dangling, { followSymlinks: false }), true);
    assert.equal(await io.exists(`${world.makeFile("")}/below`), false);
    await assert.rejects(io.exists("x".repeat(300)), { code: "ENAMETOOLONG", syscall: "exists" });
    assertQuiet(stage());
  });
}

function makeCases(stage: () => Stage): void {
  test("all that is missing, and what is there is no error", async () => {
    const { io, world } = stage();
    const path = `${world.fresh()}/a/b/c/`;
    await io.mkdir(path, { recursive: true, mode: 0o700 });
    assert.equal(world.attributesOf(path).mode, 0o700);
    await io.mkdir(path, undefined, { recursive: true });
    await Promise.all([1, 2, 3].map(() => io.mkdir(`${path}/d/e`, 0o755, { recursive: true })));
    assert.equal(world.exists(`${path}/d/e`), true);
    await io.mkdir(`${path}/f`, { mode: 0o500 });
    assert.equal(world.attributesOf(`${path}/f`).mode, 0o500);
    await assert.rejects(io.mkdir(`${path}/f`, { mode: 0o500 }), { code: "EEXIST" });
    const file = world.makeFile("");
    await assert.rejects(io.mkdir(file, { recursive: true }), { code: "EEXIST", path: file });
    const below = io.mkdir(`${file}/a/b`, { recursive: true });
    await assert.rejects(below, { code: "ENOTDIR", syscall: "mkdir" });
    assertQuiet(stage());
  });

  test("each temporary directory is another one", async () => {
    const { io, world } = stage();
    const prefix = `${world.makeDirectory()}/temp-`;
    const made = await Promise.all(Array.from({ length: 20 }, () => io.mkdtemp(prefix)));
    assert.equal(new Set(made).size, 20);
    assert.ok(made.every((path) => path.startsWith(prefix) && world.exists(path)));
    const nowhere = `${world.fresh()}/temp-`;
    await assert.rejects(io.mkdtemp(nowhere), {
      code: "ENOENT",
      syscall: "mkdtemp",
      path: nowhere,
    });
  });
}
