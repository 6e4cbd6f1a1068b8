/**
 * Goal: whatever is canceled, timed out or abandoned, and whenever, each byte of a FIFO or terminal
 * is read once and in order (P7). Method: a process of its own writes numbered bytes while reads of
 * all kinds are stopped at random moments: before the kernel has them, while they wait, and while
 * the bytes arrive. OVERLAPPED_SEED replays the draws; moments are the machine's own.
 */

import { makeTemporary } from "../support/temp.ts";
import { conservedTests } from "./conserved-cases.ts";
import { keepAlive } from "./keep-alive.ts";
import { noRing } from "./ring-available.ts";

keepAlive();
conservedTests(makeTemporary("conserved"), noRing);
