// Goal: where io_uring is denied, as in containers, the backend that is chosen keeps every promise,
// and so does the one that has no shim either.
// Method: the conformance suite in a process whose io_uring_setup says ENOSYS, as old kernels do.

import { CHOSEN, suitePasses, WITHOUT_SHIM } from "./suite.ts";

suitePasses("ENOSYS", "what is chosen", CHOSEN);
suitePasses("ENOSYS", "the portable backend without the shim", WITHOUT_SHIM);
