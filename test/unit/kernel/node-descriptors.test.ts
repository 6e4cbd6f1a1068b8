// Goal: without the shim, descriptors of others are served as far as Node can, their open files are
// never changed, and what cannot be served says so.
// Method: files, FIFOs and directories of the real kernel, described and opened anew.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import { errno } from "../../../src/kernel/errno.ts";
import { isToClose, NODE_DESCRIPTORS } from "../../../src/kernel/node-descriptors.ts";
import { makeFifo } from "../../support/fifo.ts";
import { makeTemporary } from "../../support/temp.ts";

const { O_APPEND, O_NONBLOCK, O_RDONLY, O_RDWR } = fs.constants;
const linux = process.platform === "linux" ? {} : { skip: "it needs /proc" };
const temporary = makeTemporary("node-descriptors");
const opened: number[] = [];

after(() => {
  for (const fd of opened) fs.closeSync(fd);
});

function opening(path: string, flags: number): number {
  const fd = fs.openSync(path, flags);
  opened.push(fd);
  return fd;
}

function freshFile(name: string): string {
  const path = join(temporary, name);
  fs.writeFileSync(path, "content");
  return path;
}

describe("descriptors without the shim", linux, () => {
  test("are described by kind, access and flags", () => {
    const fifo = makeFifo(temporary, "described");
    const cases = [
      [freshFile("file"), O_RDONLY, "file", "r", false],
      [freshFile("appended"), fs.constants.O_WRONLY | O_APPEND, "file", "w", false],
      [fifo, O_RDWR | O_NONBLOCK, "fifo", "r+", true],
      [temporary, O_RDONLY, "directory", "r", false],
      ["/dev/null", O_RDWR, "character", "r+", false],
    ] as const;
    for (const [path, flags, kind, accessMode, isNonBlocking] of cases) {
      const described = NODE_DESCRIPTORS.describe(opening(path, flags));
      assert.deepEqual(described, { kind, accessMode, isNonBlocking, name: path });
    }
    assert.equal(NODE_DESCRIPTORS.describe(999_999), -errno("EBADF"));
  });

  test("a FIFO is duplicated by an open file of its own, which does not wait", () => {
    const given = opening(makeFifo(temporary, "shared"), O_RDWR);
    const own = NODE_DESCRIPTORS.duplicate(given);
    assert.ok(own >= 0 && own !== given);
    assert.throws(() => fs.readSync(own, new Uint8Array(1)), { code: "EAGAIN" });
    const description = NODE_DESCRIPTORS.describe(given);
    assert.ok(typeof description === "object" && !description.isNonBlocking, "that of others");
    fs.writeSync(own, "x");
    const byte = new Uint8Array(1);
    assert.equal(fs.readSync(given, byte), 1);
    assert.equal(NODE_DESCRIPTORS.close(own), 0);
    assert.equal(NODE_DESCRIPTORS.close(own), -errno("EBADF"));
  });

  test("a file's position would not be shared: it is refused", () => {
    const given = opening(freshFile("position"), O_RDONLY);
    assert.equal(NODE_DESCRIPTORS.duplicate(given), -errno("EOPNOTSUPP"));
    assert.equal(NODE_DESCRIPTORS.duplicate(999_999), -errno("EBADF"));
  });

  test("only terminals are opened anew as such, and no master of one", () => {
    const given = opening(makeFifo(temporary, "no-terminal"), O_RDWR);
    assert.equal(NODE_DESCRIPTORS.reopen(given), -errno("ENOTTY"));
    const master = opening("/dev/ptmx", O_RDWR | fs.constants.O_NOCTTY);
    assert.equal(NODE_DESCRIPTORS.duplicate(master), -errno("EOPNOTSUPP"));
  });

  test("a descriptor that a handle made is its to close", () => {
    assert.equal(isToClose(opening(freshFile("own"), O_RDONLY)), true);
  });

  test("what Node has no call for says so", () => {
    const { pipe, eventfd, timerfd, inotify } = NODE_DESCRIPTORS;
    const refusals = [pipe(), eventfd(0n as never, false), timerfd(0 as never), inotify()];
    assert.deepEqual(refusals, new Array(4).fill(-errno("EOPNOTSUPP")));
  });
});
