// Goal: errno numbers, open flags and limits are those of the running system.
// Method: compared with what Node knows of it; numbers that nobody knows are drawn at random.

import assert from "node:assert/strict";
import { constants as fsConstants } from "node:fs";
import * as os from "node:os";
import { describe, test } from "node:test";
import fc from "fast-check";

import * as table from "../../../src/kernel/errno.ts";
import {
  O_CLOEXEC,
  O_NONBLOCK,
  OPEN_FLAG_NAMES,
  openFlags,
} from "../../../src/kernel/open-flags.ts";

const onLinux = process.platform === "linux" ? {} : { skip: "the numbers are Linux's" };

describe("errno", onLinux, () => {
  test("each name has the number that Node knows it by", () => {
    const known: Readonly<Record<string, number>> = os.constants.errno;
    for (const name of table.ERRNO_NAMES) {
      if (known[name] !== undefined) assert.equal(table.errno(name), known[name], name);
      assert.equal(table.errnoName(table.errno(name)), name);
    }
  });

  test("each number that Node knows has the same name here, or none", () => {
    const names = new Map<number, string[]>();
    for (const [name, number] of Object.entries(os.constants.errno)) {
      names.set(number, [...(names.get(number) ?? []), name]);
    }
    for (const [number, aliases] of names) {
      const name = table.errnoName(number);
      assert.ok(aliases.includes(name) || name === `ERRNO_${number}`, `${number} is ${name}`);
    }
  });

  test("any number has a name and a meaning; unknown ones are called by their number", () => {
    fc.assert(
      fc.property(fc.integer(), (number) => {
        const name = table.errnoName(number);
        assert.ok(/^E[A-Z0-9]+$/.test(name) || name === `ERRNO_${number}`);
        assert.ok(table.errnoMeaning(number).length > 0);
      }),
    );
    assert.equal(table.errnoName(250), "ERRNO_250");
    assert.equal(table.errno("ENOSUCHNAME"), 0);
  });

  test("the constants are those of the table", () => {
    const { EINTR, ENXIO, EAGAIN, ENOMEM, EBUSY, ENOSYS, ECANCELED } = table;
    const constants = { EINTR, ENXIO, EAGAIN, ENOMEM, EBUSY, ENOSYS, ECANCELED };
    for (const [name, number] of Object.entries(constants)) {
      assert.equal(number, table.errno(name), name);
    }
  });
});

describe("open flags", onLinux, () => {
  test("names mean what they mean in node:fs", () => {
    const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = fsConstants;
    const expected: Readonly<Record<string, number>> = {
      r: O_RDONLY,
      rs: O_RDONLY | O_SYNC,
      "r+": O_RDWR,
      "rs+": O_RDWR | O_SYNC,
      w: O_WRONLY | O_CREAT | O_TRUNC,
      wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
      "w+": O_RDWR | O_CREAT | O_TRUNC,
      "wx+": O_RDWR | O_CREAT | O_TRUNC | O_EXCL,
      a: O_WRONLY | O_CREAT | O_APPEND,
      ax: O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
      "a+": O_RDWR | O_CREAT | O_APPEND,
      "ax+": O_RDWR | O_CREAT | O_APPEND | O_EXCL,
    };
    assert.deepEqual([...OPEN_FLAG_NAMES].sort(), Object.keys(expected).sort());
    for (const name of OPEN_FLAG_NAMES) assert.equal(openFlags(name), expected[name], name);
    for (const name of ["", "R", "rw", "toString", "__proto__", "r "]) {
      assert.equal(openFlags(name), undefined, name);
    }
  });

  test("O_CLOEXEC and O_NONBLOCK are the kernel's", () => {
    assert.equal(O_CLOEXEC, 0o2000000);
    assert.equal(O_NONBLOCK, fsConstants.O_NONBLOCK);
    assert.equal(O_CLOEXEC & (fsConstants.O_RDWR | fsConstants.O_CREAT | O_NONBLOCK), 0);
  });
});
