// Goal: readExactly() and readUntil() bring what was asked for or nothing; whatever ends them, all
// bytes are at the front of the handle before the next read has its turn.
// Method: the kernel's answers are given by hand, in every order that matters; time is stepped.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { IoBuffer, type IoError } from "../../../src/index.ts";
import { pendingOf, quiet, reactions, textOf } from "./fake-file.ts";
import { type FakeStream, Log, openFakeStream, told } from "./stream-handle-bed.ts";
import { bring, endAll } from "./streams-harness.ts";

/** What the next read has. */
async function next({ stream, backend }: FakeStream): Promise<string> {
  const buffer = new IoBuffer(100);
  const reading = stream.read(buffer);
  if (backend.pending.length > 0) {
    reading.cancel();
    backend.answer({ kind: "canceled" });
  }
  const { bytesTransferred } = await reading.outcome();
  return textOf(buffer, 0, bytesTransferred);
}

describe("readExactly()", () => {
  test("asks for what is missing, and for no more", async () => {
    const { stream, backend } = await openFakeStream();
    const reading = told(stream.readExactly(10));
    const seen: string[] = [];
    for (const text of ["abc", "defg", "hij"]) {
      seen.push(...pendingOf(backend));
      bring(backend, text);
    }
    assert.deepEqual(seen, ["read@-1+10", "read@-1+7", "read@-1+3"]);
    assert.equal(await reading, "abcdefghij");
    assert.deepEqual(pendingOf(backend), []);
  });

  test("of many bytes, asks for a block at a time", async () => {
    const { stream, backend } = await openFakeStream();
    const reading = stream.readExactly(200_000);
    const content = Buffer.alloc(200_000, "0123456789abc");
    const seen: string[] = [];
    for (let at = 0; at < content.byteLength; at += 65_536) {
      seen.push(...pendingOf(backend));
      bring(backend, content.subarray(at, at + 65_536));
    }
    assert.deepEqual(seen.slice(-2), ["read@-1+65536", "read@-1+3392"]);
    assert.ok(content.equals(await reading));
  });

  test("the bytes are the caller's: the next read does not change them", async () => {
    const { stream, backend } = await openFakeStream();
    const reading = stream.readExactly(3);
    bring(backend, "abc");
    const bytes = await reading;
    const second = stream.readExactly(3);
    bring(backend, "xyz");
    await second;
    assert.equal(Buffer.from(bytes).toString(), "abc");
    assert.equal(bytes.buffer.byteLength, 3);
  });

  test("the end comes too soon: an error, and the bytes are there", async () => {
    const fake = await openFakeStream();
    const reading = told(fake.stream.readExactly(10));
    bring(fake.backend, "abc");
    bring(fake.backend, "");
    assert.equal(await reading, "ERR_UNEXPECTED_END 3");
    assert.equal(await next(fake), "abc");
  });

  test("the kernel fails: its errno, the call's name, and the bytes are there", async () => {
    const fake = await openFakeStream();
    const reading = fake.stream.readExactly(10);
    bring(fake.backend, "abc");
    fake.backend.answer({ kind: "failed", errno: 5 });
    const error = (await reading.catch((it: unknown) => it)) as IoError;
    const { code, errno, syscall, path, bytesTransferred, message } = error;
    assert.deepEqual(
      { code, errno, syscall, path, bytesTransferred },
      { code: "EIO", errno: -5, syscall: "readExactly", path: "/fake", bytesTransferred: 3 },
    );
    assert.equal(message, 'Cannot readExactly "/fake": input/output error (EIO)');
    assert.equal(await next(fake), "abc");
  });
});

