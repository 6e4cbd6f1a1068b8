// Goal: an operation that outlives its test is found, with what it holds and from where it was
// called; nothing else is.
// Method: on a simulated kernel that nobody drives, operations are in flight for as long as one
// likes. Tests that must fail run in a child process.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IoBuffer } from "../../../src/index.ts";
import { makeSimulation, type Simulation } from "../../../src/testing/simulation.ts";
import { assertQuiet, quietAfterEach } from "../../../src/testing.ts";
import { runScript } from "../../support/children.ts";

const CHILD = new URL("quiet-child.js", import.meta.url);

async function drive({ kernel }: Simulation): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    while (kernel.step());
    await undefined;
  }
}

describe("assertQuiet()", () => {
  test("throws if an operation of the given Io is in flight, and says which", async () => {
    const simulation = makeSimulation({ seed: 0 });
    const { io, world } = simulation;
    world.makeFifo("/fifo");
    assertQuiet(io);
    const opening = io.open("/fifo", "r+");
    await drive(simulation);
    const fifo = await opening;
    io.captureStacks(true);
    const reading = fifo.read(new IoBuffer(64));
    assert.throws(
      () => assertQuiet(io),
      ({ message, stack }: Error) => {
        assert.match(
          message,
          /^Operations are in flight still: 1\n {2}read 2 of "\/fifo": submitted/,
        );
        assert.match(message, /holds 64 bytes of memory\n {4}at .*leak\.test/);
        assert.doesNotMatch(message, /at .*src\/(?:api|operation)\//);
        assert.match(stack ?? "", /leak\.test/);
        return true;
      },
    );
    assertQuiet(); // The package's own functions have nothing to do with it.
    await drive(simulation);
    reading.cancel();
    void fifo.close();
    await drive(simulation);
    assertQuiet(io);
  });

  test("tells of what is there: no path, no memory, no stack", () => {
    const { io } = makeSimulation({ seed: 0 });
    void io.stat("/a");
    assert.throws(() => assertQuiet(io), { message: /stat 1 of "\/a": submitted$/ });
  });

  test("refuses what is no Io, such as the context of a hook", (context) => {
    for (const wrong of [context, null, 1, "io", {}]) {
      const refusal = { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" };
      assert.throws(() => assertQuiet(wrong as never), refusal);
      assert.throws(() => quietAfterEach(wrong as never), refusal);
    }
  });
});

test("quietAfterEach() fails the test that an operation outlives, and no other", async () => {
  const env = { NODE_TEST_CONTEXT: "" };
  const { exitCode, isHanging, out } = await runScript(CHILD, [], { env });
  const lines = [...out.matchAll(/^ *((?:not )?ok) \d+ - (.*)$/gm)];
  assert.deepEqual(
    lines.map(([, result, name]) => `${result}: ${name}`),
    [
      "ok: ends what it begins",
      "not ok: leaves a read",
      "ok: comes after it and is not blamed",
      "ok: has asked it to stop",
      "not ok: watched",
      "ok: leaves a read, and nobody minds",
      "ok: not watched",
    ],
  );
  assert.match(out, /Operations outlived their test: 1\n +read \d+ of "\/fifo": queued/);
  assert.match(out, /holds 32 bytes of memory\n +at .*quiet-child/);
  assert.deepEqual([exitCode, isHanging], [1, false]);
});
