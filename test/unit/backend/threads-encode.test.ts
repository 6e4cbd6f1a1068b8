// Goal: each request that a thread does becomes the words that the shim reads.
// Method: words are read back as the shim's perform.c reads them, with scratch memory as it would
// see it; numbers and paths are drawn at random.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";

import {
  type Memory,
  NO_POSITION,
  type Part,
  type RawPath,
  SHARED_POSITION,
  type ThreadRequest,
} from "../../../src/backend/contract.ts";
import {
  CALLS,
  callOf,
  encodeCall,
  isForThreads,
  scratchBytes,
  TRANSFERS,
} from "../../../src/backend/threads/encode.ts";
import { PATH_BYTES_MAX } from "../../../src/base/limits.ts";
import { CALL_WORDS } from "../../../src/kernel/calls.ts";
import { ScratchMemory } from "../../../src/kernel/memory.ts";

const MEMORY: Memory = { byteLength: 65_536, addressLow: 0xffff_f000, addressHigh: 0x7f00 };
const ADDRESS = 0x7f00 * 2 ** 32 + 0xffff_f000;
const NO_DESCRIPTOR = -1;

const scratch = new ScratchMemory(2 * PATH_BYTES_MAX);
const base = scratch.memory.addressHigh * 2 ** 32 + scratch.memory.addressLow;

function wordsOf(request: ThreadRequest): number[] {
  const words = new Float64Array(CALL_WORDS).fill(12_345);
  encodeCall(words, request, scratchBytes(request) === 0 ? null : scratch);
  return [...words];
}

/** The path in the scratch memory, up to its NUL. */
function path(): Buffer {
  return Buffer.from(scratch.bytes.subarray(0, scratch.bytes.indexOf(0)));
}

/** Eight bytes of the scratch memory. */
function numberAt(offset: number): number {
  return Number(scratch.view.getBigUint64(offset, true));
}

const range = { fromPosition: 2 ** 40 + 1, toPosition: 7, length: 2 ** 30 };
const times = { accessedNs: 1_500_000_001n, modifiedNs: -1n, followSymlinks: false };

/** Each kind with its words, as many as it has; the rest are 0. */
const EXPECTED: readonly (readonly [ThreadRequest, readonly number[]])[] = [
  [{ kind: "readlink", path: "p" }, [base, base + 4, 4096]],
  [{ kind: "list", fd: 9, memory: MEMORY, offset: 0, length: 32_768 }, [9, ADDRESS, 32_768]],
  [{ kind: "chmod", target: 9, mode: 0o640 }, [9, 0, 0o640]],
  [{ kind: "chmod", target: "p", mode: 0o640 }, [NO_DESCRIPTOR, base, 0o640]],
  [{ kind: "chown", target: 9, uid: 1, gid: 2, followSymlinks: true }, [9, 0, 1, 2, 1]],
  [
    { kind: "chown", target: "p", uid: 0xffff_fffe, gid: 0, followSymlinks: false },
    [NO_DESCRIPTOR, base, 0xffff_fffe, 0, 0],
  ],
  // Nanoseconds are 0 or more, also before 1970.
  [{ kind: "utimes", target: 9, ...times }, [9, 0, 1, 500_000_001, -1, 999_999_999, 0]],
  [
    { kind: "utimes", target: "p", ...times, followSymlinks: true },
    [NO_DESCRIPTOR, base, 1, 500_000_001, -1, 999_999_999, 1],
  ],
  [{ kind: "copyRange", from: 3, to: 4, ...range }, [3, 4, 2 ** 40 + 1, 7, 2 ** 30]],
  [
    {
      ...{ kind: "copyFiles", from: "p", to: "q", preserve: true, memory: MEMORY, offset: 8 },
      ...{ length: 1000, namesLength: 100, resultsOffset: 104, roomOffset: 200 },
    },
    [base, base + 4, ADDRESS + 8, 100, ADDRESS + 112, ADDRESS + 208, 800, 1],
  ],
  [{ kind: "clone", from: 3, to: 4 }, [3, 4]],
  [{ kind: "seek", fd: 3, position: 2 ** 50, wants: "data" }, [3, 2 ** 50, 0]],
  [{ kind: "seek", fd: 3, position: 0, wants: "hole" }, [3, 0, 1]],
];

