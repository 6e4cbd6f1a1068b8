/**
 * Goal: a thousand reads that nobody answers delay nobody else, Node's own calls included, and keep
 * neither the process nor a worker from ending (P10). Method: child processes with a thousand FIFOs
 * and a read pending on each, and then with opens that wait for a peer, beyond every bound; each
 * says what was answered and how it ends. A child that hangs is killed at a bound far above what it
 * needs, and has failed.
 */

import { makeTemporary } from "../support/temp.ts";
import { isolationTests } from "./isolation-cases.ts";
import { noRing } from "./ring-available.ts";

isolationTests(makeTemporary("isolation"), noRing);
