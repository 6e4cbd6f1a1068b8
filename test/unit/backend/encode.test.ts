// Goal: each request becomes the submission entry that linux/io_uring.h describes.
// Method: entries are read back by their layout in the header, with scratch memory as the kernel
// would see it; numbers and paths are drawn at random.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import { RING_KINDS } from "../../../src/backend/capabilities.ts";
import type { RawPath, RingRequest } from "../../../src/backend/contract.ts";
import { scratchBytes } from "../../../src/backend/scratch-data.ts";
import { encode, encodeCancel, type Run } from "../../../src/backend/uring/encode.ts";
import { PATH_BYTES_MAX, SCRATCH_BIG_BYTES } from "../../../src/base/limits.ts";
import { ScratchMemory } from "../../../src/kernel/memory.ts";
import { O_NONBLOCK } from "../../../src/kernel/open-flags.ts";
import { MEMORY, requestOf } from "./requests.ts";

const MEMORY_ADDRESS = (BigInt(MEMORY.addressHigh) << 32n) + BigInt(MEMORY.addressLow);
const AT_FDCWD = -100;

interface Entry {
  readonly opcode: number;
  readonly flags: number;
  readonly ioprio: number;
  readonly fd: number;
  readonly off: bigint;
  readonly addr: bigint;
  readonly len: number;
  readonly opFlags: number;
  readonly userData: bigint;
  readonly rest: readonly number[];
}

const scratch = new ScratchMemory(SCRATCH_BIG_BYTES);
const base = BigInt(scratch.memory.addressLow) + (BigInt(scratch.memory.addressHigh) << 32n);

/** Encodes into the second of three entries full of rubbish. */
function entryOf(request: RingRequest, run: Run = "at once"): Entry {
  const sqes = new Uint32Array(3 * 16).fill(0xdead_beef);
  encode(sqes, 16, request, scratch, run, 0x1234, 0xffff_fffe);
  assert.ok(
    sqes.subarray(0, 16).every((word) => word === 0xdead_beef),
    "entry before untouched",
  );
  assert.ok(
    sqes.subarray(32).every((word) => word === 0xdead_beef),
    "entry behind untouched",
  );
  return parse(sqes, 16);
}

function parse(sqes: Uint32Array, at: number): Entry {
  const view = new DataView(sqes.buffer, at * 4, 64);
  return {
    opcode: view.getUint8(0),
    flags: view.getUint8(1),
    ioprio: view.getUint16(2, true),
    fd: view.getInt32(4, true),
    off: view.getBigUint64(8, true),
    addr: view.getBigUint64(16, true),
    len: view.getUint32(24, true),
    opFlags: view.getUint32(28, true),
    userData: view.getBigUint64(32, true),
    rest: [...sqes.subarray(at + 10, at + 16)],
  };
}

/** The path at an address, up to its NUL. */
function pathAt(address: bigint): Buffer {
  const start = Number(address - base);
  assert.ok(start >= 0 && start < SCRATCH_BIG_BYTES, "the path is in the scratch memory");
  return Buffer.from(scratch.bytes.subarray(start, scratch.bytes.indexOf(0, start)));
}

const WORDS: Readonly<Record<RingRequest["kind"], Partial<Entry>>> = {
  nop: { opcode: 0, fd: 0, off: 0n, addr: 0n, len: 0 },
  readv: { opcode: 1, fd: 11, off: 70n, addr: base, len: 2 },
  writev: { opcode: 2, fd: 11, off: 70n, addr: base, len: 2 },
  fsync: { opcode: 3, fd: 11, off: 0n, addr: 0n, len: 0, opFlags: 0 },
  fdatasync: { opcode: 3, fd: 11, off: 0n, addr: 0n, len: 0, opFlags: 1 },
  poll: { opcode: 6, fd: 11, off: 0n, addr: 0n, len: 0, opFlags: 5 },
  allocate: { opcode: 17, fd: 11, off: 2n ** 34n + 1n, addr: 2n ** 35n + 2n, len: 1 },
  open: { opcode: 18, fd: AT_FDCWD, off: 0n, len: 0o640, opFlags: 0o2004101 }, // With O_NONBLOCK.
  close: { opcode: 19, fd: 11, off: 0n, addr: 0n, len: 0 },
  stat: { opcode: 21, fd: AT_FDCWD, len: 0xfff, opFlags: 0, off: base },
  read: { opcode: 22, fd: 11, off: 70n, addr: MEMORY_ADDRESS + 0x1800n, len: 128 },
  write: { opcode: 23, fd: 11, off: 70n, addr: MEMORY_ADDRESS + 0x1800n, len: 128 },
  rename: { opcode: 35, fd: AT_FDCWD, len: AT_FDCWD >>> 0, opFlags: 0 },
  unlink: { opcode: 36, fd: AT_FDCWD, len: 0, opFlags: 0 },
  mkdir: { opcode: 37, fd: AT_FDCWD, len: 0o750, opFlags: 0 },
  symlink: { opcode: 38, fd: AT_FDCWD, len: 0, opFlags: 0 },
  link: { opcode: 39, fd: AT_FDCWD, len: AT_FDCWD >>> 0, opFlags: 0 },
  truncate: { opcode: 55, fd: 11, off: 2n ** 33n + 5n, addr: 0n, len: 0 },
};

