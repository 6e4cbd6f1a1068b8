// Goal: docs/regressions.md tells of each of the field's 47 bugs, and what it tells is so: the test
// that it names is there, links the same thread, and has been seen to notice a mistake.
// Method: the page is read, the tests that it names, and the list of mutants.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { MUTANTS } from "../../scripts/mutants/list.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const BUGS = 47;
const ARGUED = "[argued](#argued-away)";

const page = readFileSync(join(ROOT, "docs/regressions.md"), "utf8");

interface Bug {
  readonly number: number;
  readonly library: string;
  readonly thread: string;
  /** The name of the test, without its end; null if it is argued away. */
  readonly file: string | null;
}

const bugs: readonly Bug[] = Array.from(
  page.matchAll(/^\| (\d+) \| ([^|]+) \| \[#\d+\]\(([^)]+)\) \| [^|]+ \| ([^|]+) \|$/gm),
  ([, number, library = "", thread = "", here = ""]) => {
    const file = /\]\(\.\.\/test\/regress\/(.*)\.test\.ts\)$/.exec(here)?.[1] ?? null;
    assert.ok(file !== null || here === ARGUED, `${library}: ${here}`);
    return { number: Number(number), library, thread, file };
  },
);
const tested = bugs.filter(({ file }) => file !== null);
const files = new Set(tested.map(({ file }) => file as string));

function sourceOf(file: string): string {
  return readFileSync(join(ROOT, `test/regress/${file}.test.ts`), "utf8");
}

function threadsOf(source: string): string[] {
  return Array.from(source.matchAll(/^\/\/ Seen in: (\S+)$/gm), ([, thread = ""]) => thread);
}

describe("docs/regressions.md", () => {
  test(`has all ${BUGS}, each with a thread of its own`, (t) => {
    assert.deepEqual(
      bugs.map(({ number }) => number),
      Array.from({ length: BUGS }, (_, at) => at + 1),
    );
    assert.equal(new Set(bugs.map(({ thread }) => thread)).size, BUGS);
    const counts = `${tested.length} are shown to be absent by a test, in ${files.size} files`;
    t.diagnostic(`${counts}; ${bugs.length - tested.length} argued away`);
    assert.ok(page.replaceAll(/\s+/g, " ").includes(`${counts}; ${BUGS - tested.length} `));
  });

  test("names tests that are there and link the same threads, and no others do", () => {
    const told = tested.map(({ file, thread }) => `${file}: ${thread}`);
    const linked = readdirSync(join(ROOT, "test/regress"))
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => name.slice(0, -".test.ts".length))
      .flatMap((file) => threadsOf(sourceOf(file)).map((thread) => `${file}: ${thread}`));
    assert.deepEqual(linked.sort(), told.sort());
  });

  test("gives the reason for each that is argued away", () => {
    const [, reasons = ""] = page.split("## Argued away");
    for (const { number, library, file } of bugs) {
      if (file === null) assert.ok(reasons.includes(`**${number}, ${library}: `), library);
    }
  });

  test("says of each test what it has noticed, and that is so", () => {
    const rows = page.matchAll(/^\| \[([\w-]+)\]\([^)]+\) \| ([SRUPN ]+) \| ([^|]+) \|$/gm);
    const said = new Map(Array.from(rows, ([, file = "", on = "", by = ""]) => [file, { on, by }]));
    assert.deepEqual([...said.keys()].sort(), [...files].sort());
    for (const [file, { on, by }] of said) {
      const source = sourceOf(file);
      for (const proof of by.split("; ")) {
        if (proof === "*inside*") assert.match(source, /\bnoticesWrong\(|"wrong: /, file);
        else {
          const killers = MUTANTS.find(({ name }) => name === proof)?.killers ?? [];
          assert.ok(killers.includes(`regress/${file}`), `${file} is to notice: ${proof}`);
        }
      }
      assert.equal(on.includes("R"), source.includes("onRing("), `${file} on a ring kernel`);
      assert.equal(on.includes("S U P N"), isOnAll(source), `${file} on all backends`);
    }
  });
});

/** At least one of its checks is. */
function isOnAll(source: string): boolean {
  const calls = source.match(/\bonEachBackend\([\s\S]*?\);\n/g) ?? [];
  return calls.some((call) => !/\bnoShim:|\bsim: "|"holding"/.test(call));
}
