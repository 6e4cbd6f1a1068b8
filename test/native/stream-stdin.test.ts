// Goal: what a program inherits stays as it was: flags, position, order of what several processes
// write, and the life of the process as everybody expects it.
// Method: child processes with standard streams of each kind, shared with this one, which looks at
// them before, meanwhile and after.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { type DescriptorDescription, loadDescriptors } from "../../src/kernel/descriptors.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";
import { noRing } from "./ring-available.ts";
import { runStreamChild } from "./stream-run.ts";

const { O_APPEND, O_CREAT, O_NONBLOCK, O_RDWR, O_WRONLY } = fs.constants;
const LINES = 2000;
const temporary: string = makeTemporary("stream-stdin");
const descriptors = loadDescriptors();

function isNonBlocking(fd: number): boolean {
  const described = descriptors?.describe(fd);
  assert.ok(typeof described === "object");
  return (described as DescriptorDescription).isNonBlocking;
}

/** A pipe whose open files a child shares with us. */
function makePipe(): { reader: number; writer: number } {
  const made = descriptors?.pipe();
  assert.ok(typeof made === "object");
  return made;
}

let fifos = 0;

function fifo(): string {
  return makeFifo(temporary, `fifo-${fifos++}`);
}

function file(name: string, text = ""): string {
  const path = join(temporary, name);
  fs.writeFileSync(path, text);
  return path;
}

describe("what is shared keeps its flags", { skip: noRing }, () => {
  test("a pipe that waits goes on to wait, before, while and after it is read", async () => {
    const { reader, writer } = makePipe();
    assert.equal(isNonBlocking(reader), false);
    const { heard, ended } = runStreamChild("shared", [reader, "ignore", "inherit"]);
    assert.equal(await heard("reading"), "reading fifo");
    assert.equal(isNonBlocking(reader), false);
    fs.writeSync(writer, "line\n");
    await heard("got line");
    await heard("late ETIMEDOUT");
    assert.equal(isNonBlocking(reader), false);
    assert.equal((await ended).end, 0);
    assert.equal(isNonBlocking(reader), false);
    descriptors?.close(reader);
    descriptors?.close(writer);
  });

  test("one that does not wait stays so, and reading it waits all the same", async () => {
    const path = fifo();
    const both = fs.openSync(path, O_RDWR | O_NONBLOCK);
    const stdio = ["ignore", "ignore", "inherit", both];
    const { heard, ended } = runStreamChild("sharedAs", stdio, "4");
    await heard("reading");
    assert.equal(isNonBlocking(both), true);
    fs.writeSync(both, "line\n");
    await heard("got line");
    assert.equal((await ended).end, 0);
    assert.equal(isNonBlocking(both), true);
    fs.closeSync(both);
  });

  test("next to process.stdin, each byte reaches one of both, and both go on", async () => {
    const { reader, writer } = makePipe();
    const { heard, ended } = runStreamChild("beside", [reader, "ignore", "inherit"]);
    await heard("waiting");
    fs.writeSync(writer, "for node\n");
    await heard("node for node");
    await heard("reading");
    fs.writeSync(writer, "for us\n");
    await heard("ours for us");
    descriptors?.close(writer);
    descriptors?.close(reader);
    assert.equal((await ended).end, 0);
  });
});

describe("stdin() of each kind", { skip: noRing }, () => {
  test("a regular file: from where it is, and everybody's position moves along", async () => {
    const fd = fs.openSync(file("input", "0123456789"), "r");
    fs.readSync(fd, Buffer.alloc(2));
    const { ended } = runStreamChild("exactly", [fd, "ignore", "inherit"], "3");
    assert.deepEqual((await ended).said, ["file 234"]);
    const rest = Buffer.alloc(10);
    assert.equal(rest.toString("utf8", 0, fs.readSync(fd, rest)), "56789");
    fs.closeSync(fd);
  });

  test("a regular file to its end, line by line", async () => {
    const fd = fs.openSync(file("lines", "one\ntwo\nthree"), "r");
    const { ended } = runStreamChild("lines", [fd, "ignore", "inherit"]);
    assert.deepEqual(await ended, { end: 0, said: ["one", "two", "three"] });
    fs.closeSync(fd);
  });

  test("a socket, as Node gives to its children", async () => {
    const { child, ended } = runStreamChild("lines", ["pipe", "ignore", "inherit"]);
    child.stdin?.end("one\ntwo\n");
    assert.deepEqual(await ended, { end: 0, said: ["one", "two"] });
  });

  test("/dev/null is at its end", async () => {
    const { ended } = runStreamChild("lines", ["ignore", "ignore", "inherit"]);
    assert.deepEqual(await ended, { end: 0, said: [] });
  });
});