describe("encode()", () => {
  for (const kind of RING_KINDS) {
    test(`${kind}: the words of the entry`, () => {
      const entry = entryOf(requestOf(kind));
      for (const [name, value] of Object.entries(WORDS[kind])) {
        assert.equal(entry[name as keyof Entry], value, name);
      }
      assert.equal(entry.userData, 0xffff_fffe_0000_1234n);
      assert.deepEqual([entry.flags, entry.ioprio], [0, 0]);
      assert.deepEqual(entry.rest, [0, 0, 0, 0, 0, 0]);
    });
  }

  test("who runs it has its own byte, and only an open that may wait does", () => {
    const runs = (["at once", "elsewhere", "waiting"] as const).map((run) => {
      const { opcode, flags, ioprio, opFlags } = entryOf(requestOf("open"), run);
      return [opcode, flags, ioprio, (opFlags & O_NONBLOCK) !== 0];
    });
    assert.deepEqual(runs, [
      [18, 0, 0, true],
      [18, 16, 0, true],
      [18, 16, 0, false],
    ]);
  });

  test("unlink of a directory, stat without following, stat of a descriptor", () => {
    assert.equal(entryOf({ kind: "unlink", path: "d", isDirectory: true }).opFlags, 0x200);
    const stat = entryOf({ kind: "stat", target: "l", followSymlinks: false });
    assert.equal(stat.opFlags, 0x100);
    const fstat = entryOf({ kind: "stat", target: 9, followSymlinks: true });
    assert.deepEqual([fstat.fd, fstat.opFlags, pathAt(fstat.addr).length], [9, 0x1000, 0]);
  });

  test("open and unlink begin in the directory that is given", () => {
    assert.equal(entryOf({ kind: "open", path: "n", flags: 0, mode: 0, at: 12 }).fd, 12);
    assert.equal(entryOf({ kind: "unlink", path: "n", isDirectory: true, at: 0 }).fd, 0);
  });

  test("allocate without keepSize has no mode", () => {
    const request = { kind: "allocate", fd: 1, offset: 0, length: 1, keepSize: false } as const;
    assert.equal(entryOf(request).len, 0);
  });

  test("no position is all ones: the descriptor's own, or none", () => {
    const request = { ...requestOf("read"), position: -1 } as RingRequest;
    assert.equal(entryOf(request).off, 0xffff_ffff_ffff_ffffn);
  });

  test("any position, length, offset and address come out as they went in", () => {
    const word = fc.integer({ min: 0, max: 0xffff_ffff });
    const safe = fc.maxSafeNat();
    fc.assert(
      fc.property(safe, word, word, word, word, (position, low, high, offset, length) => {
        const memory = { byteLength: length, addressLow: low, addressHigh: high % 0x8000 };
        const entry = entryOf({ kind: "read", fd: 1, memory, offset, length, position });
        assert.equal(entry.off, BigInt(position));
        const address = (BigInt(memory.addressHigh) << 32n) + BigInt(low) + BigInt(offset);
        assert.equal(entry.addr, address);
        assert.equal(entry.len, length);
        assert.equal(entryOf({ kind: "truncate", fd: 1, length: position }).off, BigInt(position));
      }),
    );
  });

  test("vectors: base and length of each part, 16 bytes apart", () => {
    const part = fc.record({
      memory: fc.record({
        byteLength: fc.constant(1 << 30),
        addressLow: fc.integer({ min: 0, max: 0xffff_ffff }),
        addressHigh: fc.integer({ min: 0, max: 0x7fff }),
      }),
      offset: fc.integer({ min: 0, max: 0x7fff_f000 }),
      length: fc.integer({ min: 0, max: 0x7fff_f000 }),
    });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 40 }), (parts) => {
        const entry = entryOf({ kind: "readv", fd: 1, parts, position: 0 });
        assert.equal(entry.len, parts.length);
        parts.forEach(({ memory, offset, length }, index) => {
          const address = (BigInt(memory.addressHigh) << 32n) + BigInt(memory.addressLow + offset);
          assert.equal(scratch.view.getBigUint64(index * 16, true), address);
          assert.equal(scratch.view.getBigUint64(index * 16 + 8, true), BigInt(length));
        });
      }),
    );
  });
});

