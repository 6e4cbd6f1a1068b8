// What is left of a simulation when its function has ended, and whose fault that is.

import { describeInFlight, type InFlight } from "../api/report.ts";
import type { OperationRecord } from "../operation/operation.ts";
import type { Driver } from "./driver.ts";
import type { Simulation } from "./simulation.ts";

export interface Leftovers {
  readonly held: readonly InFlight[];
  /** Paths, one for each descriptor. */
  readonly leftOpen: readonly string[];
  readonly violations: readonly string[];
}

export function isQuiet({ held, leftOpen, violations }: Leftovers): boolean {
  return held.length === 0 && leftOpen.length === 0 && violations.length === 0;
}

/** Everything as it is now. */
export function leftoversOf(simulation: Simulation): Leftovers {
  const held = simulation.table.records().filter(({ state }) => state !== "abandoned");
  return tell(
    simulation,
    held.map((record) => describe(simulation, record)),
  );
}

/**
 * Of a function that has returned. What was asked to stop may come to its end; anything else has
 * outlived the function, and so has what begins only now. What was abandoned and does not end, as a
 * stuck request does, is the kernel's: nobody could do more about it.
 */
export async function settle(simulation: Simulation, driver: Driver): Promise<Leftovers> {
  const { table, kernel } = simulation;
  const outlived = new Map<OperationRecord, InFlight>();
  const isOver = (): boolean => {
    for (const record of table.records().filter(mayNotBe)) {
      if (!outlived.has(record)) outlived.set(record, describe(simulation, record));
    }
    return outlived.size > 0 || (table.liveCount === 0 && kernel.agenda.count === 0);
  };
  await driver.settle(isOver);
  for (const record of table.records()) {
    if (record.state === "abandoned" || outlived.has(record)) continue;
    outlived.set(record, describe(simulation, record));
  }
  return tell(simulation, [...outlived.values()]);
}

/** Nobody has asked it to stop. What undoes an abandoned open is not the function's. */
function mayNotBe({ state, owner, request }: OperationRecord): boolean {
  const isUndoing = owner === null && request.kind === "close";
  return (state === "queued" || state === "submitted") && !isUndoing;
}

function tell({ table, kernel }: Simulation, held: readonly InFlight[]): Leftovers {
  const closing = new Set(
    table.records().map(({ request }) => (request.kind === "close" ? request.fd : undefined)),
  );
  const leftOpen: string[] = [];
  const { descriptors } = kernel;
  for (let fd = 0, found = 0; found < descriptors.count; fd++) {
    const file = descriptors.get(fd);
    if (file === undefined) continue;
    found++;
    if (!closing.has(fd)) leftOpen.push(file.path);
  }
  return { held, leftOpen, violations: [...kernel.violations] };
}

function describe({ clock }: Simulation, record: OperationRecord): InFlight {
  return describeInFlight(record, clock.now());
}
