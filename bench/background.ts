// What the rest of the machine does, for benches whose own work is in many processes: looked at for
// a second before and after them.

import { setTimeout as wait } from "node:timers/promises";
import { describeMachine } from "./machine.ts";
import { startMeter } from "./meter.ts";

const LOOK_MS = 1000;

/** Processors that others keep busy. */
export async function busyNow(): Promise<number> {
  const read = startMeter();
  await wait(LOOK_MS);
  return read().busyElsewhere;
}

/** As the environment of this process and its children has it. */
function backendWords(): string {
  const { OVERLAPPED_BACKEND: backend = "", OVERLAPPED_SHIM: shim } = process.env;
  if (shim === "off") return "the portable backend without the shim";
  return backend === "" ? "the backend that is chosen" : `the backend ${backend}`;
}

/** The first lines of a report. */
export function headline(what: string, before: number, after: number): string {
  const { kernel, cores, load } = describeMachine();
  const others = `${before.toFixed(2)} processors busy before and ${after.toFixed(2)} after`;
  const place = `Node ${process.versions.node}, ${kernel}, ${cores} cores, load ${load}`;
  return `${place}; ${backendWords()}; others kept ${others}\n\n${what}`;
}
