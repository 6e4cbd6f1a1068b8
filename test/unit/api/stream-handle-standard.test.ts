// Goal: the program's own standard streams are one at a time, and what one has read and not used is
// for the next, in order.
// Method: what makes descriptors is a fake, and so is the kernel, which answers when told to.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Scope } from "../../../src/index.ts";
import { pendingOf } from "./fake-file.ts";
import { close, makeBed, told } from "./stream-handle-bed.ts";
import { bring, endAll } from "./streams-harness.ts";

describe("stdin()", () => {
  test("is the same each time until it is closed; and then another one", async () => {
    const bed = makeBed();
    bed.descriptors.know(0);
    bed.descriptors.know(1);
    const first = bed.io.stdin();
    assert.equal(bed.io.stdin(), first);
    assert.notEqual(bed.io.stdout(), first);
    await close(bed, first);
    const second = bed.io.stdin();
    assert.notEqual(second, first);
    assert.equal(second.state, "open");
    assert.deepEqual(bed.descriptors.log, ["duplicate 0", "duplicate 1", "duplicate 0"]);
  });

  test("what it had read and not used when it was closed is in the next one", async () => {
    const bed = makeBed();
    bed.descriptors.know(0);
    const first = bed.io.stdin();
    const reading = first.readUntil("\n");
    bring(bed.backend, "one\ntwo\nthree");
    await reading;
    await close(bed, first);
    const second = bed.io.stdin();
    assert.equal(await told(second.readUntil("\n")), "two\n");
    await close(bed, second);
    const third = told(bed.io.stdin().readUntil("\n"));
    bring(bed.backend, "!\n");
    assert.equal(await third, "three!\n");
  });

  test("what comes to the old one while it closes goes to the new one", async () => {
    const bed = makeBed();
    bed.descriptors.know(0);
    const first = bed.io.stdin();
    first.readExactly(10).catch(() => {});
    const closing = first.close();
    const second = bed.io.stdin();
    bring(bed.backend, "late");
    await endAll(bed.backend);
    await closing;
    assert.equal(await told(second.readExactly(4)), "late");
  });

  test("a new one reads nothing before the old ones are closed, in order", async () => {
    const bed = makeBed();
    bed.descriptors.know(0);
    const first = bed.io.stdin();
    const reading = first.readUntil("\n");
    bring(bed.backend, "one\ntwo\nthree");
    await reading;
    const closes = [first.close()];
    const second = bed.io.stdin();
    second.readExactly(1).catch(() => {});
    closes.push(second.close());
    const third = bed.io.stdin();
    const units = [told(third.readUntil("\n")), told(third.readExactly(6))];
    assert.deepEqual(pendingOf(bed.backend), ["close", "close"]);
    bed.backend.done(0, 1);
    assert.deepEqual(pendingOf(bed.backend), ["close"]);
    bed.backend.done(0);
    await Promise.all(closes);
    bring(bed.backend, "!");
    assert.deepEqual(await Promise.all(units), ["two\n", "three!"]);
  });

  test("one that is closed before the one before it leaves everything to the next", async () => {
    const bed = makeBed();
    bed.descriptors.know(0);
    const first = bed.io.stdin();
    first.readExactly(10).catch(() => {});
    const closing = first.close();
    const between = bed.io.stdin().close();
    bed.backend.answerKind("close", { kind: "done", value: 0 });
    await between;
    bring(bed.backend, "late");
    bed.backend.answerKind("close", { kind: "done", value: 0 });
    await closing;
    assert.equal(await told(bed.io.stdin().readExactly(4)), "late");
  });

  test("in a scope it is the scope's, but what was made outside is not", async () => {
    const bed = makeBed();
    bed.descriptors.know(0);
    const own = new Scope({ io: bed.io });
    const inside = own.stdin();
    assert.equal(bed.io.stdin(), inside);
    const leaving = own.leave();
    await endAll(bed.backend);
    await leaving;
    assert.equal(inside.state, "closed");
    const outside = bed.io.stdin();
    const other = new Scope({ io: bed.io });
    assert.equal(other.stdin(), outside);
    await other.leave();
    assert.equal(outside.state, "open");
  });
});
