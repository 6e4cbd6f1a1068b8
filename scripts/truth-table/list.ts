// All cases, in the order of the document.

import type { Case } from "./case.ts";
import { COUNTERS } from "./cases/counters.ts";
import { DEVICES } from "./cases/devices.ts";
import { FILES } from "./cases/files.ts";
import { PIPES } from "./cases/pipes.ts";
import { TERMINALS } from "./cases/terminals.ts";

export const CASES: readonly Case[] = [...FILES, ...PIPES, ...TERMINALS, ...COUNTERS, ...DEVICES];
