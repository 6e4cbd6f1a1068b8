// What is said of each everyday call that reads or writes a file.

import assert from "node:assert/strict";
import { constants } from "node:buffer";
import { describe, test } from "node:test";

import { IoBuffer, type IoError } from "../../src/index.ts";
import { assertQuiet, submissionsOf } from "./checks.ts";
import { CONTENT, contentOf, NEW } from "./everyday-table.ts";
import type { Stage } from "./subject.ts";

export function fileCases(stage: () => Stage): void {
  describe("readFile()", () => readCases(stage));
  describe("readFile() with maxBytes", () => capCases(stage));
  describe("writeFile() and appendFile()", () => writeCases(stage));
  describe("writeFileAtomic()", () => {
    atomicCases(stage);
    atomicRefusals(stage);
  });
  argumentCases(stage);
}

const refused = (code: string, syscall: string, path: string): object => {
  return { name: "IoError", code, syscall, path };
};

function readCases(stage: () => Stage): void {
  test("files of every size, as bytes of one's own", async () => {
    const { io, world } = stage();
    for (const length of [0, 1, 4095, 4096, 65_535, 65_536, 65_537, 200_000, 1_200_000]) {
      const content = new Uint8Array(length).map((_, at) => at % 251);
      const bytes = await io.readFile(world.makeFile(content));
      assert.ok(bytes instanceof Uint8Array && !Buffer.isBuffer(bytes));
      assert.equal(bytes.buffer.byteLength, length, "memory of its own, and no more");
      assert.equal(Buffer.compare(bytes, content), 0, `${length} bytes`);
    }
    assertQuiet(stage());
  });

  test("text: UTF-8, its mark kept, what is none replaced", async () => {
    const { io, world } = stage();
    const text = "\ufeffZürich, 東京, 🎉";
    for (const encoding of ["utf8", "utf-8"] as const) {
      assert.equal(await io.readFile(world.makeFile(text), { encoding }), text);
    }
    const broken = world.makeFile(new Uint8Array([0x61, 0xff, 0x62]));
    assert.equal(await io.readFile(broken, { encoding: "utf8" }), "a\ufffdb");
    const long = world.makeFile("ä".repeat(40_000));
    assert.equal((await io.readFile(long, { encoding: "utf8" })).length, 40_000);
  });

  test("a FIFO, to where its writer leaves off", async () => {
    const { io, world } = stage();
    const path = world.makeFifo();
    const peer = world.peerOf(path);
    const reading = io.readFile(path, { encoding: "utf8" });
    while (!io.inFlight().some(({ kind }) => kind === "read")) await io.stat("/");
    for (const part of ["one ", "two ", "three"]) {
      peer.write(part);
      await io.stat("/");
    }
    peer.close();
    assert.equal(await reading, "one two three");
    assertQuiet(stage());
  });

  test("many at once, each its own content", async () => {
    const { io, world } = stage();
    const paths = Array.from({ length: 200 }, (_, at) => world.makeFile(`content ${at}`));
    const texts = await Promise.all(paths.map((path) => io.readFile(path, { encoding: "utf8" })));
    assert.deepEqual(
      texts,
      paths.map((_, at) => `content ${at}`),
    );
  });

  test("what is not there, and a directory", async () => {
    const { io, world } = stage();
    const path = world.fresh();
    const missing = await io.readFile(path).catch((error: IoError) => error);
    assert.ok(missing instanceof Error);
    const { code, syscall, errno } = missing;
    assert.deepEqual([code, syscall, errno, missing.path], ["ENOENT", "readFile", -2, path]);
    const directory = world.makeDirectory();
    await assert.rejects(io.readFile(directory), refused("EISDIR", "readFile", directory));
    assertQuiet(stage());
  });
}

function capCases(stage: () => Stage): void {
  test("takes as many bytes as it allows, and not one more", async () => {
    const { io, world } = stage();
    for (const length of [0, 1, 65_535, 65_536, 65_537, 300_000]) {
      const path = world.makeFile(new Uint8Array(length));
      assert.equal((await io.readFile(path, { maxBytes: length })).byteLength, length);
      if (length === 0) continue;
      const reading = io.readFile(path, { maxBytes: length - 1 });
      await assert.rejects(reading, refused("ERR_TOO_BIG", "readFile", path));
    }
    assertQuiet(stage());
  });

  test("ends what does not end, and tells how much was read", async () => {
    const { io, world } = stage();
    const path = world.makeFifo();
    const peer = world.peerOf(path);
    const reading = io.readFile(path, { maxBytes: 9 });
    while (!io.inFlight().some(({ kind }) => kind === "read")) await io.stat("/");
    peer.write("ten bytes!");
    const error = await reading.catch((reason: IoError) => reason);
    assert.ok("code" in error);
    assert.deepEqual([error.code, error.bytesTransferred], ["ERR_TOO_BIG", 10]);
    peer.close();
    assertQuiet(stage());
  });
}

