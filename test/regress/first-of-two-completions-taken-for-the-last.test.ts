// Goal: where a request completes in two parts, its memory is free with the last of them; and what
// comes behind the last reaches nobody.
// Method: a simulated kernel that tells the result first, and later that the buffer is free,
// looked at after each of its steps; a ring whose completion comes twice. The wrong backend takes
// the first part for the last. No request that goes to a real ring is of such a kind.
//
// Seen in: https://github.com/axboe/liburing/issues/963

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Schedule } from "../../src/backend/sim/schedule.ts";
import { IoBuffer, type Operation } from "../../src/index.ts";
import { assertBack, assertLent } from "../conformance/checks.ts";
import { onRing } from "../support/ring-io.ts";
import { SimBed, turn } from "../unit/backend/sim-bed.ts";
import { flushed } from "../unit/backend/uring-harness.ts";

const TEXT = "0123456789";

/** A read and a write, each looked at after every step of the kernel. */
async function lentToTheLast(bed: SimBed): Promise<void> {
  bed.world.makeFile("/file", TEXT);
  const file = await bed.result(bed.io.open("/file", "r+"));
  const calls: readonly ((buffer: IoBuffer) => Operation<number>)[] = [
    (buffer) => file.read(buffer, { position: 0 }),
    (buffer) => file.write(buffer, { position: 0 }),
  ];
  for (const call of calls) {
    const buffer = IoBuffer.from(TEXT);
    const operation = call(buffer);
    await turn();
    let parts = 0;
    while (bed.kernel.inFlight.length > 0) {
      assertLent([buffer], []);
      parts += bed.events.at(-1)?.includes("more follows") ? 1 : 0;
      assert.ok(await bed.step());
    }
    assert.equal(parts > 0, true, "it has completed in one part");
    assert.equal(await bed.result(operation), TEXT.length);
    assertBack([buffer]);
  }
  await bed.result(file.close());
  assert.deepEqual(bed.kernel.violations, []);
}

/** Those above look at each part before there is another. */
const looksAtOnce: Schedule = {
  choose: (agenda) => {
    for (let place = 0; place < agenda.count; place++) {
      if (agenda.at(place).kind === "wake") return place;
    }
    return 0;
  },
};

test("memory is lent until the second part", async () => {
  await lentToTheLast(new SimBed({ rates: { splitCompletion: 1 }, schedule: looksAtOnce }));
});

onRing("a completion that comes twice reaches nobody", async (ring) => {
  const file = await ring.open();
  const first = new IoBuffer(8);
  const read = file.read(first, { position: 0 });
  await flushed();
  const taken = ring.last;
  ring.answer(taken, 8);
  assert.equal(await read, 8);
  const second = new IoBuffer(8);
  const next = file.read(second, { position: 0 });
  await flushed();
  ring.answer(taken, 8);
  assertLent([second], []);
  assertBack([first]);
  assert.equal(ring.io.status().statistics.staleCompletions, 1);
  ring.answer(ring.last, 4);
  assert.equal(await next, 4);
});
