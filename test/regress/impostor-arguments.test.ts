// Goal: what only looks like a Uint8Array, a URL or an AbortSignal is refused like anything else
// that is wrong: with a code, and a message that says what is wanted.
// Method: objects with the right prototype and nothing inside, proxies, revoked proxies; URLs that
// are files of nowhere; numbers of the wrong type where others are computed from them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { IoBuffer, IoError } from "../../src/index.ts";
import { openFake } from "../unit/api/fake-file.ts";

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const refused = (error: unknown): boolean => {
  assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
  assert.ok(!(error instanceof IoError));
  const { code } = error as { code?: string };
  const codes = ["ERR_INVALID_ARG_TYPE", "ERR_INVALID_ARG_VALUE", "ERR_OUT_OF_RANGE"];
  assert.ok(code !== undefined && codes.includes(code), `${code}: ${error.message}`);
  assert.match(error.message, /^Cannot .*wanted/s);
  return true;
};

const fakeBytes: Readonly<Record<string, () => unknown>> = {
  "an object with the prototype of Uint8Array": () => Object.create(Uint8Array.prototype),
  "a proxy of a Uint8Array": () => new Proxy(new Uint8Array([97]), {}),
  "a revoked proxy": revoked,
};

describe("impostors", () => {
  for (const [name, make] of Object.entries(fakeBytes)) {
    test(`${name} is no path, no data, no list of buffers`, async () => {
      const { io, file } = await openFake(false);
      assert.throws(() => io.unlink(make() as never), refused);
      assert.throws(() => file.write(make() as never), refused);
      assert.throws(() => IoBuffer.from(make() as never), refused);
      assert.throws(() => file.readv(make() as never), refused);
      assert.throws(() => file.read(make() as never), refused);
    });
  }

  test("an object with the prototype of URL is no path", async () => {
    const { io } = await openFake(false);
    assert.throws(() => io.stat(Object.create(URL.prototype)), refused);
    assert.throws(() => io.stat(new Proxy(new URL("file:///a"), {})), refused);
  });

  test("an object with the prototype of AbortSignal is no signal", async () => {
    const { io, file } = await openFake(false);
    for (const signal of [
      Object.create(AbortSignal.prototype),
      new Proxy(new AbortController().signal, {}),
      revoked(),
    ]) {
      assert.throws(() => io.stat("/a", { signal }), refused);
      assert.throws(() => file.read(new IoBuffer(1), { signal }), refused);
      assert.throws(() => file.close({ signal }), refused);
      assert.equal(file.state, "open");
    }
  });

  test("a file: URL of nowhere is refused with a documented code", async () => {
    const { io } = await openFake(false);
    for (const url of ["file:///%ff", "file://host/x", "file:///a%2fb", "file:///a%00b"]) {
      assert.throws(() => io.stat(new URL(url)), refused);
    }
  });

  test("an offset that is no number is refused before anything is computed from it", async () => {
    const { file } = await openFake(false);
    for (const offset of [1n, Symbol("1"), { valueOf: () => assert.fail("called into it") }]) {
      assert.throws(() => file.read(new IoBuffer(8), { offset } as never), refused);
      assert.throws(() => file.write("12345678", { offset } as never), refused);
    }
  });
});
