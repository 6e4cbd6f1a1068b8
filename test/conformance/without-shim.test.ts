// Goal: the portable backend without the shim keeps every promise.
// Method: the conformance suite.

import { status } from "../../src/index.ts";
import { conformance } from "./suite.ts";
import { subject } from "./without-shim-subject.ts";

const { backend, reason } = status();

conformance(subject, backend === null ? `no backend: ${reason}` : false);
