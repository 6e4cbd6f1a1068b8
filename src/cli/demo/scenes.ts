/** The scenes, in the order of the essay: some of the hazards, told at length. */

import type { Hazard } from "../hazards/hazard.ts";
import { eatenBytes } from "../hazards/programs/eaten-bytes.ts";
import { hungExit } from "../hazards/programs/hung-exit.ts";
import { lateBytes } from "../hazards/programs/late-bytes.ts";
import { reusedDescriptor } from "../hazards/programs/reused-descriptor.ts";
import { starvedFile } from "../hazards/programs/starved-file.ts";

export interface Scene {
  readonly number: number;
  readonly title: string;
  /** For the table at the end. */
  readonly short: string;
  readonly hazards: readonly Hazard[];
}

export const SCENES: readonly Scene[] = [
  { number: 1, title: lateBytes.title, short: lateBytes.short, hazards: [lateBytes] },
  {
    number: 2,
    title: "Pending reads freeze an ordinary file, and the end of the process",
    short: "pending reads, files and exit",
    hazards: [starvedFile, hungExit],
  },
  { number: 3, title: eatenBytes.title, short: eatenBytes.short, hazards: [eatenBytes] },
  {
    number: 4,
    title: reusedDescriptor.title,
    short: reusedDescriptor.short,
    hazards: [reusedDescriptor],
  },
];
