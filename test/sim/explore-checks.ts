// What must be true of a world in each of its states, promise by promise.

import { keyOf } from "./explore-key.ts";
import { complaintsOf } from "./explore-outcomes.ts";
import type { Party } from "./explore-party.ts";
import { isRead } from "./explore-scenes.ts";
import { FILE_CONTENT } from "./explore-subject.ts";
import { World } from "./explore-world.ts";

/** `isNew`: no world has been in this state before. */
export function complaintsOfWorld(world: World, isNew: boolean): string[] {
  const complaints = complaintsOfHistory(world);
  return isNew ? [...complaints, ...complaintsOfState(world)] : complaints;
}

/** What depends on how it came to its state. */
function complaintsOfHistory(world: World): string[] {
  const { kernel, watch, parties } = world;
  const hasTurned = world.actsInTurn === 0;
  return [
    ...kernel.violations.map((each) => `P2/P3: ${each}`),
    ...watch.complaints,
    ...World.bugs,
    ...parties.flatMap((party) => complaintsOf(party, hasTurned)),
    ...complaintsOfStream(world),
    ...(hasTurned ? complaintsOfDrain(world) : []),
    ...(isQuiet(world) ? complaintsOfRest(world) : []),
  ];
}

function complaintsOfState(world: World): string[] {
  return [
    ...complaintsOfHandle(world),
    ...complaintsOfCounts(world),
    ...complaintsOfRepeating(world),
    ...(world.actsInTurn === 0 ? complaintsOfIdling(world) : []),
  ];
}

/** Nothing is under way and nothing will happen by itself. */
export function isQuiet(world: World): boolean {
  const isStill = world.actsInTurn === 0 && world.kernel.agenda.count === 0;
  return isStill && world.parties.every(({ isOver }) => isOver);
}

function complaintsOfHandle(world: World): string[] {
  if (world.isOpen) return [];
  const { file, spare, kernel } = world;
  const complaints: string[] = [];
  try {
    void file.read(spare);
    complaints.push("P3: new work is accepted while closing");
  } catch (error) {
    const isRefusal = error instanceof TypeError && "code" in error && error.code === "ERR_CLOSED";
    if (!isRefusal) complaints.push(`P3: new work while closing is answered ${error}`);
  }
  if (spare.isLent) complaints.push("P3: a refused read lends its buffer");
  const close = world.parties.find(({ name }) => name === "close");
  if (close === undefined) return [...complaints, "P3: closing, though nobody has asked for it"];
  if (file.close() !== close.operation) complaints.push("P3: a second close is another operation");
  if ((file.state === "closed") !== close.isOver) complaints.push(`P3: ${file.state} too early`);
  const isWithKernel = close.submissions.length > 0;
  if (!isWithKernel && kernel.descriptors.count !== 1) complaints.push("P3: closed by nobody");
  if (close.isOver && kernel.descriptors.count !== 0) complaints.push("P3: never closed");
  return complaints;
}

/** P5, P7: bytes of a stream are delivered in order, each once, also those of orphans. */
function complaintsOfStream({ scene, parties, subject }: World): string[] {
  if (scene.subject !== "FIFO") return [];
  const delivered = parties.map((party) => party.delivered).join("");
  if (subject.poured.startsWith(delivered)) return [];
  return [`P7: ${delivered} was delivered of ${subject.poured}`];
}

/** P7, P12: what is counted is what is there. */
function complaintsOfCounts({ io, parties, clock }: World): string[] {
  const complaints: string[] = [];
  for (const { name, isPast } of parties) {
    if (!isPast || !clock.names.includes(`time ${name}`)) continue;
    complaints.push(`P9: the timer of ${name} goes on`);
  }
  const live = numbersOf(parties.filter(({ isOver }) => !isOver));
  const counted = io.inFlight().map(({ id }) => id);
  if (counted.sort(byValue).join() !== live) {
    complaints.push(`P12: ${counted.join() || "nothing"} is said to be in flight, wanted ${live}`);
  }
  const orphans = parties.filter(({ isOver, isAbandoned }) => isAbandoned && !isOver);
  const bytes = orphans.reduce((sum, { buffer }) => sum + (buffer?.byteLength ?? 0), 0);
  const { quarantinedOperations, quarantinedBytes } = io.status();
  if (quarantinedOperations !== orphans.length || quarantinedBytes !== bytes) {
    complaints.push(`P7: ${quarantinedOperations} orphans with ${quarantinedBytes} bytes counted`);
  }
  return complaints;
}

function numbersOf(parties: readonly Party[]): string {
  return parties
    .map(({ number }) => number)
    .sort(byValue)
    .join();
}

function byValue(a: number, b: number): number {
  return a - b;
}

