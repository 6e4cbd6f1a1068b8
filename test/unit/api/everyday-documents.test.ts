// Goal: what is said about the everyday calls is so.
// Method: every program in the page and in the comments of the calls is compiled and run.

import assert from "node:assert/strict";
import { test } from "node:test";

import { status } from "../../../src/index.ts";
import { programsIn, runPrograms } from "../../support/programs.ts";

const noRing: string | false = status().backend === null ? `no ring: ${status().reason}` : false;
const SOURCES = ["docs/files.md", "src/api/everyday-calls.ts", "src/api/directory-entry.ts"];

test("every program in the documents of files compiles and runs", { skip: noRing }, async () => {
  const programs = SOURCES.flatMap(programsIn);
  assert.ok(programs.length >= 14, `only ${programs.length} programs were found`);
  await runPrograms(programs);
});
