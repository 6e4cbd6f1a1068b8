/**
 * Goal: a worker can end at any moment with reads in flight; nothing crashes or hangs, no
 * descriptor stays, and the kernel writes to no memory that was freed.
 * Method: 60 workers on a ring (`npm run mix` takes 200), each terminated at a random moment while
 * it has 64 reads of 1 MiB past the page cache, then some that end by themselves in each other way.
 */

import { ON_RING } from "../support/flavors.ts";
import { workersEnd } from "./worker-terminate.ts";

workersEnd(ON_RING, 60);
