// The conformance suite, run by the tests of this folder in a process whose io_uring is denied.

import { strict as assert } from "node:assert";
import { status } from "../../src/index.ts";
import { conformance } from "../conformance/suite.ts";
import { subject } from "./chosen-subject.ts";

const { backend, rejected } = status();
const codes = rejected.map(({ code }) => code);
assert.equal(backend, "portable");
assert.ok(codes.length === 1 && ["denied", "switched-off"].includes(codes[0] ?? ""), codes.join());

conformance(subject, false);
