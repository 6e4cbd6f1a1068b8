// Goal: a directory is told as the kernel has it: every name once, however the answers are cut.
// Method: records in the kernel's layout, of names drawn at random; and a directory of the
// simulated kernel, asked with too little room for all.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import { recordsOf } from "../../../src/api/directory-entry.ts";
import { listFile } from "../../../src/api/file-work.ts";
import { IoBuffer } from "../../../src/index.ts";
import { simulateSeeds } from "../../../src/testing.ts";

/** struct linux_dirent64, with rubbish where nobody looks. */
function encode(name: Uint8Array, type: number): Buffer {
  const record = Buffer.alloc(Math.ceil((19 + name.byteLength + 1) / 8) * 8, 0xee);
  record.writeUInt16LE(record.byteLength, 16);
  record.writeUInt8(type, 18);
  record.set(name, 19);
  record[19 + name.byteLength] = 0;
  return record;
}

const TYPES = [
  [0, "unknown"],
  [1, "fifo"],
  [2, "char"],
  [4, "directory"],
  [6, "block"],
  [8, "file"],
  [10, "symlink"],
  [12, "socket"],
  [14, "unknown"],
] as const;

describe("recordsOf()", () => {
  test("types by the kernel's numbers, and no dots", () => {
    const records = TYPES.map(([number]) => encode(Buffer.from("name"), number));
    const dots = [".", "..", "...", ".a"].map((name) => encode(Buffer.from(name), 4));
    const found = recordsOf(Buffer.concat([...dots, ...records]));
    assert.deepEqual(
      found.map(({ name }) => name),
      ["...", ".a", ...TYPES.map(() => "name")],
    );
    assert.deepEqual(
      found.slice(2).map(({ type }) => type),
      TYPES.map(([, type]) => type),
    );
    assert.deepEqual(recordsOf(new Uint8Array(0)), []);
  });

  test("any names: text if they are, else their bytes", () => {
    const bytes = fc.uint8Array({ min: 1, minLength: 1, maxLength: 255 });
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
    const name = fc.oneof(
      bytes,
      text.map((it) => new Uint8Array(Buffer.from(it.replaceAll("\0", "x")))),
    );
    fc.assert(
      fc.property(fc.array(name), (names) => {
        const wanted = names.filter((it) => !/^\.\.?$/.test(Buffer.from(it).toString()));
        const found = recordsOf(Buffer.concat(names.map((it) => encode(it, 8))));
        assert.deepEqual(
          found.map((it) => new Uint8Array(Buffer.from(it.name as string))),
          wanted,
        );
        for (const [at, it] of found.entries()) {
          const isText = Buffer.from(Buffer.from(wanted[at]!).toString()).equals(wanted[at]!);
          assert.equal(typeof it.name === "string", isText);
        }
      }),
    );
  });
});

test("in as many answers as it takes, each name comes once, then nothing", async () => {
  await simulateSeeds(30, { faults: "benign" }, async (io, world) => {
    const names = Array.from({ length: 40 }, (_, at) => `name-${at}`);
    world.makeDirectory("/d");
    for (const name of names) world.makeFile(`/d/${name}`);
    await using directory = await io.open("/d");
    const buffer = new IoBuffer(200);
    const found: unknown[] = [];
    let answers = 0;
    for (let length = -1; length !== 0; answers++) {
      length = await listFile(directory, buffer);
      found.push(...recordsOf(buffer.bytes.subarray(0, length)).map(({ name }) => name));
    }
    assert.ok(answers > 5);
    assert.deepEqual(found, names);
    assert.equal(await listFile(directory, buffer), 0);
    await assert.rejects(
      io.open("/d").then(async (other) => {
        await using again = other;
        await listFile(again, new IoBuffer(8));
      }),
      { code: "EINVAL" },
    );
  });
});
