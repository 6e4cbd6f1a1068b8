// Goal: what a request says is done by node:fs as a ring would, to the letter: times, errors, the
// content of small files, entries of directories, and opens that never wait.
// Method: one request at a time on a real directory, looked at with node:fs.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import type { Completion, Request } from "../../../src/backend/contract.ts";
import { errnoOf } from "../../../src/backend/portable/node-errno.ts";
import { NodeFiles } from "../../../src/backend/portable/node-files.ts";
import { errno } from "../../../src/kernel/errno.ts";
import { HeapMemory } from "../../../src/kernel/heap-memory.ts";
import { makeFifo } from "../../support/fifo.ts";
import { makeTemporary } from "../../support/temp.ts";

const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;
const linux = process.platform === "linux" ? {} : { skip: "it needs /proc" };
const temporary = makeTemporary("node-calls");

let hear: (completion: Completion) => void = () => {};
const files = new NodeFiles((_id, completion) => hear(completion));

function perform(request: Request): Promise<Completion> {
  return new Promise((resolve) => {
    hear = resolve;
    files.submit(1, request);
  });
}

const failed = (name: string): Completion => ({ kind: "failed", errno: errno(name) });

function freshFile(name: string, content = ""): string {
  const path = join(temporary, name);
  fs.writeFileSync(path, content);
  return path;
}

