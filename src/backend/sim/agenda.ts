// What the simulated kernel could do next.

import { bug } from "../../base/assert.ts";
import type { OperationId } from "../contract.ts";
import type { SimRing } from "./ring.ts";
import type { Agenda, Possible } from "./schedule.ts";
import type { Task } from "./task.ts";

export type KernelEvent =
  | { readonly kind: "execute" | "post" | "notify"; readonly task: Task }
  | {
      readonly kind: "answerCancel";
      readonly ring: SimRing;
      readonly id: OperationId;
      /** What is to be canceled, if the kernel had it when it was asked. */
      readonly target: Task | undefined;
    }
  | { readonly kind: "wake"; readonly ring: SimRing };

/** In this order, if nobody wants another: what is nearly done first. */
const KINDS: readonly KernelEvent["kind"][] = ["post", "notify", "execute", "answerCancel", "wake"];

export class EventList implements Agenda {
  readonly #lists: ReadonlyMap<KernelEvent["kind"], KernelEvent[]> = new Map(
    KINDS.map((kind) => [kind, []]),
  );
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(event: KernelEvent): void {
    this.#list(event.kind).push(event);
    this.#count++;
  }

  at(place: number): Possible {
    const [list, at] = this.#find(place);
    const event = list[at] ?? bug("sim: nothing is at that place");
    const task = taskOf(event);
    return { kind: event.kind, number: task?.number ?? 0, request: task?.kind ?? null };
  }

  take(place: number): KernelEvent {
    const [list, at] = this.#find(place);
    const [event] = list.splice(at, 1);
    this.#count--;
    return event ?? bug("sim: nothing is at that place");
  }

  /** The execution of a task will not happen, if it was going to. */
  dropExecution(task: Task): void {
    const list = this.#list("execute");
    const at = list.findIndex((event) => "task" in event && event.task === task);
    if (at === -1) return;
    list.splice(at, 1);
    this.#count--;
  }

  willWake(ring: SimRing): boolean {
    return this.#list("wake").some((event) => event.kind === "wake" && event.ring === ring);
  }

  #list(kind: KernelEvent["kind"]): KernelEvent[] {
    return this.#lists.get(kind) ?? bug("sim: no list of that kind");
  }

  #find(place: number): readonly [list: KernelEvent[], at: number] {
    let at = place;
    for (const list of this.#lists.values()) {
      if (at < list.length) return [list, at];
      at -= list.length;
    }
    return bug("sim: nothing is at that place");
  }
}

function taskOf(event: KernelEvent): Task | undefined {
  if (event.kind === "wake") return undefined;
  return event.kind === "answerCancel" ? event.target : event.task;
}
