// Goal: faults of the real world end in documented errors or in patience: nothing is lost, nothing
// is held afterwards, and what is held meanwhile can be seen.
// Method: file systems that are full, frozen, failing or gone, made for the test, which needs root;
// limits of the system; great numbers. Here: io_uring.

import { faults } from "./suite.ts";
import { URING } from "./variant.ts";

await faults(URING);