async function withDescriptor<T>(
  path: string,
  flags: number,
  use: (fd: number) => Promise<T>,
): Promise<T> {
  const fd = fs.openSync(path, flags);
  try {
    return await use(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Of names, in one request with so much room, or the failure. */
async function list(fd: number, length: number): Promise<string[] | Completion> {
  const memory = new HeapMemory(length);
  memory.lend();
  const done = await perform({ kind: "list", fd, memory, offset: 0, length });
  if (done.kind !== "done") return done;
  const bytes = Buffer.from(memory.kernelView().subarray(0, done.value));
  const names: string[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt16LE(at + 16)) {
    const end = bytes.indexOf(0, at + 19);
    names.push(bytes.toString("utf8", at + 19, end));
  }
  return names;
}

describe("times by node:fs", () => {
  const path = freshFile("times");
  const utimes = (ns: bigint): Promise<Completion> =>
    perform({
      kind: "utimes",
      target: path,
      accessedNs: ns,
      modifiedNs: ns,
      followSymlinks: true,
    });

  test("keep each microsecond, and whole seconds to the nanosecond", async () => {
    for (const second of [0n, 1n, 86_399n, 1_700_000_000n, 2_147_483_646n]) {
      for (const us of [0n, 1n, 123_456n, 250_001n, 333_333n, 700_007n, 999_999n]) {
        const ns = second * 1_000_000_000n + us * 1000n;
        assert.deepEqual(await utimes(ns), { kind: "done", value: 0 });
        const { mtimeNs, atimeNs } = fs.statSync(path, { bigint: true });
        assert.equal(mtimeNs / 1000n, ns / 1000n);
        assert.equal(atimeNs / 1000n, ns / 1000n);
        if (us === 0n) assert.equal(mtimeNs, ns);
      }
    }
  });

  test("before 1970 keep milliseconds", async () => {
    await utimes(-1_500_000_000n);
    assert.equal(fs.statSync(path, { bigint: true }).mtimeNs, -1_500_000_000n);
  });

  test("are told with all their digits", async () => {
    fs.utimesSync(path, 1_700_000_000.5, 1_700_000_000.25);
    const done = await perform({ kind: "stat", target: path, followSymlinks: true });
    assert.ok(done.kind === "described");
    assert.equal(done.stat.mtimeMs, 1_700_000_000_250);
    assert.equal(done.stat.mtimeNs, 1_700_000_000_250_000_000n);
    assert.equal(done.stat.ino, fs.statSync(path, { bigint: true }).ino);
  });
});

describe("errors of node:fs", () => {
  test("are errnos of Linux by name, whatever their number here", () => {
    const of = (code: string, number?: number): number =>
      errnoOf(Object.assign(new Error(code), { code, errno: number }) as NodeJS.ErrnoException);
    assert.equal(of("ENOENT", -9999), errno("ENOENT"));
    assert.equal(of("ENOTSUP", -45), errno("EOPNOTSUPP"));
    assert.equal(of("ERR_ACCESS_DENIED"), errno("EACCES"));
    assert.equal(of("EUNHEARD", -250), 250);
    assert.equal(of("ERR_INVALID_ARG_VALUE"), errno("EINVAL"));
  });

  test("are told of descriptors, too", async () => {
    assert.deepEqual(await perform({ kind: "fsync", fd: 999_999 }), failed("EBADF"));
    assert.deepEqual(await list(999_999, 512), failed("EBADF"));
    const at = 999_999;
    const request: Request = { kind: "open", path: "name", at, flags: O_RDONLY, mode: 0 };
    assert.deepEqual(await perform(request), failed("EBADF"), "and not that the name is missing");
  });
});

describe("small files by node:fs", () => {
  const readFile = (path: string): Promise<Completion> =>
    perform({ kind: "readFile", path, length: 8 });

  test("come whole, and others are handed over open, with what was read", async () => {
    for (const content of ["", "1234567"]) {
      const done = await readFile(freshFile("small", content));
      assert.ok(done.kind === "content");
      assert.equal(Buffer.from(done.bytes).toString(), content);
      assert.ok(!Buffer.isBuffer(done.bytes), "whose slices are no copies");
    }
    for (const content of ["12345678", "123456789"]) {
      const done = await readFile(freshFile("big", content));
      assert.ok(done.kind === "opened" && done.bytes !== undefined);
      assert.deepEqual([Buffer.from(done.bytes).toString(), done.isStream], ["12345678", false]);
      fs.closeSync(done.fd);
    }
  });

  test("that are none are handed over unread, as what they are", linux, async () => {
    const cases = [
      [makeFifo(temporary, "read"), true],
      ["/dev/zero", false],
      ["/dev/tty", true],
    ] as const;
    for (const [path, isStream] of cases) {
      const done = await readFile(path);
      if (path === "/dev/tty" && done.kind === "failed") continue; // There is no terminal.
      assert.ok(done.kind === "opened", path);
      assert.deepEqual([done.isStream, done.bytes], [isStream, undefined]);
      fs.closeSync(done.fd);
    }
  });
});

describe("directories by node:fs", linux, () => {
  test("are listed in parts, to the end, and anew by a new descriptor", async () => {
    const path = join(temporary, "many");
    fs.mkdirSync(path);
    const names = Array.from({ length: 20 }, (_, at) => `entry-${at}`);
    for (const name of names) fs.writeFileSync(join(path, name), "");
    const fd = fs.openSync(path, O_RDONLY);
    const seen: string[] = [];
    for (;;) {
      const part = await list(fd, 100);
      assert.ok(Array.isArray(part) && part.length <= 3);
      if (part.length === 0) break;
      seen.push(...part);
    }
    assert.deepEqual(seen.sort(), names.sort());
    await perform({ kind: "close", fd });
    fs.rmSync(join(path, "entry-0"));
    const again = fs.openSync(path, O_RDONLY);
    assert.equal(again, fd, "the number is another's");
    const anew = await list(again, 4096);
    assert.ok(Array.isArray(anew) && anew.length === 19);
    await perform({ kind: "close", fd: again });
  });

  test("whose next name has no room say so", async () => {
    const path = join(temporary, "long");
    fs.mkdirSync(path);
    fs.writeFileSync(join(path, "x".repeat(200)), "");
    await withDescriptor(path, O_RDONLY, async (fd) => {
      assert.deepEqual(await list(fd, 64), failed("EINVAL"));
      assert.deepEqual(await list(fd, 512), ["x".repeat(200)]);
      assert.deepEqual(await list(fd, 512), []);
    });
  });
});

describe("opens by node:fs", linux, () => {
  const open = (path: string, flags: number, at?: number): Promise<Completion> =>
    perform({ kind: "open", path, flags, mode: 0o600, ...(at === undefined ? {} : { at }) });

  test("without a reader have to wait, unless they must not", async () => {
    const fifo = makeFifo(temporary, "opened");
    assert.deepEqual(await open(fifo, O_WRONLY), failed("EAGAIN"));
    assert.deepEqual(await open(fifo, O_WRONLY | O_NONBLOCK), failed("ENXIO"));
    await withDescriptor(fifo, O_RDWR, async () => {
      const done = await open(fifo, O_WRONLY);
      assert.ok(done.kind === "opened" && done.isStream);
      fs.closeSync(done.fd);
    });
  });

  test("in a directory that is open follow it, and absolute paths do not", async () => {
    const directory = join(temporary, "moved");
    fs.mkdirSync(directory);
    fs.writeFileSync(join(directory, "inside"), "");
    await withDescriptor(directory, O_RDONLY, async (fd) => {
      fs.renameSync(directory, join(temporary, "elsewhere"));
      for (const path of ["inside", freshFile("absolute")]) {
        const done = await open(path, O_RDONLY, fd);
        assert.ok(done.kind === "opened" && !done.isStream);
        fs.closeSync(done.fd);
      }
      assert.deepEqual(await open("missing", O_RDONLY, fd), failed("ENOENT"));
    });
  });
});

describe("ranges by node:fs", () => {
  test("are copied as far as they go", async () => {
    const from = freshFile("from", "0123456789");
    const to = freshFile("to", "..........");
    await withDescriptor(from, O_RDONLY, (source) =>
      withDescriptor(to, O_RDWR, async (target) => {
        const copy = (fromPosition: number, toPosition: number, length: number): Request => ({
          kind: "copyRange",
          from: source,
          fromPosition,
          to: target,
          toPosition,
          length,
        });
        assert.deepEqual(await perform(copy(8, 1, 5)), { kind: "done", value: 2 });
        assert.deepEqual(await perform(copy(10, 5, 5)), { kind: "done", value: 0 });
        assert.equal(fs.readFileSync(to, "utf8"), ".89.......");
        const wrong = { ...copy(0, 0, 5), to: source } as Request;
        assert.deepEqual(await perform(wrong), failed("EBADF"));
      }),
    );
  });

  test("have no holes but the one at the end", async () => {
    await withDescriptor(freshFile("seek", "12345"), O_RDONLY, async (fd) => {
      const seek = (position: number, wants: "data" | "hole"): Promise<Completion> =>
        perform({ kind: "seek", fd, position, wants });
      assert.deepEqual(await seek(2, "data"), { kind: "done", value: 2 });
      assert.deepEqual(await seek(2, "hole"), { kind: "done", value: 5 });
      assert.deepEqual(await seek(5, "data"), failed("ENXIO"));
    });
  });
});
