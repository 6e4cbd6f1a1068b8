/**
 * Goal: as in `worker-terminate.test.ts`: neither a thread of the shim nor one of libuv's pool
 * writes to memory that was freed.
 * Method: the same, without a ring.
 */

import { PORTABLE, WITHOUT_SHIM } from "../support/flavors.ts";
import { workersEnd } from "./worker-terminate.ts";

workersEnd(PORTABLE, 30);
workersEnd(WITHOUT_SHIM, 30);
