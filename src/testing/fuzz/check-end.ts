// What is left when a session is over: nothing, but what is stuck, and what waits for that. And
// what is true only of the whole: bytes of streams and files.

import type { Account } from "./account.ts";
import type { Call } from "./call.ts";
import { checkFiles } from "./check-files.ts";
import { checkStreams } from "./check-streams.ts";
import { check } from "./finding.ts";
import type { Machine } from "./machine.ts";

/** After everything was closed and drained, and the kernel has done all it can. */
export function checkEnd(machine: Machine, account: Account): void {
  const { kernel, clock, io } = machine;
  const stuck = kernel.inFlight.filter((task) => kernel.faults.befalls("stuck", task));
  const waiting = kernel.inFlight.find((task) => !stuck.includes(task));
  check(waiting === undefined, "end", () => `the kernel has ${waiting}, which was canceled`);
  const held = new Set(stuck.map((task) => account.callOf(task)));
  for (const call of account.live) {
    const isHeld = held.has(call) || isBehind(call, held);
    check(isHeld, "end", () => `${call} has not settled, and nothing is stuck: a lost completion?`);
  }
  const closes = [...account.live].filter(({ action }) => action.kind === "close").length;
  const { count } = kernel.descriptors;
  check(
    count === closes,
    "end",
    () => `${count} descriptors are open, ${closes} wait to be closed`,
  );
  // A cancel of what is stuck is repeated for ever.
  const { timerCount } = clock;
  const tell = (): string => `${timerCount} timers are set, ${stuck.length} requests are stuck`;
  check(timerCount <= stuck.length, "end", tell);
  const { inFlight } = io.status();
  const { size } = account.live;
  check(inFlight === size, "end", () => `status() tells of ${inFlight} in flight, wanted ${size}`);
  checkReports(account);
  checkContent(machine, account);
}

/** After the end of the thread, with the kernel at its own: nobody was told anything any more. */
export function checkAfterTeardown(machine: Machine, account: Account): void {
  const { kernel } = machine;
  const left = kernel.inFlight.find((task) => {
    return task.state !== "waiting" && !kernel.faults.befalls("stuck", task);
  });
  check(left === undefined, "end", () => `the kernel has ${left} still`);
  checkContent(machine, account);
}

function checkContent(machine: Machine, account: Account): void {
  checkStreams(account);
  checkFiles(account, machine.files);
}

/** The last drain is past its deadline, and nothing has begun since. */
function checkReports({ drains, live, waits }: Account): void {
  const last = drains.at(-1);
  const told = last?.report?.held.map(({ id }) => id).sort(byNumber);
  const wanted = [...live].map(({ number }) => number ?? 0).sort(byNumber);
  const isRight = told?.join() === wanted.join();
  check(isRight, "account", () => `drain() reports ${told}, in flight are ${wanted}`);
  for (const { isOver, calls } of waits) {
    const isHeld = calls.some((call) => live.has(call));
    check(isOver !== isHeld, "end", () => `cancelAll() ${isOver ? "came" : "did not come"} back`);
  }
}

function byNumber(one: number, other: number): number {
  return one - other;
}

/** A close waits for all that is at work on its file. */
function isBehind({ action, opened }: Call, held: ReadonlySet<Call | undefined>): boolean {
  return action.kind === "close" && opened !== null && opened.calls.some((each) => held.has(each));
}
