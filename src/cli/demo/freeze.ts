/**
 * Scene 2, first part: four pending reads, and an ordinary file.
 *
 * Node's file calls share four threads. A read that waits for a writer keeps its thread for as
 * long as it takes, so four of them stop every file, DNS and crypto call of the process.
 */

import { openSync, promises, read as readNode } from "node:fs";
import { blockedReads, eventually, RingView } from "./kernel-view.ts";
import { numberFact, textFact } from "./protocol.ts";
import { duration, type Finding, finding, type Part, type PartOutcome } from "./scene.ts";
import { codeOf, type Stage } from "./stage.ts";

const FIFOS = ["fifo-1", "fifo-2", "fifo-3", "fifo-4"];
const ORDINARY = "ordinary.txt";

export const freeze: Part = {
  title: "four pending reads, then an ordinary file",
  fifos: FIFOS,
  files: { [ORDINARY]: "an ordinary file\n" },
  play: { "node:fs": freezeWithNode, overlapped: freezeWithOverlapped },
  judge: judgeFreeze,
};

async function freezeWithNode(stage: Stage): Promise<undefined> {
  for (const name of FIFOS) {
    readNode(openSync(stage.path(name), "r"), Buffer.alloc(16), 0, 16, null, () => {});
  }
  stage.app("reads four FIFOs that have no data yet");
  const blocked = await eventually(() => {
    const reads = blockedReads();
    return reads !== null && reads.length >= FIFOS.length ? reads : null;
  });
  stage.kernel(
    blocked === null
      ? "the four reads have not returned"
      : `threads that wait in read(): ${blocked.map((read) => read.thread).join(", ")}`,
  );

  stage.app("readFile of an ordinary file");
  const ticks = countTicks();
  const askedAt = stage.now();
  stage.mark();
  const text = await promises.readFile(stage.path(ORDINARY), "utf8");
  stage.fact("fileAtMs", stage.now());
  stage.fact("fileMs", stage.now() - askedAt);
  stage.fact("text", text);
  stage.app(`the file came after ${duration(stage.now() - askedAt)}; timers ran ${ticks()} times`);
  return undefined;
}

async function freezeWithOverlapped(stage: Stage): Promise<undefined> {
  const view = new RingView();
  const { IoBuffer, open } = await import("../../index.ts");
  const files = await Promise.all(FIFOS.map((name) => open(stage.path(name), "r")));
  const reads = files.map((file) => file.read(new IoBuffer(16)));
  stage.app("reads four FIFOs that have no data yet");
  const held = await view.holding(FIFOS.length);
  if (held !== null) stage.kernel(`the ring holds ${held.reads} reads, waiting for data`);
  const waiting = blockedReads();
  if (waiting !== null) stage.kernel(`threads that wait in read(): ${waiting.length}`);

  stage.app("open, read and close an ordinary file");
  const askedAt = stage.now();
  stage.mark();
  const file = await open(stage.path(ORDINARY));
  const buffer = new IoBuffer(64);
  const count = await file.readFully(buffer);
  await file.close();
  stage.fact("fileAtMs", stage.now());
  stage.fact("fileMs", stage.now() - askedAt);
  stage.fact("text", Buffer.from(buffer.bytes.subarray(0, count)).toString());
  stage.app(`the file came after ${duration(stage.now() - askedAt)}; the four reads wait on`);

  await Promise.all(files.map((each) => each.close()));
  const codes = await Promise.all(reads.map((read) => read.then(() => "none", codeOf)));
  const state = view.state();
  if (state !== null) stage.kernel(`answers four cancels: ${state.reads} reads held`);
  stage.fact("closed", codes.filter((code) => code === "ABORT_ERR").length);
  stage.app("close() ended the four reads with ABORT_ERR: nothing keeps the process");
  return undefined;
}

/** The loop is alive all the while: it is the pool that is not. Returns the count and stops. */
function countTicks(): () => number {
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 50);
  // The reads hold the process open, the count of ticks must not.
  timer.unref();
  return () => {
    clearInterval(timer);
    return ticks;
  };
}

function judgeFreeze(outcome: PartOutcome): Finding[] {
  const { facts, patienceMs, releasedAtMs } = outcome;
  const file = duration(numberFact(facts, "fileMs"));
  const expected = freeze.files[ORDINARY];
  if (textFact(facts, "text") !== expected) throw new Error("the ordinary file came out wrong");
  const frozen = releasedAtMs !== null && numberFact(facts, "fileAtMs") >= releasedAtMs;
  const findings = [
    finding(!frozen, {
      good: `beside four pending reads an ordinary file came in ${file}`,
      bad:
        `an ordinary file had not come after ${patienceMs} ms; it came when a byte released ` +
        `one of the four reads`,
      harm: "pool frozen",
    }),
  ];
  if ("closed" in facts) {
    const closed = numberFact(facts, "closed");
    const ended = releasedAtMs === null && outcome.exitCode === 0;
    findings.push(
      finding(closed === FIFOS.length && ended, {
        good: `close() ended ${closed} of ${FIFOS.length} reads and the process ended by itself`,
        bad: `close() ended ${closed} of ${FIFOS.length} reads; exit code ${outcome.exitCode}`,
        harm: "close hangs",
      }),
    );
  }
  return findings;
}