describe("encodeCall()", () => {
  for (const [request, expected] of EXPECTED) {
    test(`${request.kind}: the words of the call`, () => {
      const rest = new Array(CALL_WORDS - expected.length).fill(0);
      assert.deepEqual(wordsOf(request), [...expected, ...rest]);
      if (scratchBytes(request) > 0) assert.equal(path().toString(), "p");
    });
  }

  test("every kind is among them, by the shim's number", () => {
    const header = readFileSync(new URL("../../../../native/state.h", import.meta.url), "utf8");
    const names = [...header.matchAll(/^ {2}CALL_([A-Z_]+),/gm)].map(([, name]) => name);
    const { read, write } = TRANSFERS;
    const kinds = Object.entries({ ...CALLS, read, write }).sort(([, one], [, two]) => one - two);
    assert.deepEqual(
      kinds.map(([kind]) => kind.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()),
      names.slice(0, kinds.length), // Those of files come behind.
    );
    assert.deepEqual(new Set(EXPECTED.map(([{ kind }]) => kind)), new Set(Object.keys(CALLS)));
  });

  for (const [name, kind] of [
    ["read", "readv"],
    ["write", "writev"],
  ] as const) {
    test(`${name}: at a shared position it is a call, with all its parts`, () => {
      const parts = [
        { memory: MEMORY, offset: 0x2000, length: 7 },
        { memory: MEMORY, offset: 0, length: 65_536 },
      ];
      const position = SHARED_POSITION;
      for (const request of [
        { kind, fd: 9, parts, position } as const,
        { kind: name, fd: 9, ...parts[0]!, position } as const,
      ]) {
        const wanted: readonly Part[] = "parts" in request ? parts : parts.slice(0, 1);
        assert.equal(callOf(request), TRANSFERS[kind]);
        const words = new Float64Array(CALL_WORDS).fill(12_345);
        encodeCall(words, request, scratch);
        assert.deepEqual([...words], [9, base, wanted.length, 0, 0, 0, 0, 0]);
        assert.equal(scratchBytes(request), 16 * wanted.length);
        const vector = wanted.map((_, at) => [0, 8].map((by) => numberAt(16 * at + by)));
        assert.deepEqual(
          vector,
          wanted.map(({ offset, length }) => [ADDRESS + offset, length]),
        );
        assert.equal(isForThreads(request), true);
        assert.equal(isForThreads({ ...request, position: NO_POSITION }), false);
        assert.equal(isForThreads({ ...request, position: 0 }), false);
      }
    });
  }

  test("any time comes out as it went in", () => {
    const ns = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
    fc.assert(
      fc.property(ns, ns, (accessedNs, modifiedNs) => {
        const request = { kind: "utimes", target: 9, accessedNs, modifiedNs } as const;
        const words = wordsOf({ ...request, followSymlinks: true }).map((word) => BigInt(word));
        const [, , seconds = 0n, rest = 0n, others = 0n, left = 0n] = words;
        assert.equal(seconds * 1_000_000_000n + rest, accessedNs);
        assert.equal(others * 1_000_000_000n + left, modifiedNs);
        assert.ok(rest >= 0n && rest < 1_000_000_000n && left >= 0n && left < 1_000_000_000n);
      }),
    );
  });

  test("paths reach the call as UTF-8 or as given, and never need more than said", () => {
    const text = fc.string({ unit: "binary", minLength: 1, maxLength: 80 });
    const any: fc.Arbitrary<RawPath> = fc.oneof(
      text.map((it) => `${it.replaceAll("\0", "")}x`),
      fc.uint8Array({ min: 1, minLength: 1, maxLength: 200 }),
      fc.constantFrom("a".repeat(PATH_BYTES_MAX), "€".repeat(PATH_BYTES_MAX / 3)),
    );
    fc.assert(
      fc.property(any, (raw) => {
        scratch.bytes.fill(0x55);
        const request = { kind: "chmod", target: raw, mode: 0 } as const;
        wordsOf(request);
        assert.deepEqual(path(), Buffer.from(raw as string));
        const behind = scratch.bytes.subarray(scratchBytes(request));
        assert.ok(behind.every((byte) => byte === 0x55));
      }),
    );
  });
});
