// Goal: what is said about streams is so.
// Method: every program in the page and in the comments of the calls is compiled and run.

import assert from "node:assert/strict";
import { test } from "node:test";

import { status } from "../../../src/index.ts";
import { programsIn, runPrograms } from "../../support/programs.ts";

const noRing: string | false = status().backend === null ? `no ring: ${status().reason}` : false;

test("every program in the documents of streams compiles and runs", { skip: noRing }, async () => {
  const programs = ["docs/streams.md", "src/api/file-streams.ts"].flatMap(programsIn);
  assert.ok(programs.length >= 10, `only ${programs.length} programs were found`);
  await runPrograms(programs);
});