describe("readUntil()", () => {
  test("brings the bytes with the delimiter; what is behind it is for the next", async () => {
    const fake = await openFakeStream();
    const reading = told(fake.stream.readUntil("\r\n"));
    bring(fake.backend, "GET /\r\nHost");
    assert.equal(await reading, "GET /\r\n");
    assert.equal(await next(fake), "Host");
  });

  test("finds a delimiter that comes in parts, wherever it is cut", async () => {
    const text = "ab--b--boundary";
    for (let first = 1; first < text.length; first++) {
      for (let second = first + 1; second < text.length; second++) {
        const fake = await openFakeStream();
        const reading = told(fake.stream.readUntil("--boundary"));
        for (const part of [text.slice(0, first), text.slice(first, second), text.slice(second)]) {
          bring(fake.backend, part);
        }
        assert.equal(await reading, text);
      }
    }
  });

  test("many lines of one block: the kernel is asked once", async () => {
    const { stream, backend } = await openFakeStream();
    const lines = Array.from({ length: 100 }, (_, at) => `line ${at}\n`);
    const first = told(stream.readUntil("\n"));
    bring(backend, lines.join(""));
    const got = [await first];
    while (got.length < 100) got.push(await told(stream.readUntil("\n")));
    assert.deepEqual(got, lines);
    assert.equal(backend.log.length, 2, "the open and one read");
  });

  test("no delimiter in so many bytes: an error, and the bytes are there", async () => {
    const fake = await openFakeStream();
    const reading = told(fake.stream.readUntil("\n", { maxBytes: 4 }));
    assert.deepEqual(pendingOf(fake.backend), ["read@-1+4"]);
    bring(fake.backend, "abc");
    assert.deepEqual(pendingOf(fake.backend), ["read@-1+1"]);
    bring(fake.backend, "d");
    assert.equal(await reading, "ERR_LINE_TOO_LONG 4");
    assert.equal(await told(fake.stream.readUntil("c")), "abc");
    assert.equal(await next(fake), "d");
  });

  test("a delimiter that ends with the last allowed byte is found", async () => {
    const { stream, backend } = await openFakeStream();
    const reading = told(stream.readUntil("\n", { maxBytes: 4 }));
    bring(backend, "abc\n");
    assert.equal(await reading, "abc\n");
  });

  test("bytes as delimiter are those of the call, not what they became since", async () => {
    const { stream, backend } = await openFakeStream();
    const delimiter = Uint8Array.of(0, 255);
    const reading = stream.readUntil(delimiter);
    delimiter.fill(7);
    bring(backend, Uint8Array.of(7, 7, 0, 255, 1));
    assert.deepEqual([...(await reading)], [7, 7, 0, 255]);
  });

  test("the end: an error each time, until somebody reads what is there", async () => {
    const fake = await openFakeStream();
    for (let round = 0; round < 3; round++) {
      const reading = told(fake.stream.readUntil("\n"));
      if (round === 0) bring(fake.backend, "no line");
      bring(fake.backend, "");
      assert.equal(await reading, "ERR_UNEXPECTED_END 7");
    }
    assert.equal(await next(fake), "no line");
  });
});

describe("stopping a unit", () => {
  const STOPS: Readonly<Record<string, (fake: FakeStream) => Stop>> = {
    "a signal": ({ stream }) => {
      const controller = new AbortController();
      const reading = stream.readExactly(10, { signal: controller.signal });
      const reason = Object.assign(new Error("enough"), { code: "REASON" });
      return { reading, stop: () => controller.abort(reason), code: "ABORT_ERR 3 for REASON" };
    },
    "a timeout": ({ stream, clock }) => {
      const reading = stream.readExactly(10, { timeoutMs: 50 });
      return { reading, stop: () => clock.step(50), code: "ETIMEDOUT 3" };
    },
    "cancelAll()": ({ stream }) => {
      const reading = stream.readExactly(10);
      return { reading, stop: () => void stream.cancelAll(), code: "ABORT_ERR 3" };
    },
    "drain()": ({ stream, io }) => {
      const reading = stream.readExactly(10);
      return { reading, stop: () => void io.drain(), code: "ABORT_ERR 3" };
    },
  };

  interface Stop {
    readonly reading: Promise<Uint8Array>;
    readonly stop: () => void;
    readonly code: string;
  }

  for (const [name, begin] of Object.entries(STOPS)) {
    test(`${name}: when the kernel has let go, and all bytes are there`, async () => {
      const fake = await openFakeStream();
      const { reading, stop, code } = begin(fake);
      const log = new Log();
      log.note("reading", reading);
      bring(fake.backend, "abc");
      stop();
      assert.deepEqual(await log.take(), []);
      fake.backend.answer({ kind: "canceled" });
      assert.deepEqual(await log.take(), [`reading: ${code}`]);
      assert.equal(await next(fake), "abc");
    });

    test(`${name}: bytes that come all the same, and are enough, are the caller's`, async () => {
      const fake = await openFakeStream();
      const { reading, stop } = begin(fake);
      bring(fake.backend, "abc");
      stop();
      bring(fake.backend, "defghij");
      assert.equal(await told(reading), "abcdefghij");
    });

    test(`${name}: bytes that come all the same, and are not enough, go back`, async () => {
      const fake = await openFakeStream();
      const { reading, stop, code } = begin(fake);
      bring(fake.backend, "abc");
      stop();
      bring(fake.backend, "def");
      assert.equal(await told(reading), code.replace("3", "6"));
      assert.deepEqual(fake.backend.kinds, [], "it asks for no more");
      assert.equal(await next(fake), "abcdef");
    });
  }

  test("a signal that has aborted already: nothing is asked, nothing is taken", async () => {
    const fake = await openFakeStream();
    const first = fake.stream.readUntil("\n");
    bring(fake.backend, "one\ntwo\n");
    await first;
    const signal = AbortSignal.abort();
    assert.equal(await told(fake.stream.readUntil("\n", { signal })), "ABORT_ERR 0");
    assert.equal(await told(fake.stream.readUntil("\n")), "two\n");
    assert.deepEqual(fake.backend.kinds, []);
  });

  test("close(): told with its cause, and nobody's process dies of it", async () => {
    const { stream, backend } = await openFakeStream();
    const reading = stream.readExactly(10);
    void stream.readUntil("\n"); // Rejects, and nobody looks.
    bring(backend, "abc");
    const closing = stream.close();
    await endAll(backend);
    await closing;
    assert.equal(await told(reading), "ABORT_ERR 3 for ERR_CLOSED");
    await reactions();
  });

  test("no timer and no listener is left behind", async () => {
    const { stream, backend, clock } = await openFakeStream();
    const controller = new AbortController();
    const options = { signal: controller.signal, timeoutMs: 1000 };
    const reading = stream.readUntil("c", options);
    bring(backend, "abcdef");
    await reading;
    assert.equal(await told(stream.readExactly(3, options)), "def");
    assert.equal(clock.timerCount, 0);
    const late = told(stream.readExactly(3));
    controller.abort();
    clock.step(2000);
    bring(backend, "ghi");
    assert.equal(await late, "ghi");
  });
});

