// Goal: what the kernel writes to is kept alive by the operation and by nothing else: the program
// may drop the buffer, the promise and the file, and the collector may run at any time. When the
// operation is over, nothing keeps them.
// Method: a read whose buffer nobody has any more; collections; then other memory, and bytes.
//
// Seen in: https://github.com/python/cpython/issues/116773
// Seen in: https://github.com/PeculiarVentures/pkcs11js/issues/121

import assert from "node:assert/strict";

import { type File, IoBuffer } from "../../src/index.ts";
import { assertQuiet } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import { type Stage, turn } from "../conformance/subject.ts";
import { collect } from "../native/collect.ts";
import { onEachBackend } from "../support/each-backend.ts";

const BYTES = 4096;
const ROUNDS_MAX = 100;

function readAndForget(file: File): WeakRef<IoBuffer> {
  const buffer = new IoBuffer(BYTES);
  void file.read(buffer);
  return new WeakRef(buffer);
}

async function collected(): Promise<void> {
  await turn();
  collect();
  await turn();
}

async function keptAlive(stage: Stage): Promise<void> {
  const { file, peer, close } = await openFifo(stage);
  for (let round = 0; round < 3; round++) {
    const buffer = readAndForget(file);
    await others(stage);
    for (let count = 0; count < 3; count++) await collected();
    assert.ok(buffer.deref() !== undefined, "collected while the kernel has it");
    await collected();
    const next = Array.from({ length: 32 }, () => new IoBuffer(BYTES).bytes);
    next.push(...Array.from({ length: 32 }, () => new Uint8Array(BYTES)));
    peer.write(new Uint8Array(BYTES).fill(0x78));
    while (stage.io.inFlight().length > 0) await turn();
    for (const bytes of next) assert.ok(bytes.every((byte) => byte === 0));
    assert.equal(peer.empty().byteLength, 0);
    let rounds = 0;
    while (buffer.deref() !== undefined && ++rounds < ROUNDS_MAX) await collected();
    assert.ok(rounds < ROUNDS_MAX, "kept although it is over");
  }
  await close();
  assertQuiet(stage);
}

onEachBackend("a buffer that nobody has is there until the end", keptAlive, {
  needs: ["waitingReads"],
});
