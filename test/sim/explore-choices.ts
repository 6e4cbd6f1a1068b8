// What could happen next in a world, and making it happen.

import type { Fault } from "../../src/backend/sim/faults.ts";
import type { Possible } from "../../src/backend/sim/schedule.ts";
import type { Task } from "../../src/backend/sim/task.ts";
import type { Party } from "./explore-party.ts";
import type { World } from "./explore-world.ts";

type AppAct = "call" | "cancel" | "abandon" | "close" | "signal" | "drain";
export type KernelAct = Possible["kind"];

/** `turn`: the application's acts reach the kernel. `peer`: the other end of a FIFO is used. */
export interface Choice {
  readonly act: AppAct | KernelAct | "turn" | "peer" | "timer";
  /** The operation or timer that it is about; empty if none. */
  readonly of: string;
  readonly trick: Fault | null;
}

/** Each is one object, so that paths of thousands of states can share them. */
const CHOICES: Map<string, Choice> = new Map();

function choice(act: Choice["act"], of = "", trick: Fault | null = null): Choice {
  const text = textOf({ act, of, trick });
  const known = CHOICES.get(text);
  if (known !== undefined) return known;
  const made = { act, of, trick };
  CHOICES.set(text, made);
  return made;
}

export function textOf({ act, of, trick }: Choice): string {
  return `${act}${of === "" ? "" : ` ${of}`}${trick === null ? "" : `, ${trick}`}`;
}

export function choicesOf(world: World): Choice[] {
  const list: Choice[] = [];
  if (world.actsInTurn > 0) list.push(choice("turn"));
  else addOutside(world, list);
  if (world.actsInTurn < world.scene.actsInTurn) addApplication(world, list);
  return list;
}

function addApplication(world: World, list: Choice[]): void {
  const { acts } = world.scene;
  const next = world.nextName;
  if (next !== null && world.isOpen) {
    list.push(choice("call", next));
    if (world.tricksLeft > 0) {
      for (const trick of SUBMIT_TRICKS) list.push(choice("call", next, trick));
    }
  }
  const isAnyLive = world.parties.some(({ isOver }) => !isOver);
  for (const party of world.parties) {
    const { name, state, operation } = party;
    if (operation === null || (name === "close" && !acts.includes("stop close"))) continue;
    if (acts.includes("cancel") && party.isStoppable) list.push(choice("cancel", name));
    const isLeft = party.isAbandoned || state === "settled";
    if (acts.includes("abandon") && !isLeft) list.push(choice("abandon", name));
  }
  if (acts.includes("close") && world.canClose) list.push(choice("close"));
  if (acts.includes("signal") && isAnyLive && !world.isSignalAborted) list.push(choice("signal"));
  if (acts.includes("drain") && isAnyLive && world.drain === "no") list.push(choice("drain"));
}

function addOutside(world: World, list: Choice[]): void {
  const seen = new Set<string>();
  const { agenda } = world.kernel;
  for (let place = 0; place < agenda.count; place++) {
    const { kind, number } = agenda.at(place);
    const of = world.nameOf(kind, number);
    if (seen.has(kind + of)) continue;
    seen.add(kind + of);
    list.push(choice(kind, of));
    const task = world.taskOf(number);
    if (task === undefined || world.tricksLeft === 0) continue;
    for (const trick of tricksAt(kind, task)) list.push(choice(kind, of, trick));
  }
  for (const timer of new Set(world.timers)) list.push(choice("timer", timer));
  if (world.subject.peerActsLeft > 0) list.push(choice("peer"));
}

const SUBMIT_TRICKS: readonly Fault[] = ["synchronous", "queueFull"];

/** Faults that make a difference at this step of a request. */
function tricksAt(kind: KernelAct, task: Task): readonly Fault[] {
  const { request, kind: of, isStubborn } = task;
  const moves = of === "read" || of === "write";
  if (kind === "execute") {
    if (of === "read") return ["shortRead", "ioError", "interrupted"];
    if (of === "write") return ["shortWrite", "tornWrite", "ioError", "interrupted"];
    return of === "fsync" || of === "truncate" ? ["ioError"] : [];
  }
  if (kind === "post") return moves && task.answer?.kind === "done" ? ["splitCompletion"] : [];
  const isCancelable = (task.state === "ready" || task.state === "waiting") && !isStubborn;
  if (kind !== "answerCancel" || !isCancelable || request.kind === "close") return [];
  return of === "open"
    ? ["stubbornOpen", "lostCancel", "alreadyRunning"]
    : ["lateCancel", "lostCancel", "alreadyRunning"];
}

export async function apply(world: World, { act, of, trick }: Choice): Promise<void> {
  if (trick !== null) world.tricksLeft--;
  switch (act) {
    case "call":
      return world.callNext(trick);
    case "cancel":
      return world.act(of === "close" ? "close" : "cancel", () => world.cancel(party(world, of)));
    case "abandon":
      return world.act("cancel", () => world.abandon(party(world, of)));
    case "signal":
      return world.act("signal", () => world.abort());
    case "close":
      return world.act("close", () => world.close());
    case "drain":
      return world.act("drain", () => world.startDrain());
    case "turn":
      return world.turn();
    case "peer":
      return world.subject.usePeer();
    case "timer":
      return world.fire(of);
    default:
      return world.stepKernel(act, of, trick);
  }
}

function party(world: World, name: string): Party {
  const found = world.parties.find((each) => each.name === name);
  if (found === undefined) throw new RangeError(`Nothing is named ${name}`);
  return found;
}
