// Closes its standard output as one that has taken it over would, then uses it.
import { closeSync, openSync, writeSync } from "node:fs";
import { type Descriptors, loadDescriptors } from "../../src/kernel/descriptors.ts";

const calls = loadDescriptors() as Descriptors;
writeSync(1, "before\n");
const closed = calls.close(1);
const described = calls.describe(1);
const name = typeof described === "object" ? described.name : described;
const next = openSync("/dev/zero", "r");
writeSync(1, "after\n");
writeSync(2, `${JSON.stringify({ closed, name, next: next > 2 })}\n`);
closeSync(next);
