// Goal: where io_uring is denied, as in containers, the backend that is chosen keeps every promise.
// Method: the conformance suite in a process whose io_uring_setup says EPERM, as in Docker.

import { CHOSEN, suitePasses } from "./suite.ts";

suitePasses("EPERM", "what is chosen", CHOSEN);
