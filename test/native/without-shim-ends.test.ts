/**
 * Goal: without the shim, a thousand reads that nobody answers delay nobody else, Node's own calls
 * included, and keep neither the process nor a worker from ending (P10). Method: the children of
 * `isolation.test.ts`. Reads of files that libuv's pool is at are in `exit.test.ts`.
 */

import "./without-shim-here.ts";

import { makeTemporary } from "../support/temp.ts";
import { isolationTests } from "./isolation-cases.ts";

isolationTests(makeTemporary("without-shim-ends"), false);