describe("turns", () => {
  test("calls are served in their order, each whole", async () => {
    const { stream, backend } = await openFakeStream();
    const log = new Log();
    const buffer = new IoBuffer(2);
    log.note("one", stream.readExactly(4));
    log.note("two", stream.readUntil("\n"));
    const plain = stream.read(buffer);
    log.note("three", stream.readExactly(3));
    assert.equal(backend.pending.length, 1);
    for (const text of ["ab", "cd", "x", "y\nPQ", "RST"]) bring(backend, text);
    assert.equal(await plain, 2);
    assert.equal(textOf(buffer), "PQ");
    assert.deepEqual(await log.take(), ["one: abcd", "two: xy\n", "three: RST"]);
  });

  test("one that is stopped in the middle: the next has its bytes, in order", async () => {
    const { stream, backend } = await openFakeStream();
    const log = new Log();
    const controller = new AbortController();
    log.note("one", stream.readExactly(10, { signal: controller.signal }));
    log.note("two", stream.readUntil("\n"));
    log.note("three", stream.readExactly(2));
    bring(backend, "abc");
    bring(backend, "de\nfg");
    controller.abort();
    backend.answer({ kind: "canceled" });
    assert.deepEqual(await log.take(), ["one: ABORT_ERR 8", "two: abcde\n", "three: fg"]);
    assert.deepEqual(backend.kinds, []);
  });

  test("one that is stopped while it waits: it is gone, and holds up nobody", async () => {
    const { stream, backend } = await openFakeStream();
    const log = new Log();
    const controller = new AbortController();
    log.note("one", stream.readExactly(4));
    log.note("two", stream.readExactly(4, { signal: controller.signal }));
    log.note("three", stream.readExactly(2));
    controller.abort();
    assert.deepEqual(await log.take(), ["two: ABORT_ERR 0"]);
    bring(backend, "abcd");
    bring(backend, "ef");
    assert.deepEqual(await log.take(), ["one: abcd", "three: ef"]);
  });

  test("behind an abandoned read: its bytes come first", async () => {
    const { stream, backend } = await openFakeStream();
    const orphan = quiet(stream.read(new IoBuffer(3)).abandon());
    const reading = told(stream.readExactly(5));
    bring(backend, "abc");
    assert.deepEqual(pendingOf(backend), ["read@-1+2"]);
    bring(backend, "de");
    assert.equal(await reading, "abcde");
    await orphan.outcome();
  });

  test("writes do not wait for reads", async () => {
    const { stream, backend } = await openFakeStream();
    const reading = told(stream.readExactly(3));
    const writing = stream.writeAll("question");
    assert.deepEqual(backend.kinds, ["read", "write"]);
    backend.done(8, 1);
    assert.equal(await writing, 8);
    bring(backend, "yes");
    assert.equal(await reading, "yes");
  });

  test("lines() that were stopped give back what follows to the next unit", async () => {
    const { stream, backend } = await openFakeStream();
    const lines = stream.lines({ close: false });
    const first = lines.next();
    await reactions();
    bring(backend, "one\ntwo\nthree");
    assert.equal((await first).value, "one");
    await lines.return();
    assert.equal(await told(stream.readUntil("\n")), "two\n");
    const reading = told(stream.readUntil("\n"));
    bring(backend, "!\n");
    assert.equal(await reading, "three!\n");
  });
});
