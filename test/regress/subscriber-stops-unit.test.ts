// Goal: who listens to the channels of operations may stop one from there. A unit hears of it, also
// between two of its reads; and of a handle that is closed there nothing begins any more (P3).
// Method: a pipe on the fake kernel; its subscribers abort and close when they are told something.

import assert from "node:assert/strict";
import { tracingChannel } from "node:diagnostics_channel";
import { describe, test } from "node:test";

import type { OperationTrace } from "../../src/index.ts";
import { IoBuffer } from "../../src/index.ts";
import { FD, openFake, pendingOf, reactions } from "../unit/api/fake-file.ts";
import { type FakeStream, openFakeStream, told } from "../unit/api/stream-handle-bed.ts";

const channels = tracingChannel<unknown, OperationTrace>("overlapped.operation");

/** Calls at the first such event of the n-th read that is told of; others pass. */
function at(event: "start" | "asyncStart", nth: number, call: () => void): Disposable {
  let count = 0;
  const hear = (message: unknown): void => {
    if ((message as OperationTrace).operation === "read" && ++count === nth) call();
  };
  channels[event].subscribe(hear);
  return { [Symbol.dispose]: () => void channels[event].unsubscribe(hear) };
}

/** The kernel brings some of the unit. */
async function bringSome({ backend }: FakeStream): Promise<void> {
  backend.done(3);
  await reactions();
}

const MOMENTS = [
  ["before its first read", "start", 1],
  ["between two of its reads", "asyncStart", 1],
  ["before its second read", "start", 2],
] as const;

describe("a unit that a subscriber stops", () => {
  for (const [when, event, nth] of MOMENTS) {
    test(`with its signal, ${when}`, async () => {
      const bed = await openFakeStream();
      const controller = new AbortController();
      using _ = at(event, nth, () => controller.abort());
      const unit = told(bed.stream.readExactly(9, { signal: controller.signal }));
      const isAtWork = pendingOf(bed.backend).length > 0;
      if (isAtWork) await bringSome(bed);
      assert.equal(await unit, `ABORT_ERR ${isAtWork ? 3 : 0}`);
      assert.deepEqual(pendingOf(bed.backend), []);
      const next = told(bed.stream.readExactly(3));
      if (!isAtWork) await bringSome(bed);
      assert.equal((await next).length, 3);
    });

    test(`by closing its handle, ${when}`, async () => {
      const bed = await openFakeStream();
      using _ = at(event, nth, () => void bed.stream.close());
      const unit = told(bed.stream.readExactly(9));
      const isAtWork = pendingOf(bed.backend)[0]?.startsWith("read");
      if (isAtWork) await bringSome(bed);
      assert.equal(await unit, `ABORT_ERR ${isAtWork ? 3 : 0} for ERR_CLOSED`);
      assert.deepEqual(pendingOf(bed.backend), ["close"]);
    });
  }
});

test("a read whose file is closed when its start is told never begins", async () => {
  const { file, backend } = await openFake(false);
  using _ = at("start", 1, () => void file.close());
  const { status } = await file.read(new IoBuffer(8)).outcome();
  assert.equal(status, "canceled");
  assert.deepEqual(pendingOf(backend), ["close"]);
  assert.ok(backend.pending.every(({ request }) => "fd" in request && request.fd === FD));
});
