// Goal: a wrong argument throws at once, with a code and a message that says what is wanted, and
// nothing is asked of the kernel; what options do when they are looked at cannot get in between.
// Method: a table of calls, each wrong in one way.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { IoBuffer, type StreamHandle } from "../../../src/index.ts";
import { makeFakeIo } from "../../support/fake-kernel-backend.ts";
import { FakeDescriptors } from "./fake-descriptors.ts";
import { openFakeStream } from "./stream-handle-bed.ts";

type Wrong = readonly [what: string, call: () => unknown, error: RegExp];

const TYPE = /^TypeError ERR_INVALID_ARG_TYPE Cannot /;
const VALUE = /^TypeError ERR_INVALID_ARG_VALUE Cannot /;
const RANGE = /^RangeError ERR_OUT_OF_RANGE Cannot /;

/** Anything, which the types would refuse. */
const any = (value: unknown): never => value as never;

function thrownBy(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    return `${name} ${code} ${message}`;
  }
  return "nothing was thrown";
}

function assertAll(wrongs: readonly Wrong[]): void {
  for (const [what, call, error] of wrongs) assert.match(thrownBy(call), error, what);
}

describe("calls of a stream", () => {
  function wrongsOf(stream: StreamHandle): readonly Wrong[] {
    const buffer = new IoBuffer(8);
    return [
      ["bytes to read into", () => stream.read(any(new Uint8Array(8))), TYPE],
      ["a position", () => stream.read(buffer, any({ position: 0 })), VALUE],
      ["a position to write at", () => stream.writeAll("x", any({ position: 0 })), VALUE],
      ["a position of parts", () => stream.readv([buffer], any({ position: 0 })), VALUE],
      ["more than there is room for", () => stream.read(buffer, { offset: 8 }), RANGE],
      ["longer than the buffer", () => stream.write(buffer, { length: 9 }), RANGE],
      ["no data", () => stream.write(any(undefined)), TYPE],
      ["no list", () => stream.readv(any(buffer)), TYPE],
      ["an empty list", () => stream.writev([]), RANGE],
      ["twice the same", () => stream.readv([buffer, buffer]), VALUE],
      ["no count", () => stream.readExactly(any("8")), TYPE],
      ["a count of 0", () => stream.readExactly(0), RANGE],
      ["half a byte", () => stream.readExactly(0.5), RANGE],
      ["more than Linux reads", () => stream.readExactly(2 ** 31), RANGE],
      ["no delimiter", () => stream.readUntil(any(10)), TYPE],
      ["an empty delimiter", () => stream.readUntil(""), RANGE],
      ["too long a delimiter", () => stream.readUntil("x".repeat(65_537)), RANGE],
      ["a delimiter that does not fit", () => stream.readUntil("abc", { maxBytes: 2 }), RANGE],
      ["no limit", () => stream.readUntil("a", { maxBytes: any(null) }), TYPE],
      ["no options", () => stream.readUntil("a", any(5)), TYPE],
      ["no signal", () => stream.readExactly(1, { signal: any({}) }), TYPE],
      ["no time", () => stream.readExactly(1, { timeoutMs: 0 }), RANGE],
      ["ready for something else", () => stream.ready(any("read")), VALUE],
      ["ready for nothing", () => stream.ready(any(undefined)), TYPE],
      ["ready for what objects have", () => stream.ready(any("toString")), VALUE],
      ["wrong options of a close", () => stream.close({ timeoutMs: any("5") }), TYPE],
    ];
  }

  test("each wrong argument is refused, and nothing is asked", async () => {
    const { stream, backend } = await openFakeStream();
    const asked = backend.log.length;
    assertAll(wrongsOf(stream));
    assert.equal(backend.log.length, asked);
    assert.equal(stream.state, "open");
  });

  test("once it is closed, each call says so", async () => {
    const { stream, backend } = await openFakeStream();
    const buffer = new IoBuffer(8);
    void stream.close();
    backend.done(0);
    const calls = [
      () => stream.read(buffer),
      () => stream.readv([buffer]),
      () => stream.readExactly(1),
      () => stream.readUntil("a"),
      () => stream.write("a"),
      () => stream.writeAll(buffer),
      () => stream.writev([buffer]),
      () => stream.ready("readable"),
      () => stream.lines(),
    ];
    for (const call of calls) assert.match(thrownBy(call), /^TypeError ERR_CLOSED Cannot /);
    assert.equal(buffer.isLent, false);
  });

  test("a getter that closes the handle: what comes after it is refused", async () => {
    const calls: readonly ((stream: StreamHandle, options: never) => unknown)[] = [
      (stream, options) => stream.read(new IoBuffer(1), options),
      (stream, options) => stream.write("x", options),
      (stream, options) => stream.writev([IoBuffer.from("x")], options),
      (stream, options) => stream.readExactly(1, options),
      (stream, options) => stream.readUntil("x", options),
      (stream, options) => stream.ready("readable", options),
    ];
    for (const call of calls) {
      const { stream, backend } = await openFakeStream();
      const options = {
        get timeoutMs() {
          void stream.close();
          return undefined;
        },
      };
      assert.match(
        thrownBy(() => call(stream, any(options))),
        /ERR_CLOSED/,
      );
      assert.deepEqual(backend.kinds, ["close"]);
    }
  });
});

