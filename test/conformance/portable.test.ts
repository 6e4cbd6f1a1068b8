// Goal: the portable backend with the shim keeps every promise.
// Method: the conformance suite.

import { status } from "../../src/index.ts";
import { subject } from "./portable-subject.ts";
import { conformance } from "./suite.ts";

const { backend, reason } = status();

conformance(subject, backend === null ? `no backend: ${reason}` : false);
