/**
 * Scene 4: a descriptor is closed and its number used again while a read on it is queued.
 *
 * A queued read knows only a number. When its turn comes, the number means another file.
 */

import { closeSync, openSync, read as readNode, writeSync } from "node:fs";
import type { IoBuffer } from "../../index.ts";
import { blockedReads, descriptorsOf, eventually, RingView } from "./kernel-view.ts";
import { flagFact, numberFact, textFact } from "./protocol.ts";
import { type Finding, finding, type Part, type PartOutcome } from "./scene.ts";
import { codeOf, type Stage } from "./stage.ts";

const BUSY = ["busy-1", "busy-2", "busy-3", "busy-4"];
const A = "AAAAAAAA";
const B = "BBBBBBBB";
const ROUNDS = 100;

export const reuse: Part = {
  title: "a queued read and the next owner of its descriptor",
  fifos: [...BUSY, "fifo-a"],
  files: { "a.txt": A, "b.txt": B },
  play: { "node:fs": reuseWithNode, overlapped: reuseWithOverlapped },
  judge: judgeReuse,
};

async function reuseWithNode(stage: Stage): Promise<undefined> {
  const busy = BUSY.map((name) => openSync(stage.path(name), "r+"));
  for (const descriptor of busy) {
    readNode(descriptor, Buffer.alloc(16), 0, 16, null, () => {});
  }
  const seen = await eventually(() => ((blockedReads()?.length ?? 0) >= 4 ? true : null));
  stage.kernel(seen ? "all four pool threads wait in read()" : "four reads have not returned");

  const a = openSync(stage.path("a.txt"), "r");
  const buffer = Buffer.alloc(A.length);
  const read = new Promise<string>((resolve) => {
    readNode(a, buffer, 0, buffer.length, 0, (error, count) =>
      resolve(error ? codeOf(error) : buffer.toString("latin1", 0, count)),
    );
  });
  stage.app(`fs.read on file A, descriptor ${a}: queued, the pool is busy`);
  closeSync(a);
  stage.kernel(`closes descriptor ${a}`);
  stage.app("closes A at once, and opens file B");
  const b = openSync(stage.path("b.txt"), "r");
  stage.kernel(`gives number ${b} to file B`);
  for (const descriptor of busy) writeSync(descriptor, "x");
  const got = await read;
  const whose = got === B ? `descriptor ${a} is file B now` : "it does not reach file B";
  stage.kernel(`the four reads end and the queued read runs: ${whose}`);
  stage.fact("got", got);
  stage.fact("rounds", 1);
  stage.fact("foreign", got === B ? 1 : 0);
  stage.fact("own", got === A ? 1 : 0);
  stage.app(`the read on A gives "${got}"`);
  for (const descriptor of [b, ...busy]) closeSync(descriptor);
  return undefined;
}

async function reuseWithOverlapped(stage: Stage): Promise<undefined> {
  const view = new RingView();
  const { IoBuffer, open } = await import("../../index.ts");
  const busy = await Promise.all(BUSY.map((name) => open(stage.path(name), "r+")));
  for (const file of busy) file.read(new IoBuffer(16));

  const a = await open(stage.path("fifo-a"), "r+");
  const [number] = descriptorsOf(stage.path("fifo-a"));
  const order: string[] = [];
  const pending = a.read(new IoBuffer(16));
  const read = pending.then(
    () => order.push("read"),
    () => order.push("read"),
  );
  stage.app(`reads FIFO A, descriptor ${number}: pending, like four others`);
  const held = await view.holding(BUSY.length + 1);
  if (held !== null) stage.kernel(`the ring holds ${held.reads} reads`);

  const close = a.close().then(() => order.push("close"));
  const b = open(stage.path("b.txt"));
  stage.app("closes A and opens file B in the same turn");
  await Promise.all([read, close]);
  const fileB = await b;
  const code = await pending.then(() => "none", codeOf);
  const closed = descriptorsOf(stage.path("fifo-a")).length === 0;
  const [numberB] = descriptorsOf(stage.path("b.txt"));
  stage.kernel(`descriptor ${number} ${closed ? "is closed" : "is open"}; file B has ${numberB}`);
  stage.fact("order", order.join(", then "));
  stage.fact("code", code);
  stage.fact("descriptorClosed", closed);
  stage.app(`settled: ${order.join(", then ")}; the read rejected with ${code}`);
  await fileB.close();

  await rounds(stage);
  await Promise.all(busy.map((file) => file.close()));
  return undefined;
}

/** Reads A, closes it and opens B at once, again and again. */
async function rounds(stage: Stage): Promise<void> {
  const { IoBuffer, open } = await import("../../index.ts");
  let [own, canceled, foreign] = [0, 0, 0];
  let last = "";
  for (let round = 0; round < ROUNDS; round += 1) {
    const a = await open(stage.path("a.txt"));
    const buffer = new IoBuffer(A.length);
    const read = a.read(buffer, { position: 0 });
    // Every other time the read is sent first, and close() finds it on its way or done.
    if (round % 2 === 1) await Promise.resolve();
    const close = a.close();
    const b = open(stage.path("b.txt"));
    last = await read.then((count) => latin1(buffer, count), codeOf);
    if (last === A) own += 1;
    else if (last === "ABORT_ERR") canceled += 1;
    else foreign += 1;
    await close;
    const fileB = await b;
    const count = await fileB.readFully(buffer);
    if (latin1(buffer, count) !== B) throw new Error("file B did not give its own bytes");
    await fileB.close();
  }
  stage.fact("got", last);
  stage.fact("rounds", ROUNDS);
  stage.fact("own", own);
  stage.fact("canceled", canceled);
  stage.fact("foreign", foreign);
  stage.app(`${ROUNDS} times read(A), close(A), open(B) at once: ${foreign} reads gave B's bytes`);
}

function latin1(buffer: IoBuffer, count: number): string {
  return Buffer.from(buffer.bytes.subarray(0, count)).toString("latin1");
}

function judgeReuse({ facts }: PartOutcome): Finding[] {
  const rounds = numberFact(facts, "rounds");
  const foreign = numberFact(facts, "foreign");
  const got = textFact(facts, "got");
  const own = numberFact(facts, "own");
  const good =
    rounds === 1
      ? `the read on A did not reach file B: it gave ${got}`
      : `in ${rounds} rounds no read on A gave B's bytes: ${own} gave A's, ` +
        `${numberFact(facts, "canceled")} were canceled`;
  const findings = [
    finding(foreign === 0, {
      good,
      bad:
        rounds === 1
          ? `the read on file A returned file B's bytes: "${got}"`
          : `in ${rounds} rounds ${foreign} reads on file A returned something else: "${got}"`,
      harm: "wrong file read",
    }),
  ];
  if ("order" in facts) findings.push(judgeOrder(facts));
  return findings;
}

function judgeOrder(facts: PartOutcome["facts"]): Finding {
  const order = textFact(facts, "order");
  const code = textFact(facts, "code");
  const closed = flagFact(facts, "descriptorClosed");
  return finding(order === "read, then close" && code === "ABORT_ERR" && closed, {
    good: `close() waited for the pending read: settled ${order}, and the read said ${code}`,
    bad: `settled ${order || "never"}, ${code}, descriptor ${closed ? "closed" : "still open"}`,
    harm: "close did not wait",
  });
}
