// Goal: a schedule decides which of the kernel's possible events comes next, the same one for the
// same seed, and the pump lets the kernel act only in turns of its own and time pass only when
// nothing else is to do.
// Method: kernels with several requests at once; the order of events is read off the trace.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { SimPump } from "../../../src/backend/sim/pump.ts";
import {
  type Agenda,
  ChosenSchedule,
  DrawnSchedule,
  IN_ORDER,
  ListedSchedule,
  type Schedule,
} from "../../../src/backend/sim/schedule.ts";
import { Prng } from "../../../src/base/prng.ts";
import { SimBed, turn } from "./sim-bed.ts";

/** The events of five requests that are submitted at once. */
async function eventsWith(schedule: Schedule): Promise<string[]> {
  const bed = new SimBed({ schedule });
  for (let count = 0; count < 5; count++) void bed.io.mkdir(`/directory-${count}`);
  await bed.settle();
  return bed.events.filter((event) => event.includes("completed") || event.includes("executed"));
}

function agendaOf(count: number): Agenda {
  return { count, at: (place) => ({ kind: "execute", number: place, request: "nop" }) };
}

describe("schedules", () => {
  test("in order: each request is completed before the next is executed", async () => {
    const events = await eventsWith(IN_ORDER);
    const wanted = [1, 2, 3, 4, 5].flatMap((number) => [
      `mkdir #${number} executed: 0`,
      `mkdir #${number} completed: 0`,
    ]);
    assert.deepEqual(events, wanted);
  });

  test("drawn: the same for the same seed, others for others", async () => {
    const drawn = (seed: number): Promise<string[]> => {
      return eventsWith(new DrawnSchedule(new Prng(seed), 1));
    };
    const first = await drawn(1);
    assert.deepEqual(first, await drawn(1));
    assert.equal(first.length, 10);
    const orders = new Set<string>();
    for (let seed = 1; seed <= 10; seed++) orders.add((await drawn(seed)).join());
    assert.ok(orders.size > 5, `${orders.size} orders of 10 seeds`);
  });

  test("drawn with little disorder: mostly the first", () => {
    const schedule = new DrawnSchedule(new Prng(1), 0.1);
    const places = Array.from({ length: 1000 }, () => schedule.choose(agendaOf(10)));
    const others = places.filter((place) => place !== 0).length;
    assert.ok(others > 50 && others < 150, `${others} of 1000`);
    assert.ok(places.every((place) => place >= 0 && place < 10));
  });

  test("listed: each step as soon as it is possible, then in order", async () => {
    const schedule = new ListedSchedule([
      ({ number }) => number === 4,
      ({ kind, number }) => kind === "execute" && number === 2,
      ({ kind, number }) => kind === "post" && number === 4,
    ]);
    const events = await eventsWith(schedule);
    assert.deepEqual(events.slice(0, 3), [
      "mkdir #4 executed: 0",
      "mkdir #2 executed: 0",
      "mkdir #4 completed: 0",
    ]);
    assert.equal(schedule.left, 0);
    assert.equal(events.length, 10);
  });

  test("listed: a step that never becomes possible holds nothing up", async () => {
    const schedule = new ListedSchedule([({ number }) => number === 77]);
    assert.equal((await eventsWith(schedule)).length, 10);
    assert.equal(schedule.left, 1);
  });

  test("chosen: what was chosen, once, and nothing that is not possible", () => {
    const schedule = new ChosenSchedule();
    schedule.will(3);
    assert.equal(schedule.choose(agendaOf(4)), 3);
    assert.throws(() => schedule.choose(agendaOf(4)), /nothing was chosen/);
    schedule.will(4);
    assert.throws(() => schedule.choose(agendaOf(4)), /what is not possible/);
  });

  test("the agenda says of which request each event is, cancels too", async () => {
    const bed = new SimBed();
    bed.world.makeFifo("/fifo");
    const opening = bed.io.open("/fifo", "w");
    await bed.settle();
    opening.cancel();
    await turn();
    assert.deepEqual(bed.agenda, [{ kind: "answerCancel", number: 1, request: "open" }]);
    await bed.result(opening.outcome());
    assert.throws(() => bed.kernel.agenda.at(99), { name: "InvariantError" });
  });
});

describe("the pump", () => {
  test("takes so many steps in each turn, and looks again while there are some", async () => {
    const bed = new SimBed();
    const turns: (() => void)[] = [];
    const { kernel, clock } = bed;
    const later = (run: () => void): void => void turns.push(run);
    new SimPump({ kernel, clock, later, stepsPerTurn: 2, mayPass: () => false });
    const making = bed.io.mkdir("/directory");
    await turn();
    assert.equal(turns.length, 1, "one turn is asked for, however much there is to do");
    const steps: number[] = [];
    while (turns.length > 0) {
      const before = bed.agenda.length;
      turns.shift()?.();
      await turn();
      steps.push(before);
    }
    assert.deepEqual(steps, [1, 1, 0], "execute and post; wake; nothing");
    await making;
  });

  test("does nothing while it is held, and goes on after that", async () => {
    const bed = new SimBed();
    const { kernel, clock } = bed;
    const options = { kernel, clock, later: setImmediate, stepsPerTurn: 8 };
    const pump = new SimPump({ ...options, mayPass: () => false });
    pump.hold(true);
    const making = bed.io.mkdir("/directory");
    for (let count = 0; count < 10; count++) await turn();
    assert.equal(making.state, "submitted");
    assert.equal(bed.agenda.length, 1);
    pump.hold(false);
    await making;
    assert.ok(bed.world.exists("/directory"));
  });

  test("lets time pass to the next timer, if it may and nothing else is to do", async () => {
    const bed = new SimBed();
    const { kernel, clock } = bed;
    const options = { kernel, clock, later: setImmediate, stepsPerTurn: 8 };
    const asked: number[] = [];
    const mayPass = (ms: number): boolean => {
      asked.push(ms);
      return ms <= 50;
    };
    const pump = new SimPump({ ...options, mayPass });
    bed.world.makeFifo("/fifo");
    const soon = bed.io.open("/fifo", "w", 0, { timeoutMs: 50 });
    const late = bed.io.open("/fifo", "w", 0, { timeoutMs: 151 });
    assert.equal((await soon.outcome()).status, "timedOut");
    assert.equal(clock.now(), 50);
    for (let count = 0; count < 10; count++) await turn();
    assert.equal(late.state, "submitted");
    assert.deepEqual(asked, [50, 101], "then it waits until somebody pokes it");
    clock.step(60);
    pump.poke();
    assert.equal((await late.outcome()).status, "timedOut");
    assert.equal(clock.now(), 151);
  });
});
