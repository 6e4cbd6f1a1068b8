// Goal: the simulated disk can be set up and looked at from outside, and says what is wrong when it
// cannot be.
// Method: each method, and each of its errors.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FIFO_BYTES_MAX } from "../../../src/backend/sim/fifo.ts";
import { IoBuffer } from "../../../src/index.ts";
import { SimBed } from "./sim-bed.ts";

describe("the simulated disk from outside", () => {
  test("a file has a content of its own", () => {
    const { world } = new SimBed();
    const content = Buffer.from("abc");
    world.makeFile("/file", content);
    content.fill(0);
    world.contentOf("/file").fill(0);
    assert.equal(Buffer.from(world.contentOf("/file")).toString(), "abc");
    world.makeFile("/file");
    assert.equal(world.contentOf("/file").byteLength, 0);
  });

  test("names, also those that are not ASCII", async () => {
    const bed = new SimBed();
    bed.world.makeDirectory("/Ordner");
    bed.world.makeFile("/Ordner/größe");
    await bed.result(bed.io.symlink("zu größe", "/Ordner/link"));
    assert.deepEqual(bed.world.namesIn("/Ordner"), ["größe", "link"]);
    assert.equal(bed.world.linkTargetOf("/Ordner/link"), "zu größe");
    assert.ok(bed.world.exists("/Ordner/größe"));
    assert.ok(!bed.world.exists("/Ordner/andere"));
  });

  test("descriptors are counted", async () => {
    const bed = new SimBed();
    bed.world.makeFile("/file");
    const file = await bed.result(bed.io.open("/file"));
    assert.equal(bed.world.descriptorCount, 1);
    await bed.result(file.close());
    assert.equal(bed.world.descriptorCount, 0);
  });

  test("what is not there, or something else, is a mistake of the caller", () => {
    const { world } = new SimBed();
    world.makeFile("/file");
    world.makeFifo("/fifo");
    assert.throws(() => world.contentOf("/none"), RangeError);
    assert.throws(() => world.contentOf("/fifo"), TypeError);
    assert.throws(() => world.linkTargetOf("/file"), TypeError);
    assert.throws(() => world.namesIn("/file"), TypeError);
    assert.throws(() => world.peerOf("/file"), TypeError);
    assert.throws(() => world.makeFile("/none/file"), RangeError);
    assert.throws(() => world.makeDirectory("/file/directory"), RangeError);
    assert.throws(() => world.makeFifo(""), RangeError);
    assert.throws(() => world.exists("\0".repeat(5000)) || assert.fail("not there"), Error);
  });
});

describe("the other end of a FIFO", () => {
  test("what it writes is read in order, however it is cut", async () => {
    const bed = new SimBed();
    bed.world.makeFifo("/fifo");
    const peer = bed.world.peerOf("/fifo");
    const file = await bed.result(bed.io.open("/fifo"));
    peer.write("abc");
    peer.write("defgh");
    const buffer = new IoBuffer(4);
    let read = "";
    while (read.length < 8) {
      const count = await bed.result(file.read(buffer));
      read += Buffer.from(buffer.bytes.subarray(0, count)).toString();
    }
    assert.equal(read, "abcdefgh");
  });

  test("a reader waits for it, and ends when it has gone", async () => {
    const bed = new SimBed();
    bed.world.makeFifo("/fifo");
    const file = await bed.result(bed.io.open("/fifo"));
    const reading = file.read(new IoBuffer(4));
    await bed.settle();
    assert.equal(reading.state, "submitted");
    const peer = bed.world.peerOf("/fifo");
    await bed.settle();
    assert.equal(reading.state, "submitted", "somebody has it open and writes nothing");
    peer.close();
    peer.close();
    assert.equal(await bed.result(reading), 0);
  });

  test("a writer waits for room, and small writes go in whole", async () => {
    const bed = new SimBed();
    bed.world.makeFifo("/fifo");
    const peer = bed.world.peerOf("/fifo");
    const file = await bed.result(bed.io.open("/fifo", "w"));
    peer.fill();
    const writing = file.write("abc");
    await bed.settle();
    assert.equal(writing.state, "submitted");
    assert.throws(() => peer.write("x"), RangeError);
    assert.equal(peer.empty().byteLength, FIFO_BYTES_MAX);
    assert.equal(await bed.result(writing), 3);
    assert.equal(Buffer.from(peer.empty()).toString(), "abc");
  });

  test("a big write goes in as far as there is room", async () => {
    const bed = new SimBed();
    bed.world.makeFifo("/fifo");
    const peer = bed.world.peerOf("/fifo");
    const file = await bed.result(bed.io.open("/fifo", "w"));
    const data = new Uint8Array(FIFO_BYTES_MAX + 10);
    assert.equal(await bed.result(file.write(data)), FIFO_BYTES_MAX);
    assert.equal(peer.empty().byteLength, FIFO_BYTES_MAX);
  });

  test("without a reader a write fails", async () => {
    const bed = new SimBed();
    bed.world.makeFifo("/fifo");
    const peer = bed.world.peerOf("/fifo");
    const file = await bed.result(bed.io.open("/fifo", "w"));
    peer.close();
    const outcome = await bed.result(file.write("abc").outcome());
    assert.equal(outcome.status === "failed" && outcome.error.code, "EPIPE");
  });
});
