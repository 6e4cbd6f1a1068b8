// Goal: io_uring on the real kernel keeps every promise.
// Method: the conformance suite.

import { status } from "../../src/index.ts";
import { conformance } from "./suite.ts";
import { subject } from "./uring-subject.ts";

const { backend, reason } = status();

conformance(subject, backend === null ? `no ring: ${reason}` : false);