/** P4: what was asked before changes nothing when it is asked again. */
function complaintsOfRepeating(world: World): string[] {
  const before = keyOf(world);
  for (const { operation, isAbandoned, isStoppable } of world.parties) {
    if (operation === null || isStoppable) continue;
    operation.cancel();
    if (isAbandoned || operation.state === "settled") operation.abandon();
  }
  const after = keyOf(world);
  return before === after ? [] : [`P4: asked again, ${before} became ${after}`];
}

function complaintsOfDrain({
  drain,
  clock,
  isDeadlineOver,
  parties,
  liveAtDrain,
}: World): string[] {
  if (drain === "no") return [];
  const hasTimer = clock.names.includes("deadline");
  if (drain === "waits") {
    if (isDeadlineOver) return ["P9: drain waits beyond its deadline"];
    if (!hasTimer) return ["P9: drain waits without a deadline"];
    const isOver = parties.every((party) => party.isOver);
    return isOver ? ["P9: drain waits for nothing"] : [];
  }
  const held = drain.held.map(({ id }) => id).sort(byValue);
  const complaints: string[] = [];
  if (held.join() !== liveAtDrain) {
    complaints.push(`P9: drain says ${held.join() || "nothing"}, and ${liveAtDrain} was held`);
  }
  if (held.length > 0 && !isDeadlineOver) complaints.push("P9: drain gave up before its deadline");
  if (hasTimer) complaints.push("P9: drain is over, and its deadline is set");
  return complaints;
}

/** P4, P10: nobody waits for what will not come, or for somebody whom it does not concern. */
function complaintsOfIdling(world: World): string[] {
  const isBusy = world.kernel.agenda.count > 0;
  if (isBusy || world.clock.names.some((name) => name.startsWith("retry"))) return [];
  const live = world.parties.filter(({ isOver }) => !isOver);
  const waiting = live.filter(({ tasks }) => tasks.at(-1)?.state === "waiting");
  const forgotten = waiting.filter((each) => each.stopper !== null || each.isAbandoned);
  const idle = live.filter((party) => {
    return !waiting.includes(party) && !waiting.some((each) => mayWaitFor(party, each, world));
  });
  return [
    ...forgotten.map(({ name }) => `P4: that ${name} should stop has been forgotten`),
    ...idle.map(({ name }) => `P10: nothing is under way for ${name}`),
  ];
}

function mayWaitFor({ call }: Party, other: Party, { scene }: World): boolean {
  if (call === null) return true; // A close.
  const isStream = scene.subject !== "file" && scene.subject !== "path";
  return isStream && other.call !== null && isRead(call) === isRead(other.call);
}

/** When all is over. */
function complaintsOfRest(world: World): string[] {
  const { scene, clock, kernel, parties, subject } = world;
  const complaints: string[] = [];
  const timers = clock.names.filter((name) => name !== "deadline");
  if (timers.length > 0) complaints.push(`P9: timers are left: ${timers.join()}`);
  if (kernel.inFlight.length > 0) complaints.push(`P9: the kernel has ${kernel.inFlight.join()}`);
  if (scene.subject === "path") {
    const opened = parties.filter(({ outcomes }) => outcomes[0]?.status === "completed").length;
    const { count } = kernel.descriptors;
    if (count !== opened) complaints.push(`P7: ${count} descriptors, wanted ${opened}`);
  }
  if (scene.subject === "full FIFO") {
    const written = parties.map(({ name, moved }) => name.repeat(moved)).join("");
    if (world.subject.poured !== written)
      complaints.push(`P5: ${world.subject.poured} written, told ${written}`);
  }
  if (scene.subject === "file" && !isExplained(world)) {
    complaints.push(`P7: the file has ${subject.contents}, which its writes do not explain`);
  }
  return complaints;
}

/** Each byte is that of a write which covers it and was not to be overtaken by another one. */
function isExplained({ parties, subject }: World): boolean {
  const { contents } = subject;
  const writes = parties.filter(({ isWrite, moved }) => isWrite && moved > 0);
  for (let at = 0; at < contents.length; at++) {
    const covering = writes.filter((each) => each.covers(at));
    const last = covering.filter((each) => !covering.some(({ after }) => after.includes(each)));
    const possible = last.length === 0 ? [FILE_CONTENT[at]] : last.map(({ name }) => name);
    if (!possible.includes(contents[at])) return false;
  }
  return true;
}

/** P7: what is left of a stream can be read. Changes the world. */
export async function complaintsOfFuture(world: World): Promise<string[]> {
  if (world.scene.subject !== "FIFO" || !world.isOpen) return [];
  const delivered = world.parties.map((party) => party.delivered).join("");
  const left = world.subject.poured.slice(delivered.length);
  let read = "";
  for (let last = left; last !== "" && read.length < left.length; read += last) {
    last = await world.readNow();
  }
  return read === left ? [] : [`P7: of what was left, ${left}, ${read || "nothing"} can be read`];
}
