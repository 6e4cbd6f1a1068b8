// Goal: each result word of a completion is a value, an error, a cancel, an interruption or our
// bug.
// Method: all 32-bit integers are fair game for every kind of request; statx answers are written
// by the layout of linux/stat.h.

import assert from "node:assert/strict";
import { fstatSync, statSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";

import { RING_KINDS } from "../../../src/backend/capabilities.ts";
import type { RingRequest } from "../../../src/backend/contract.ts";
import { decode } from "../../../src/backend/uring/decode.ts";
import { ScratchMemory } from "../../../src/kernel/memory.ts";
import { requestOf } from "./requests.ts";

const scratch = new ScratchMemory(1024);
const kinds = fc.constantFrom<RingRequest["kind"]>(...RING_KINDS);

function lengthOf(request: RingRequest): number {
  if (request.kind === "read" || request.kind === "write") return request.length;
  if (request.kind === "readv" || request.kind === "writev") {
    return request.parts.reduce((sum, part) => sum + part.length, 0);
  }
  return Number.POSITIVE_INFINITY;
}

describe("decode()", () => {
  test("is total: every int32 for every kind", () => {
    fc.assert(
      fc.property(kinds, fc.integer(), (kind, result) => {
        const request = requestOf(kind);
        let decoded: unknown;
        try {
          decoded = decode(request, result, scratch, () => true);
        } catch (error) {
          assert.equal((error as Error).name, "InvariantError");
          assert.ok(result < -4095 || result > lengthOf(request), `${kind} ${result} is no bug`);
          return;
        }
        assert.ok(decoded !== undefined);
        if (result >= 0) assert.ok(result <= lengthOf(request));
      }),
      { numRuns: 20_000, examples: RING_KINDS.map((kind) => [kind, -(2 ** 31)]) },
    );
  });

  test("errors: canceled, interrupted, or failed with their number", () => {
    for (const kind of RING_KINDS) {
      for (let errno = 1; errno <= 4095; errno++) {
        const decoded = decode(requestOf(kind), -errno, scratch, () => true);
        if (errno === 125) assert.deepEqual(decoded, { kind: "canceled" });
        else if (errno === 4 || (errno >= 512 && errno <= 516)) {
          assert.equal(decoded, "interrupted");
        } else assert.deepEqual(decoded, { kind: "failed", errno });
      }
    }
  });

  test("counts: up to what was asked for, and a bug beyond", () => {
    for (const kind of ["read", "write", "readv", "writev"] as const) {
      const request = requestOf(kind);
      for (const count of [0, 1, 128]) {
        assert.deepEqual(
          decode(request, count, null, () => true),
          { kind: "done", value: count },
        );
      }
      assert.throws(() => decode(request, 129, null, () => true), { name: "InvariantError" });
    }
  });

  test("an open says whether the descriptor is a stream", () => {
    const request = requestOf("open");
    const asked: number[] = [];
    const isSeekable = (fd: number): boolean => {
      asked.push(fd);
      return fd !== 5;
    };
    assert.deepEqual(decode(request, 0, null, isSeekable), {
      kind: "opened",
      fd: 0,
      isStream: false,
    });
    assert.deepEqual(decode(request, 5, null, isSeekable), {
      kind: "opened",
      fd: 5,
      isStream: true,
    });
    assert.deepEqual(asked, [0, 5]);
    assert.equal((decode(request, -2, null, isSeekable) as { kind: string }).kind, "failed");
    assert.equal(asked.length, 2, "a failed open has no descriptor to ask about");
  });
});

describe("statx", () => {
  function write(fields: Readonly<Record<string, bigint>>): void {
    const { view } = scratch;
    scratch.bytes.fill(0xee);
    const put = (at: number, bytes: number, name: string): void => {
      const value = fields[name] ?? 0n;
      if (bytes === 2) view.setUint16(at, Number(value), true);
      else if (bytes === 4) view.setUint32(at, Number(value), true);
      else view.setBigUint64(at, BigInt.asUintN(64, value), true);
    };
    for (const [at, bytes, name] of [
      [4, 4, "blksize"],
      [16, 4, "nlink"],
      [20, 4, "uid"],
      [24, 4, "gid"],
      [28, 2, "mode"],
      [32, 8, "ino"],
      [40, 8, "size"],
      [48, 8, "blocks"],
      [64, 8, "atime"],
      [72, 4, "atimeNs"],
      [80, 8, "btime"],
      [88, 4, "btimeNs"],
      [96, 8, "ctime"],
      [104, 4, "ctimeNs"],
      [112, 8, "mtime"],
      [120, 4, "mtimeNs"],
      [128, 4, "rdevMajor"],
      [132, 4, "rdevMinor"],
      [136, 4, "devMajor"],
      [140, 4, "devMinor"],
    ] as const) {
      put(at, bytes, name);
    }
  }

  function statOf(fields: Readonly<Record<string, bigint>>) {
    write(fields);
    const decoded = decode(requestOf("stat"), 0, scratch, () => true);
    assert.ok(decoded !== "interrupted" && decoded.kind === "described");
    return decoded.stat;
  }

  test("each field comes from its place", () => {
    const stat = statOf({
      blksize: 4096n,
      nlink: 3n,
      uid: 0xffff_ffffn,
      gid: 12n,
      mode: 0o100644n,
      ino: 2n ** 63n + 1n,
      size: 2n ** 50n,
      blocks: 77n,
      atime: 1n,
      atimeNs: 500_000_000n,
      btime: -1n,
      btimeNs: 250_000_000n,
      ctime: 3n,
      mtime: 4n,
      mtimeNs: 1n,
      rdevMajor: 0n,
      rdevMinor: 0n,
      devMajor: 8n,
      devMinor: 1n,
    });
    assert.deepEqual(stat, {
      blksize: 4096,
      nlink: 3,
      uid: 0xffff_ffff,
      gid: 12,
      mode: 0o100644,
      ino: 2n ** 63n + 1n,
      size: 2 ** 50,
      blocks: 77,
      atimeMs: 1500,
      birthtimeMs: -750,
      ctimeMs: 3000,
      mtimeMs: 4000.000001,
      atimeNs: 1_500_000_000n,
      mtimeNs: 4_000_000_001n,
      rdev: 0n,
      dev: 0x801n,
    });
  });

  test("device numbers are those of stat(2)", () => {
    const { rdev } = statSync("/dev/null", { bigint: true });
    assert.equal(statOf({ rdevMajor: 1n, rdevMinor: 3n }).rdev, rdev);
    const { dev } = fstatSync(0, { bigint: true });
    assert.equal(statOf({ devMajor: dev >> 8n, devMinor: dev & 0xffn }).dev, dev);
    // glibc's gnu_dev_makedev of big numbers, worked out by hand.
    const big = { rdevMajor: 0x1234_5678n, rdevMinor: 0x9abc_def0n };
    assert.equal(statOf(big).rdev, 0x1234_59ab_cde6_78f0n);
  });

  test("a stat without scratch memory is our bug", () => {
    assert.throws(() => decode(requestOf("stat"), 0, null, () => true), {
      name: "InvariantError",
    });
  });
});