describe("paths", () => {
  const text = fc.string({ unit: "binary", minLength: 1, maxLength: 80 });
  const path: fc.Arbitrary<RawPath> = fc.oneof(
    text.map((it) => `${it.replaceAll("\0", "")}x`),
    fc.uint8Array({ min: 1, minLength: 1, maxLength: 200 }),
  );
  const bytesOf = (it: RawPath): Buffer => Buffer.from(it as string);

  test("reach the kernel as UTF-8 or as given, with a NUL behind", () => {
    fc.assert(
      fc.property(path, path, (one, two) => {
        for (const request of [
          { kind: "open", path: one, flags: 0, mode: 0 },
          { kind: "unlink", path: one, isDirectory: false },
          { kind: "mkdir", path: one, mode: 0 },
          { kind: "stat", target: one, followSymlinks: true },
        ] as const) {
          assert.deepEqual(pathAt(entryOf(request).addr), bytesOf(one));
        }
        for (const request of [
          { kind: "rename", from: one, to: two },
          { kind: "link", from: one, to: two },
          { kind: "symlink", target: one, path: two },
        ] as const) {
          const entry = entryOf(request);
          assert.deepEqual(pathAt(entry.addr), bytesOf(one));
          assert.deepEqual(pathAt(entry.off), bytesOf(two));
        }
      }),
    );
  });

  test("the answer of stat has room before the path, and is aligned", () => {
    const entry = entryOf({ kind: "stat", target: "abc", followSymlinks: true });
    assert.equal(entry.off, base);
    assert.equal(entry.off % 8n, 0n);
    assert.ok(entry.addr >= entry.off + 256n);
  });

  test("never need more than scratchBytes() says", () => {
    fc.assert(
      fc.property(path, path, (from, to) => {
        const request = { kind: "rename", from, to } as const;
        const bytes = scratchBytes(request);
        scratch.bytes.fill(0x55);
        entryOf(request);
        assert.ok(scratch.bytes.subarray(bytes).every((byte) => byte === 0x55));
      }),
    );
  });

  test("one path of the greatest length fits into scratch memory", () => {
    for (const unit of ["a", "é", "€"]) {
      const count = Math.floor(PATH_BYTES_MAX / Buffer.byteLength(unit));
      const path = unit.repeat(count);
      for (const request of [
        { kind: "open", path, flags: 0, mode: 0 },
        { kind: "stat", target: path, followSymlinks: true },
      ] as const) {
        assert.ok(scratchBytes(request) <= SCRATCH_BIG_BYTES, `${request.kind} of ${unit}`);
      }
    }
  });
});

test("encodeCancel() names its target by both words", () => {
  const sqes = new Uint32Array(32).fill(0xdead_beef);
  encodeCancel(sqes, 16, 0x8765_4321 >>> 0, 0xfedc_ba98, 0x8000_0005);
  const entry = parse(sqes, 16);
  assert.equal(entry.opcode, 14);
  assert.equal(entry.fd, -1);
  assert.equal(entry.addr, 0xfedc_ba98_8765_4321n);
  assert.equal(entry.userData, 0xfedc_ba98_8000_0005n);
  assert.deepEqual([entry.off, entry.len, entry.opFlags, entry.flags], [0n, 0, 0, 0]);
  assert.deepEqual(entry.rest, [0, 0, 0, 0, 0, 0]);
});