function writeCases(stage: () => Stage): void {
  test("text, bytes and buffers; nothing at all, too", async () => {
    const { io, world } = stage();
    const path = world.fresh();
    for (const data of ["tëxt", new Uint8Array([1, 2, 3]), IoBuffer.from("buffer"), ""]) {
      await io.writeFile(path, data);
      const wanted = data instanceof IoBuffer ? Buffer.from("buffer") : Buffer.from(data);
      assert.equal(Buffer.compare(world.contentOf(path), wanted), 0);
    }
    const big = new Uint8Array(3_000_000).map((_, at) => at % 253);
    await io.writeFile(path, big);
    assert.equal(Buffer.compare(world.contentOf(path), big), 0);
    assertQuiet(stage());
  });

  test("bytes are copied at the call, a buffer is lent until it is written", async () => {
    const { io, world } = stage();
    const path = world.fresh();
    const bytes = new Uint8Array(8).fill(0x61);
    const writing = io.writeFile(path, bytes);
    bytes.fill(0x62);
    await writing;
    assert.equal(contentOf(world, path), "aaaaaaaa");
    const buffer = IoBuffer.from("lent");
    const lending = io.appendFile(path, buffer);
    assert.equal(buffer.isLent, true);
    assert.throws(() => io.writeFile(path, buffer), { code: "ERR_BUFFER_LENT" });
    await lending;
    assert.equal(buffer.isLent, false);
    const nowhere = io.writeFile(`${path}/none`, buffer);
    assert.equal(buffer.isLent, true);
    await assert.rejects(nowhere, { code: "ENOTDIR", syscall: "writeFile" });
    assert.equal(buffer.isLent, false);
    assert.equal(contentOf(world, path), "aaaaaaaalent");
  });

  test("flags and mode are those of open", async () => {
    const { io, world } = stage();
    const path = world.fresh();
    await io.writeFile(path, "new", { flags: "wx", mode: 0o600 });
    assert.equal(world.attributesOf(path).mode, 0o600);
    await assert.rejects(io.writeFile(path, "x", { flags: "wx" }), { code: "EEXIST" });
    await io.writeFile(path, "N", { flags: "r+" });
    assert.equal(contentOf(world, path), "New");
    await io.appendFile(path, "!", { sync: true });
    assert.equal(contentOf(world, path), "New!");
  });
}

function atomicCases(stage: () => Stage): void {
  test("the permissions stay, unless others are given", async () => {
    const { io, world } = stage();
    const path = `${world.makeDirectory()}/file`;
    await io.writeFileAtomic(path, "first");
    assert.equal(world.attributesOf(path).mode & 0o600, 0o600);
    await io.chmod(path, 0o462);
    await io.chmod(path, 0o662);
    await io.writeFileAtomic(path, IoBuffer.from("second"), { sync: false });
    assert.deepEqual([contentOf(world, path), world.attributesOf(path).mode], ["second", 0o662]);
    await io.writeFileAtomic(path, "third", { mode: 0o600 });
    assert.deepEqual([contentOf(world, path), world.attributesOf(path).mode], ["third", 0o600]);
    assertQuiet(stage());
  });

  test("a link stays a link, and what it leads to is replaced or made", async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    const file = world.makeFile("old");
    await io.symlink(file, `${directory}/direct`);
    await io.symlink("direct", `${directory}/indirect`);
    await io.symlink("not-yet", `${directory}/dangling`);
    await io.symlink("loop", `${directory}/loop`);
    await io.writeFileAtomic(`${directory}/indirect`, "new");
    assert.equal(contentOf(world, file), "new");
    await io.writeFileAtomic(`${directory}/dangling`, "made");
    assert.equal(contentOf(world, `${directory}/not-yet`), "made");
    const looping = io.writeFileAtomic(`${directory}/loop`, "never");
    await assert.rejects(looping, refused("ELOOP", "writeFileAtomic", `${directory}/loop`));
    const names = ["dangling", "direct", "indirect", "loop", "not-yet"];
    assert.deepEqual(world.namesIn(directory).sort(), names);
    assert.equal(world.linkTargetOf(`${directory}/indirect`), "direct");
  });
}

