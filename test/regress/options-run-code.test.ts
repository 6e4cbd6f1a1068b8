// Goal: code of the caller that runs while arguments are read (getters, iterators) cannot bring an
// operation on a closed handle, a buffer that is lent twice, or bytes that nobody gave: no bug of
// ours is reported, and nothing half-done stays behind.
// Method: options whose getters close the file, lend the buffer or take its memory away.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { InvariantError, IoBuffer, type Operation } from "../../src/index.ts";
import { openFake, pendingOf, quiet } from "../unit/api/fake-file.ts";

/** Runs a call that may throw a TypeError, and nothing else. */
function attempt(call: () => Operation<unknown>): Operation<unknown> | undefined {
  try {
    return quiet(call());
  } catch (error) {
    assert.ok(!(error instanceof InvariantError), String(error));
    assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
    assert.ok("code" in error, `${String(error)} has no code`);
    return undefined;
  }
}

describe("a getter among the options", () => {
  for (const name of ["position", "offset", "length", "signal", "timeoutMs"]) {
    test(`${name} closes the file: nothing follows the close`, async () => {
      const { file, backend } = await openFake(false);
      const options = {
        get [name]() {
          void file.close();
          return undefined;
        },
      };
      attempt(() => file.read(new IoBuffer(8), options));
      assert.deepEqual(backend.kinds, ["close"], "a read behind it could hit another file");
    });

    test(`${name} lends the buffer: it is lent once`, async () => {
      const { file, backend } = await openFake(false);
      const buffer = new IoBuffer(8);
      const options = {
        get [name]() {
          if (!buffer.isLent) void file.read(buffer, { position: 77 });
          return undefined;
        },
      };
      attempt(() => file.read(buffer, options));
      assert.deepEqual(pendingOf(backend), ["read@77+8"]);
      backend.done(0);
      assert.equal(buffer.isLent, false);
    });
  }

  test("takes a buffer's memory away: refused, and the others are not lent", async (t) => {
    const { file, backend } = await openFake(false);
    const [one, two] = [new IoBuffer(8), new IoBuffer(8)];
    const options = {
      get position() {
        const memory = two.bytes.buffer as ArrayBuffer & { transfer?: () => ArrayBuffer };
        if (memory.transfer === undefined) t.diagnostic("this Node has no transfer()");
        memory.transfer?.();
        return 0;
      },
    };
    attempt(() => file.readv([one, two], options));
    if (backend.pending.length === 0) assert.equal(one.isLent, false);
  });

  test("changes its answer: close() leaves no file that is closing for ever", async () => {
    const { file, backend } = await openFake(false);
    let asked = 0;
    const options = {
      get timeoutMs(): number {
        return asked++ === 0 ? 5 : -5;
      },
    };
    attempt(() => file.close(options));
    assert.equal(file.state === "open", backend.pending.length === 0);
  });
});

describe("data that changes while a write is prepared", () => {
  test("a length that lies brings no bytes that nobody gave", async () => {
    const { file, backend } = await openFake(false);
    const bytes = new Uint8Array(10);
    Object.defineProperty(bytes, "byteLength", { value: 5000 });
    attempt(() => file.write(bytes));
    for (const { snapshot } of backend.pending) {
      assert.ok(snapshot.kind === "write" && snapshot.length <= 10, "more than there is");
    }
  });

  test("memory that shrinks while options are read brings no bytes that nobody gave", async () => {
    const { file, backend } = await openFake(false);
    const memory = new ArrayBuffer(100, { maxByteLength: 100 } as never);
    const bytes = new Uint8Array(memory);
    const options = {
      get length() {
        (memory as unknown as { resize: (size: number) => void }).resize(10);
        return 100;
      },
    };
    attempt(() => file.write(bytes, options));
    for (const { snapshot } of backend.pending) {
      assert.ok(snapshot.kind === "write" && snapshot.length <= 10, "more than there is");
    }
  });

  test("memory that is detached while options are read is refused with a code", async () => {
    const { file } = await openFake(false);
    const bytes = new Uint8Array(100);
    const options = {
      get length() {
        structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
        return 100;
      },
    };
    attempt(() => file.write(bytes, options));
  });

  test("a list of buffers whose iterator gives more than its length says", async () => {
    const { file, backend } = await openFake(false);
    const list = [new IoBuffer(1)];
    const many = Array.from({ length: 1025 }, () => new IoBuffer(1));
    list[Symbol.iterator] = () => many[Symbol.iterator]();
    attempt(() => file.readv(list));
    for (const { snapshot } of backend.pending) {
      assert.ok(snapshot.kind === "readv" && snapshot.parts.length <= 1024);
    }
  });
});
