/** The scenes, in the order of the essay. */

import { freeze } from "./freeze.ts";
import { leave } from "./leave.ts";
import { race } from "./race.ts";
import { reuse } from "./reuse.ts";
import type { Scene } from "./scene.ts";
import { stream } from "./stream.ts";

export const SCENES: readonly Scene[] = [
  {
    number: 1,
    title: "A read loses a race against a timeout, and its buffer is used again",
    short: "a lost race, the buffer again",
    parts: [race],
  },
  {
    number: 2,
    title: "Pending reads freeze an ordinary file, and the end of the process",
    short: "pending reads, files and exit",
    parts: [freeze, leave],
  },
  {
    number: 3,
    title: "A stream is destroyed, and its orphaned read eats the next bytes",
    short: "a destroyed stream's read",
    parts: [stream],
  },
  {
    number: 4,
    title: "A descriptor is closed, and used again under a queued read",
    short: "a closed descriptor, used again",
    parts: [reuse],
  },
];
