// Goal: the language cannot take memory away from the kernel. What is lent is out of reach, so
// that nobody can transfer, resize or collect it; what is not the library's own is never lent: to
// be written it is copied within the call, and to be read into it is refused.
// Method: transfer of a buffer in flight; writes out of memory that is transferred, resized to
// nothing or outgrown as soon as the call has returned, while there is no room for them yet. The
// wrong one is Node's own.
//
// Seen in: https://github.com/oven-sh/bun/pull/30158
// Seen in: https://github.com/oven-sh/bun/pull/42203
// Seen in: https://github.com/oven-sh/bun/pull/34751

import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import { test } from "node:test";

import { IoBuffer } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import { FileSystem } from "../conformance/file-system.ts";
import { type Peer, type Stage, turn } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";

const TEXT = "a text of the caller";

type Write = (bytes: Uint8Array) => PromiseLike<unknown>;

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): void;
}

type MakeWasmMemory = new (pages: { initial: number; maximum: number }) => WasmMemory;

/** The types of the language without those of the web do not have it. */
const wasm = globalThis as unknown as { WebAssembly: { Memory: MakeWasmMemory } };

interface Foreign {
  readonly bytes: Uint8Array;
  takeAway(): void;
}

type Resizable = ArrayBuffer & { resize(byteLength: number): void };
type MakeResizable = new (byteLength: number, options: { maxByteLength: number }) => Resizable;

function filled(bytes: Uint8Array): Uint8Array {
  bytes.set(Buffer.from(TEXT));
  return bytes;
}

const FOREIGN: Readonly<Record<string, () => Foreign>> = {
  transferred: () => {
    const memory = new ArrayBuffer(TEXT.length);
    const bytes = filled(new Uint8Array(memory));
    let taken: ArrayBuffer | null = null;
    const takeAway = (): void => {
      taken ??= structuredClone(memory, { transfer: [memory] });
      new Uint8Array(taken).fill(0);
    };
    return { bytes, takeAway };
  },
  resized: () => {
    const memory = new (ArrayBuffer as MakeResizable)(TEXT.length, { maxByteLength: 4096 });
    const bytes = filled(new Uint8Array(memory, 0, TEXT.length));
    return { bytes, takeAway: () => memory.resize(0) };
  },
  "of WebAssembly, outgrown": () => {
    const memory = new wasm.WebAssembly.Memory({ initial: 1, maximum: 100 });
    const bytes = filled(new Uint8Array(memory.buffer, 100, TEXT.length));
    const takeAway = (): void => {
      memory.grow(20);
      new Uint8Array(memory.buffer).fill(0);
    };
    return { bytes, takeAway };
  },
  overwritten: () => {
    const bytes = filled(new Uint8Array(TEXT.length));
    return { bytes, takeAway: () => bytes.fill(0) };
  },
};

/** What comes out at the other end, if the memory is taken away while there is no room for it. */
async function landed(peer: Peer, foreign: Foreign, write: Write): Promise<string> {
  peer.fill();
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  write(foreign.bytes).then(end, end);
  foreign.takeAway();
  await turn();
  foreign.takeAway();
  let sent = "";
  while (!isOver) {
    sent += Buffer.from(peer.empty()).toString();
    await turn();
  }
  sent += Buffer.from(peer.empty()).toString();
  return sent.replaceAll("-", "");
}

async function copiedWithinTheCall(stage: Stage): Promise<void> {
  const { io, world } = stage;
  for (const [name, make] of Object.entries(FOREIGN)) {
    const { file, peer, close } = await openFifo(stage);
    assert.equal(await landed(peer, make(), (bytes) => file.writeAll(bytes)), TEXT, name);
    await close();
    const path = world.fresh();
    const { bytes, takeAway } = make();
    const whole = io.writeFile(path, bytes);
    takeAway();
    await whole;
    assert.equal(Buffer.from(world.contentOf(path)).toString(), TEXT, name);
  }
  assertQuiet(stage);
}

async function refusedToRead(stage: Stage): Promise<void> {
  const { file, close } = await openFifo(stage);
  for (const [name, make] of Object.entries(FOREIGN)) {
    const bytes = make().bytes as unknown as IoBuffer;
    assert.throws(() => file.read(bytes), { name: "TypeError" }, name);
    assert.throws(() => file.readv([bytes]), { name: "TypeError" }, name);
  }
  await close();
  assertQuiet(stage);
}

type Take = (memory: ArrayBuffer) => ArrayBuffer | undefined;

const TAKING: readonly Take[] = [
  (memory) => structuredClone(memory, { transfer: [memory] }),
  (memory) => (memory as { transfer?: () => ArrayBuffer }).transfer?.(),
  (memory) => (memory as { transfer?: (byteLength: number) => ArrayBuffer }).transfer?.(0),
  (memory) => (memory as Resizable).resize(0) as undefined,
];

/** It may be refused, or give nothing. */
function bytesTaken(memory: ArrayBuffer, take: Take): number {
  try {
    return take(memory)?.byteLength ?? 0;
  } catch {
    return 0;
  }
}

async function outOfReach(stage: Stage): Promise<void> {
  const { file, peer, close } = await openFifo(stage);
  const buffer = IoBuffer.from("mine");
  const memory = buffer.bytes.buffer as ArrayBuffer;
  const read = file.read(buffer);
  await others(stage);
  assert.equal(memory.byteLength, 0);
  for (const takeAway of TAKING) assert.equal(bytesTaken(memory, takeAway), 0);
  assertLent([buffer], []);
  const next = Array.from({ length: 32 }, () => new Uint8Array(4));
  peer.write("came");
  assert.equal(await read, 4);
  assertBack([buffer]);
  assert.equal(Buffer.from(buffer.bytes).toString(), "came");
  for (const bytes of next) assert.ok(bytes.every((byte) => byte === 0));
  await close();
  assertQuiet(stage);
}

const needs = ["waitingReads", "waitingWrites"] as const;

onEachBackend("a buffer in flight cannot be transferred or resized", outOfReach, { needs });
onEachBackend("memory of others is copied within the call", copiedWithinTheCall, { needs });
onEachBackend("memory of others is not read into", refusedToRead, { needs });

test("wrong: node:fs writes what it finds there later", async () => {
  const world = new FileSystem();
  for (const [name, make] of Object.entries(FOREIGN)) {
    const path = world.makeFifo();
    const peer = world.peerOf(path);
    const file = await open(path, "r+");
    assert.notEqual(await landed(peer, make(), (bytes) => file.write(bytes)), TEXT, name);
    await file.close();
  }
  world.dispose();
});
