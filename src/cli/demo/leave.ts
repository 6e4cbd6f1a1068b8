/**
 * Scene 2, second part: one pending read, and the end of the process.
 *
 * process.exit() joins the threads of Node's pool, so it waits for the read that sits in one.
 */

import { openSync, read as readNode } from "node:fs";
import { blockedReadOn, describeRead, eventually, RingView } from "./kernel-view.ts";
import { duration, type Finding, finding, type Part, type PartOutcome } from "./scene.ts";
import type { Stage } from "./stage.ts";

export const leave: Part = {
  title: "one pending read, then process.exit(0)",
  fifos: ["fifo"],
  files: {},
  play: { "node:fs": leaveWithNode, overlapped: leaveWithOverlapped },
  judge: judgeLeave,
};

async function leaveWithNode(stage: Stage): Promise<number> {
  const descriptor = openSync(stage.path("fifo"), "r");
  readNode(descriptor, Buffer.alloc(16), 0, 16, null, () => {});
  stage.app("reads a FIFO that has no data yet");
  const taken = await eventually(() => blockedReadOn(descriptor));
  stage.kernel(describeRead(taken, "waits"));
  stage.app("process.exit(0)");
  stage.mark();
  return 0;
}

async function leaveWithOverlapped(stage: Stage): Promise<number> {
  const view = new RingView();
  const { IoBuffer, inFlight, open } = await import("../../index.ts");
  const file = await open(stage.path("fifo"), "r");
  file.read(new IoBuffer(16));
  stage.app("reads a FIFO that has no data yet");
  const held = await view.holding(1);
  if (held !== null) stage.kernel(`the ring holds ${held.reads} read, waiting for data`);
  if (inFlight().length !== 1) throw new Error("the read was not pending when the process left");
  stage.app("process.exit(0)");
  stage.mark();
  return 0;
}

function judgeLeave(outcome: PartOutcome): Finding[] {
  const { exitCode, exitedAtMs, markedAtMs, patienceMs, releasedAtMs } = outcome;
  if (markedAtMs === null) throw new Error("the scene never came to process.exit");
  const hung = releasedAtMs !== null;
  const took = duration(exitedAtMs - markedAtMs);
  return [
    finding(!hung && exitCode === 0, {
      good: `with one read pending the process ended ${took} after process.exit(0)`,
      bad: hung
        ? `process.exit(0) had not ended the process after ${patienceMs} ms; it ended when ` +
          `a byte released the read`
        : `the process ended with ${exitCode ?? outcome.exitSignal} instead of 0`,
      harm: "exit hangs",
    }),
  ];
}
