// Tests of which some leave an operation behind, for leak.test.ts, which runs this file as a child.
// On a simulated kernel, so that it needs no ring.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { SimPump } from "../../../src/backend/sim/pump.ts";
import { type File, IoBuffer, type Operation } from "../../../src/index.ts";
import { makeSimulation } from "../../../src/testing/simulation.ts";
import { quietAfterEach } from "../../../src/testing.ts";

const { io, kernel, clock, world } = makeSimulation({ seed: 0 });
new SimPump({ kernel, clock, later: setImmediate, stepsPerTurn: 4, mayPass: () => true });

world.makeFifo("/fifo");
world.makeFile("/file", "text");

describe("watched", () => {
  quietAfterEach(io);
  let fifo: File;
  let early: Operation<number>;

  before(async () => {
    fifo = await io.open("/fifo", "r+");
    early = fifo.read(new IoBuffer(64));
  });

  after(async () => {
    await fifo.close();
    assert.deepEqual(io.inFlight(), []);
  });

  it("ends what it begins", async () => {
    assert.equal((await io.stat("/file")).size, 4);
    assert.equal(early.state, "submitted");
  });

  it("leaves a read", () => {
    void fifo.read(new IoBuffer(32)).outcome();
  });

  it("comes after it and is not blamed", async () => {
    assert.deepEqual(io.inFlight(), []);
    await assert.rejects(early, { code: "ABORT_ERR" });
  });

  it("has asked it to stop", async () => {
    const reading = fifo.read(new IoBuffer(16));
    await io.stat("/file");
    void reading.cancel();
  });
});

describe("not watched", () => {
  it("leaves a read, and nobody minds", async () => {
    await using fifo = await io.open("/fifo", "r+");
    const reading = fifo.read(new IoBuffer(8)).outcome();
    await io.stat("/file");
    assert.equal(io.inFlight().length, 1);
    await fifo.close();
    assert.equal((await reading).status, "canceled");
  });
});
