/**
 * Scene 1: a read on a FIFO loses a race against a timeout and its buffer is used again.
 *
 * The race decides who is told, not who owns the memory. The read goes on, and what the writer
 * sends later lands in whatever the buffer holds by then.
 */

import { constants, promises } from "node:fs";
import { blockedReadOn, describeRead, eventually, RingView } from "./kernel-view.ts";
import { flagFact, numberFact, textFact } from "./protocol.ts";
import { duration, type Finding, finding, type Part, type PartOutcome } from "./scene.ts";
import { codeOf, pause, type Stage } from "./stage.ts";

const TIMEOUT_MS = 50;
const INTENDED = "invoice 1815: paid";
const LATE = "LATE BYTES";

export const race: Part = {
  title: "a read, a timeout, and the same buffer again",
  fifos: ["fifo"],
  files: {},
  play: { "node:fs": raceWithNode, overlapped: raceWithOverlapped },
  judge: judgeRace,
};

async function raceWithNode(stage: Stage): Promise<undefined> {
  const handle = await promises.open(stage.path("fifo"), constants.O_RDWR);
  const buffer = Buffer.alloc(INTENDED.length);
  stage.app(`reads a FIFO into a buffer, with a timeout of ${TIMEOUT_MS} ms in Promise.race`);
  const read = handle.read(buffer, 0, buffer.length, null);
  const taken = await eventually(() => blockedReadOn(handle.fd));
  stage.kernel(describeRead(taken, "waits"));

  const late = pause(TIMEOUT_MS).then(() => "timeout");
  const winner = await Promise.race([read, late]);
  if (winner !== "timeout") throw new Error("the FIFO had data before anybody wrote");
  stage.app("the timeout wins: to the program the read is over");
  stage.kernel(describeRead(taken === null ? null : blockedReadOn(handle.fd), "still waits"));

  const written = buffer.write(INTENDED);
  stage.fact("reachable", written > 0);
  stage.fact("refusal", "none");
  stage.fact("intended", INTENDED);
  stage.app(`uses the buffer again: "${INTENDED}"`);

  stage.writer("fifo", LATE);
  const result = await Promise.race([read, pause(500).then(() => null)]);
  if (result !== null) {
    const where = taken?.address ?? "the address it was given";
    stage.kernel(`the old read ends: ${result.bytesRead} bytes written to ${where}`);
  }
  stage.fact("found", buffer.toString("latin1"));
  stage.app(`finds in its buffer: "${buffer.toString("latin1")}"`);
  await handle.close();
  return undefined;
}

async function raceWithOverlapped(stage: Stage): Promise<undefined> {
  const view = new RingView();
  const { inFlight, IoBuffer, open } = await import("../../index.ts");
  const file = await open(stage.path("fifo"), "r+");
  const buffer = new IoBuffer(INTENDED.length);
  const earlier = buffer.bytes;
  stage.app(`reads a FIFO into a buffer, with timeoutMs: ${TIMEOUT_MS}`);
  const read = file.read(buffer, { timeoutMs: TIMEOUT_MS });
  const askedAt = stage.now();
  const ended = read.outcome();
  // One turn later the read is with the kernel; waiting longer would race its own timeout.
  await new Promise((resolve) => setImmediate(resolve));
  const taken = view.state();
  if (taken !== null) stage.kernel(`the ring holds ${taken.reads} read, waiting for data`);

  if (read.state === "settled") throw new Error("the read did not wait for its timeout");
  const refusal = refusalOf(() => buffer.bytes);
  stage.fact("reachable", refusal === "none" || earlier.byteLength > 0);
  stage.fact("refusal", refusal);
  stage.app(`buffer.bytes throws ${refusal}; a view taken before has ${earlier.byteLength} bytes`);

  const outcome = await ended;
  const state = view.state();
  stage.fact("status", outcome.status);
  stage.fact("waitedMs", stage.now() - askedAt);
  stage.fact("heldAfter", inFlight().length + (state?.reads ?? 0));
  const code = await read.then(() => "none", codeOf);
  stage.fact("code", code);
  if (taken !== null && state !== null) {
    const posted = state.completions - taken.completions;
    stage.fact("completions", posted);
    stage.kernel(`answers the cancel: ${posted} completions, ${state.reads} reads held`);
  }
  stage.app(`only now the read rejects with ${code}: the buffer is the program's again`);

  buffer.bytes.set(Buffer.from(INTENDED, "latin1"));
  stage.fact("intended", INTENDED);
  stage.app(`uses the buffer again: "${INTENDED}"`);
  stage.writer("fifo", LATE);
  const next = new IoBuffer(64);
  const bytes = await file
    .read(next, { timeoutMs: 500 })
    .then((count) => latin1(next.bytes.subarray(0, count)), codeOf);
  stage.fact("sent", LATE);
  stage.fact("nextRead", bytes);
  stage.fact("found", latin1(buffer.bytes));
  stage.app(`finds in its buffer: "${latin1(buffer.bytes)}"`);
  stage.app(`the next read gets "${bytes}"`);
  await file.close();
  return undefined;
}

function judgeRace({ facts }: PartOutcome): Finding[] {
  const refusal = textFact(facts, "refusal");
  const intended = textFact(facts, "intended");
  const found = textFact(facts, "found");
  const findings = [
    finding(!flagFact(facts, "reachable"), {
      good: `while the kernel owned the buffer, touching it threw ${refusal}`,
      bad: "the program could write to the buffer while the kernel owned it",
      harm: "buffer shared",
    }),
    finding(found === intended, {
      good: `the buffer holds what the program wrote: "${found}"`,
      bad: `the buffer holds "${found}" where the program wrote "${intended}"`,
      harm: "corrupted",
    }),
  ];
  if ("code" in facts) findings.push(judgeEnd(facts), judgeNext(facts));
  return findings;
}

function judgeEnd(facts: PartOutcome["facts"]): Finding {
  const code = textFact(facts, "code");
  const held = numberFact(facts, "heldAfter");
  const waited = duration(numberFact(facts, "waitedMs"));
  const posted = facts.completions ?? null;
  // The cancel and its target both complete; fewer would mean that the promise ran ahead of them.
  const answered = posted === null || numberFact(facts, "completions") >= 1;
  return finding(code === "ETIMEDOUT" && held === 0 && answered, {
    good: `${code} came after ${waited}, with the kernel's completion: nothing was held any more`,
    bad: `after ${waited}: ${code}, ${posted ?? "unknown"} completions, ${held} reads still held`,
    harm: "settled early",
  });
}

function judgeNext(facts: PartOutcome["facts"]): Finding {
  const sent = textFact(facts, "sent");
  const next = textFact(facts, "nextRead");
  return finding(next === sent, {
    good: `the late bytes went to the next read: "${next}"`,
    bad: `the late bytes were "${sent}", the next read got "${next}"`,
    harm: "bytes lost",
  });
}

function refusalOf(touch: () => unknown): string {
  try {
    touch();
    return "none";
  } catch (error) {
    return codeOf(error);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
