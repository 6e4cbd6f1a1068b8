// Goal: what is said about the library is so: every program in the README, in a page or in a
// comment compiles against the published types, runs, prints what it says that it prints, and
// leaves nothing in flight and nothing open.
// Method: the programs are taken out of the text, compiled together, and run in one process, each
// in a directory of its own. None is left out. That a wrong one is noticed is tried with a few.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { status } from "../../src/index.ts";
import { outputOf, type Program, Programs, programsIn, type Result } from "../support/programs.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PROGRAMS_MIN = 120;
const OUTPUTS_MIN = 45;

const { backend, reason } = status();
const noRing: string | false = backend === null ? `no ring: ${reason}` : false;

function filesBelow(folder: string, end: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(end))
    .map((name) => `${folder}/${name}`)
    .sort();
}

const SOURCES = ["README.md", "native/README.md", ...filesBelow("docs", ".md")];
const all: readonly Program[] = [...SOURCES, ...filesBelow("src", ".ts")].flatMap(programsIn);
const programs = new Programs(all);
const results: Map<string, Result> = new Map();

before(async () => {
  await programs.compile();
  if (noRing !== false || programs.complaints !== "") return;
  for (const result of await programs.run()) results.set(result.name, result);
});

after(() => programs[Symbol.dispose]());

test("there are programs, and all compile", () => {
  assert.ok(all.length >= PROGRAMS_MIN, `only ${all.length} programs were found`);
  assert.ok(all.flatMap(outputOf).length >= OUTPUTS_MIN, "they do not say what they print");
  assert.equal(programs.complaints, "");
});

test("a wrong program is noticed", { skip: noRing }, async () => {
  using wrong = new Programs([
    { name: "throws", text: 'throw new Error("not there");\n' },
    { name: "opens", text: 'import { open } from "overlapped";\nawait open("/etc/passwd");\n' },
    { name: "begins", text: 'import { open } from "overlapped";\nvoid open("tty", "w");\n' },
    { name: "compares", text: 'const count: number = "1";\nconsole.log(count);\n' },
    { name: "never-ends", text: "await new Promise(() => {});\n" },
    { name: "is-not-run", text: "export {};\n" },
  ]);
  await wrong.compile();
  assert.match(wrong.complaints, /^\S*compares\.ts\(1,7\): error TS2322: [^\n]*\n$/);
  const complaints = (await wrong.run()).map(({ complaint }) => complaint);
  const wanted = [
    /not there/,
    /^it leaves open: \/etc\/passwd$/,
    /in flight still: 1\n {2}open \d+ of "tty"/,
    /^$/,
    /it was not run to its end/,
    /it was not run to its end/,
  ];
  for (const [at, pattern] of wanted.entries()) assert.match(complaints[at] ?? "", pattern);
});

describe("every program runs", { skip: noRing }, () => {
  for (const program of all) {
    test(program.name, () => {
      const { output, complaint } = results.get(program.name) ?? assert.fail("it was not run");
      assert.equal(complaint, "");
      const printed = output.split("\n");
      for (const line of outputOf(program)) {
        const at = printed.indexOf(line);
        assert.notEqual(at, -1, `"${line}" was not printed, or not in this order:\n${output}`);
        printed.splice(0, at + 1);
      }
    });
  }
});