describe("calls that make handles", () => {
  test("each wrong argument is refused, and nothing is made", () => {
    const descriptors = new FakeDescriptors();
    descriptors.know(5);
    const { io, backend } = makeFakeIo(descriptors);
    assertAll([
      ["other flags", () => io.openPipe("/a", any("a")), VALUE],
      ["flags as a number", () => io.openPipe("/a", any(0)), TYPE],
      ["flags that objects have", () => io.openPipe("/a", any("constructor")), VALUE],
      ["no path", () => io.openPipe(any(5)), TYPE],
      ["a path with a NUL", () => io.openStream("a\0"), VALUE],
      ["unknown flags", () => io.openStream("/a", "q"), VALUE],
      ["no descriptor", () => io.fromFd(any("5")), TYPE],
      ["a descriptor below 0", () => io.fromFd(-1), RANGE],
      ["no flag", () => io.fromFd(5, { takeOver: any(1) }), TYPE],
      ["no options", () => io.fromFd(5, any(null)), TYPE],
      ["a first count below 0", () => io.eventfd({ initial: -1 }), RANGE],
      ["a first count of 33 bits", () => io.eventfd({ initial: 2 ** 32 }), RANGE],
      ["no semaphore", () => io.eventfd({ semaphore: any("yes") }), TYPE],
      ["another clock", () => io.timer({ clock: any("boottime") }), VALUE],
      ["no options of a timer", () => io.timer(any(5)), TYPE],
    ]);
    assert.deepEqual([backend.log, descriptors.log], [[], []]);
  });

  test("and so are those of what they make", () => {
    const descriptors = new FakeDescriptors();
    const { io, backend } = makeFakeIo(descriptors);
    const [counter, timer, watcher] = [io.eventfd(), io.timer(), io.inotify()];
    const made = descriptors.log.length;
    assertAll([
      ["a count of 0", () => counter.add(0), RANGE],
      ["a count beyond 64 bits", () => counter.add(2n ** 64n - 1n), RANGE],
      ["a count below 0", () => counter.add(-1n), RANGE],
      ["no count", () => counter.add(any("1")), TYPE],
      ["no options", () => counter.wait(any(1)), TYPE],
      ["a time before now", () => timer.set(-1), RANGE],
      ["never", () => timer.set(Number.NaN), RANGE],
      ["no time", () => timer.set(any(5n)), TYPE],
      ["an interval for ever", () => timer.set(1, Number.POSITIVE_INFINITY), RANGE],
      ["no list of events", () => watcher.add("/a", any("create")), TYPE],
      ["no events", () => watcher.add("/a", []), TYPE],
      ["an unknown event", () => watcher.add("/a", any(["created"])), VALUE],
      ["what cannot be asked for", () => watcher.add("/a", any(["overflow"])), VALUE],
      ["no name of an event", () => watcher.add("/a", any([5])), TYPE],
      ["no path", () => watcher.remove(any(undefined)), TYPE],
    ]);
    assert.deepEqual([backend.log.length, descriptors.log.length], [0, made]);
  });
});
