// Goal: each request on files becomes the words that the shim reads, and its result what it means.
// Method: words are read back as the shim's file-calls.c reads them; results are made as it makes
// them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import {
  decodeFileCall,
  encodeFileCall,
  FILE_CALLS,
  type FileCallRequest,
  fileScratchBytes,
} from "../../../src/backend/threads/encode-files.ts";
import { SCRATCH_FILE_BYTES } from "../../../src/base/limits.ts";
import { CALL_WORDS } from "../../../src/kernel/calls.ts";
import { ScratchMemory } from "../../../src/kernel/memory.ts";
import { MEMORY, requestOf } from "./requests.ts";

const ADDRESS = 0x7f00 * 2 ** 32 + 0xffff_f000;
const AT_FDCWD = -100;
const scratch = new ScratchMemory(SCRATCH_FILE_BYTES);
const base = scratch.memory.addressHigh * 2 ** 32 + scratch.memory.addressLow;

function wordsOf(request: FileCallRequest): number[] {
  const words = new Float64Array(CALL_WORDS).fill(12_345);
  encodeFileCall(words, request, fileScratchBytes(request) === 0 ? null : scratch);
  return [...words];
}

const textAt = (address: number): string => {
  const at = address - base;
  return Buffer.from(scratch.bytes.subarray(at, scratch.bytes.indexOf(0, at))).toString();
};

const readFile = { kind: "readFile", path: "some/path", length: 65_536 } as const;
const pathBytes = (path: string): number => 3 * path.length + 1;

/** Each kind with its words, as many as it has; the rest are 0. */
const EXPECTED: readonly (readonly [FileCallRequest, readonly number[], ...string[]])[] = [
  [requestOf("open") as FileCallRequest, [AT_FDCWD, base, 0o2000101, 0o640], "some/path"],
  [{ kind: "open", path: "p", flags: 1, mode: 2, at: 9 }, [9, base, 1, 2], "p"],
  [requestOf("close") as FileCallRequest, [11]],
  [requestOf("read") as FileCallRequest, [11, ADDRESS + 0x1800, 128, 70]],
  [requestOf("write") as FileCallRequest, [11, ADDRESS + 0x1800, 128, 70]],
  [requestOf("readv") as FileCallRequest, [11, base, 2, 70]],
  [requestOf("writev") as FileCallRequest, [11, base, 2, 70]],
  [requestOf("fsync") as FileCallRequest, [11, 0]],
  [requestOf("fdatasync") as FileCallRequest, [11, 1]],
  [requestOf("truncate") as FileCallRequest, [11, 2 ** 33 + 5]],
  [requestOf("allocate") as FileCallRequest, [11, 2 ** 34 + 1, 2 ** 35 + 2, 1]],
  [requestOf("rename") as FileCallRequest, [base, base + pathBytes("from/é")], "from/é", "to"],
  [requestOf("link") as FileCallRequest, [base, base + pathBytes("from")], "from", "to"],
  [requestOf("symlink") as FileCallRequest, [base, base + pathBytes("where")], "where", "name"],
  [requestOf("mkdir") as FileCallRequest, [base, 0o750], "some/path"],
  [requestOf("unlink") as FileCallRequest, [AT_FDCWD, base, 0], "some/path"],
  [{ kind: "unlink", path: "p", isDirectory: true, at: 9 }, [9, base, 0x200], "p"],
  [requestOf("stat") as FileCallRequest, [AT_FDCWD, base + 256, 0, 0xfff, base], "some/path"],
  [{ kind: "stat", target: 9, followSymlinks: true }, [9, base + 256, 0x1000, 0xfff, base], ""],
  [
    { kind: "stat", target: "p", followSymlinks: false },
    [AT_FDCWD, base + 256, 0x100, 0xfff, base],
    "p",
  ],
  [readFile, [base + 65_536, base, 65_536], "some/path"],
];

describe("calls on files", () => {
  for (const [at, [request, words, ...texts]] of EXPECTED.entries()) {
    test(`${at}: ${request.kind} has its words`, () => {
      const all = wordsOf(request);
      assert.deepEqual(all, [...words, ...Array<number>(CALL_WORDS - words.length).fill(0)]);
      const addresses = all.filter((word) => word > base || (word === base && texts.length > 0));
      const found = addresses.map(textAt);
      for (const text of texts) assert.ok(found.includes(text), `${text} in ${found}`);
      assert.ok(fileScratchBytes(request) <= SCRATCH_FILE_BYTES);
    });
  }

  test("each kind is there, and has the shim's number", () => {
    const header = readFileSync(new URL("../../../../native/state.h", import.meta.url), "utf8");
    const list = /enum call_kind \{([^}]*)\}/.exec(header)?.[1] ?? "";
    const names = list.split(",").map((name) => name.trim());
    const SPELLED: Readonly<Record<string, string>> = {
      read: "READ_AT",
      write: "WRITE_AT",
      readv: "READ_PARTS",
      writev: "WRITE_PARTS",
      fsync: "SYNC",
      fdatasync: "SYNC",
      readFile: "READ_FILE",
    };
    for (const [kind, number] of Object.entries(FILE_CALLS)) {
      assert.equal(names[number], `CALL_${SPELLED[kind] ?? kind.toUpperCase()}`);
      assert.ok(
        EXPECTED.some(([request]) => request.kind === kind),
        kind,
      );
    }
  });
});

describe("results of calls on files", () => {
  const opened = (fd: number, count: number, isStream: boolean, waits: boolean): number =>
    2 ** 50 + (isStream ? 2 ** 49 : 0) + (waits ? 2 ** 48 : 0) + count * 2 ** 31 + fd;
  const open = requestOf("open") as FileCallRequest;

  test("an open tells the descriptor, and whether it is a stream", () => {
    for (const fd of [0, 3, 2 ** 20, 2 ** 31 - 1]) {
      for (const [isStream, waits] of [
        [true, true],
        [true, false],
        [false, true],
        [false, false],
      ] as const) {
        const result = opened(fd, 0, isStream, waits);
        assert.deepEqual(decodeFileCall(open, result, scratch), { kind: "opened", fd, isStream });
      }
    }
    const failed = decodeFileCall(open, -2, scratch);
    assert.deepEqual(failed, { kind: "failed", errno: 2 });
  });

  test("a file that was read whole is its content, any other is open, with what was read", () => {
    scratch.bytes.fill(0x61, 0, 65_536);
    for (const count of [0, 1, 65_535]) {
      const content = decodeFileCall(readFile, count, scratch);
      assert.ok(content.kind === "content");
      assert.equal(Buffer.from(content.bytes).toString(), "a".repeat(count));
    }
    const rest = decodeFileCall(readFile, opened(9, 65_536, false, false), scratch);
    assert.ok(rest.kind === "opened" && rest.bytes !== undefined);
    assert.deepEqual([rest.fd, rest.isStream, rest.bytes.byteLength], [9, false, 65_536]);
  });

  test("what is transferred is counted", () => {
    const read = {
      kind: "read",
      fd: 3,
      memory: MEMORY,
      offset: 0,
      length: 9,
      position: 0,
    } as const;
    assert.deepEqual(decodeFileCall(read, 7, null), { kind: "done", value: 7 });
  });
});