function atomicRefusals(stage: () => Stage): void {
  test("what is no file is not replaced, and what may not be written to", async () => {
    const { io, world } = stage();
    const directory = world.makeDirectory();
    const fifo = world.makeFifo();
    const call = "writeFileAtomic";
    await assert.rejects(io.writeFileAtomic(directory, NEW), refused("EISDIR", call, directory));
    const onFifo = io.writeFileAtomic(fifo, NEW);
    await assert.rejects(onFifo, refused("ERR_UNSUPPORTED_TYPE", call, fifo));
    const missing = `${world.fresh()}/file`;
    await assert.rejects(io.writeFileAtomic(missing, NEW), refused("ENOENT", call, missing));
    assert.equal((await io.lstat(fifo)).type, "fifo");
    assertQuiet(stage());
  });

  test("a name as long as names may be", async () => {
    const { io, world } = stage();
    const path = `${world.makeDirectory()}/${"ä".repeat(127)}`;
    await io.writeFileAtomic(path, CONTENT);
    assert.equal(contentOf(world, path), CONTENT);
  });
}

function argumentCases(stage: () => Stage): void {
  const type = { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" };
  const value = { name: "TypeError", code: "ERR_INVALID_ARG_VALUE" };
  const range = { name: "RangeError", code: "ERR_OUT_OF_RANGE" };
  type Any = never;
  const wrong: readonly (readonly [expected: object, call: (stage: Stage) => unknown])[] = [
    [type, ({ io }) => io.readFile(5 as Any)],
    [value, ({ io }) => io.readFile("a\0b")],
    [type, ({ io }) => io.readFile("/", "utf8" as Any)],
    [value, ({ io }) => io.readFile("/", { encoding: "latin1" as Any })],
    [range, ({ io }) => io.readFile("/", { maxBytes: -1 })],
    [
      range,
      ({ io }) => io.readFile("/", { maxBytes: constants.MAX_STRING_LENGTH + 1, encoding: "utf8" }),
    ],
    [type, ({ io }) => io.writeFile("/", 5 as Any)],
    [value, ({ io }) => io.writeFile("/", "", { flags: "rw" })],
    [range, ({ io }) => io.writeFile("/", "", { mode: 0o10000 })],
    [type, ({ io }) => io.appendFile("/", "", { sync: 1 as Any })],
    [type, ({ io }) => io.writeFileAtomic("/", [1] as Any)],
    [range, ({ io }) => io.writeFileAtomic("/", "", { mode: -1 })],
    [type, ({ io }) => io.writeFileAtomic("/", "", { sync: "no" as Any })],
    [type, ({ io }) => io.readdir("/", { recursive: 1 as Any })],
    [value, ({ io }) => io.walk("")],
    [type, ({ io }) => io.walk("/", { recursive: null as Any, signal: 1 as Any })],
    [type, ({ io }) => io.remove("/tmp/none", { force: "yes" as Any })],
    [value, ({ io }) => io.remove("/")],
    [value, ({ io }) => io.remove("a/..", { recursive: true })],
    [value, ({ io }) => io.remove(new Uint8Array([0x2e]), { recursive: true })],
    [type, ({ io }) => io.exists({} as Any)],
    [type, ({ io }) => io.mkdir("/none", null as Any)],
    [range, ({ io }) => io.mkdir("/none", { mode: 0o10000, recursive: true })],
    [type, ({ io }) => io.mkdir("/none", 0o777, { recursive: 1 as Any })],
    [type, ({ io }) => io.mkdtemp(new Uint8Array(1) as Any)],
    [value, ({ io }) => io.mkdtemp("x".repeat(4090))],
  ];

  test("wrong arguments throw at the call, and submit nothing", () => {
    const before = submissionsOf(stage());
    for (const [expected, call] of wrong) assert.throws(() => call(stage()), expected, `${call}`);
    assert.equal(submissionsOf(stage()), before);
    assertQuiet(stage());
  });
}
