/**
 * Goal: without a ring, too, each byte of a FIFO or terminal is read once and in order, whatever is
 * canceled, timed out or abandoned, and whenever (P7). Method: that of `conserved.test.ts`.
 */

import { makeTemporary } from "../support/temp.ts";
import { conservedTests } from "./conserved-cases.ts";
import { keepAlive } from "./keep-alive.ts";
import { noShim } from "./portable-here.ts";

keepAlive();
conservedTests(makeTemporary("portable-conserved"), noShim);