describe("the life of the process", { skip: noRing }, () => {
  test("a pending read holds it until there is an answer", async () => {
    const { reader, writer } = makePipe();
    const { heard, ended } = runStreamChild("holds", [reader, "ignore", "inherit"]);
    await heard("reading");
    fs.writeSync(writer, "abc");
    assert.deepEqual(await ended, { end: 0, said: ["reading", "got 3"] });
    descriptors?.close(reader);
    descriptors?.close(writer);
  });

  test("unref() lets it go, and ref() holds it again", async () => {
    const { reader, writer } = makePipe();
    const gone = await runStreamChild("unref", [reader, "ignore", "inherit"]).ended;
    assert.deepEqual(gone, { end: 0, said: ["reading"] });
    const { heard, ended } = runStreamChild("refAgain", [reader, "ignore", "inherit"]);
    await heard("reading");
    fs.writeSync(writer, "ok");
    assert.deepEqual(await ended, { end: 0, said: ["reading", "got ok"] });
    descriptors?.close(reader);
    descriptors?.close(writer);
  });

  test("process.exit() with a read pending ends at once; its bytes are for others", async () => {
    const { reader, writer } = makePipe();
    const path = join(temporary, "bye");
    const out = fs.openSync(path, "w");
    const { ended } = runStreamChild("exit", [reader, out, "inherit"]);
    assert.deepEqual(await ended, { end: 7, said: ["exiting"] });
    assert.equal(fs.readFileSync(path, "utf8"), "bye");
    fs.writeSync(writer, "for others");
    const rest = Buffer.alloc(20);
    assert.equal(fs.readSync(reader, rest), 10);
    fs.closeSync(out);
    descriptors?.close(reader);
    descriptors?.close(writer);
  });

  test("drain() ends a unit that waits", async () => {
    const { reader, writer } = makePipe();
    const { ended } = runStreamChild("drain", [reader, "ignore", "inherit"]);
    assert.deepEqual((await ended).said, ["0 held, ABORT_ERR"]);
    descriptors?.close(reader);
    descriptors?.close(writer);
  });
});

describe("stdout() and stderr()", { skip: noRing }, () => {
  for (const [kind, flags] of [
    ["appending", O_APPEND],
    ["shared by its position", 0],
  ] as const) {
    test(`two processes write to one file, ${kind}: every line is there, in order`, async () => {
      const path = join(temporary, `out-${flags}`);
      const out = fs.openSync(path, O_WRONLY | O_CREAT | flags);
      const names = ["first", "second"];
      await Promise.all(
        names.map(async (name) => {
          const { ended } = runStreamChild("writeLines", ["ignore", out, "inherit"], name);
          assert.equal((await ended).end, 0);
        }),
      );
      fs.closeSync(out);
      const lines = fs.readFileSync(path, "utf8").split("\n").slice(0, -1);
      assert.equal(lines.length, 2 * LINES);
      for (const name of names) {
        const own = lines.filter((line) => line.startsWith(name));
        assert.equal(own.length, LINES);
        assert.deepEqual(own, own.toSorted());
      }
    });
  }

  test("both to one file that nobody appends to: in the order of the writes", async () => {
    const path = join(temporary, "both");
    const out = fs.openSync(path, "w");
    fs.writeSync(out, "zero ");
    const { ended } = runStreamChild("both", ["ignore", out, out]);
    assert.equal((await ended).end, 0);
    fs.writeSync(out, " four");
    fs.closeSync(out);
    assert.equal(fs.readFileSync(path, "utf8"), "zero one two three four");
  });

  for (const way of ["fromFd", "openStream", "open"]) {
    test(`${way}: a terminal that takes no more freezes nobody, and can be stopped`, async () => {
      const { ended } = runStreamChild("terminal", ["ignore", "ignore", "inherit"], way);
      assert.deepEqual(await ended, {
        end: 0,
        said: ["submitted submitted", "canceled true canceled", "ours waits: true"],
      });
    });
  }

  test("nobody reads any more: EPIPE, and no signal", async () => {
    const { reader, writer } = makePipe();
    const { ended } = runStreamChild("broken", ["ignore", writer, "inherit"]);
    descriptors?.close(reader);
    assert.deepEqual(await ended, { end: 0, said: ["pipe EPIPE,EPIPE", "fifo EPIPE"] });
    descriptors?.close(writer);
  });

  test("the same of a socket", async () => {
    const { child, ended } = runStreamChild("broken", ["ignore", "pipe", "inherit"]);
    child.stdout?.destroy();
    assert.deepEqual(await ended, { end: 0, said: ["pipe EPIPE,EPIPE", "socket EPIPE"] });
  });
});
