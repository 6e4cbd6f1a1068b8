/**
 * Goal: Overlapped is safe from every hazard, on each backend that there is, and each program
 * bites: the `fs` of this Node is not safe from it.
 * Method: the board is played for this Node, as `npm run hazards -- --here` does, with more
 * patience: other tests run at the same time.
 */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SCRIPT = fileURLToPath(new URL("../../scripts/hazards.js", import.meta.url));
const HAZARDS = 14;
const BOUND_MS = 300_000;

interface Row {
  readonly hazard: string;
  readonly cells: readonly {
    readonly column: string;
    readonly library: string;
    readonly result: string;
    readonly findings: readonly { readonly text: string }[];
    readonly failure: string | null;
  }[];
}

const temporary: string = mkdtempSync(join(tmpdir(), "overlapped-test-"));
let rows: readonly Row[] = [];

before(async () => {
  const env = { ...process.env, TMPDIR: temporary };
  const options = { env, timeout: BOUND_MS, maxBuffer: 2 ** 24 };
  const args = [SCRIPT, "--here", "--json", "--patience", "5000"];
  // An exit code of 1 says what the tests below say better.
  const { stdout } = await promisify(execFile)(process.execPath, args, options).catch(
    (error: { stdout: string }) => error,
  );
  rows = (JSON.parse(stdout) as { rows: Row[] }).rows;
});

after(() => rmSync(temporary, { recursive: true, force: true }));

test("every hazard was played, and nothing is left behind", () => {
  assert.equal(rows.length, HAZARDS);
  for (const { hazard, cells } of rows) {
    assert.ok(cells.length >= 2, hazard);
    for (const { column, failure } of cells) assert.equal(failure, null, `${hazard}, ${column}`);
  }
  assert.deepEqual(readdirSync(temporary), []);
});

test("Overlapped is safe from every hazard", () => {
  for (const { hazard, cells } of rows) {
    const ours = cells.filter(({ library }) => library === "overlapped");
    assert.ok(ours.length > 0);
    for (const { column, result, findings } of ours) {
      assert.equal(result, "safe", `${hazard}, ${column}: ${JSON.stringify(findings)}`);
      assert.ok(findings.length > 0);
    }
  }
});

test("every program bites: node:fs is safe from none", () => {
  const expected: Readonly<Record<string, string>> = { "ignored-signal": "cannot" };
  for (const { hazard, cells } of rows) {
    const node = cells.find(({ library }) => library === "node:fs") ?? assert.fail(hazard);
    const wanted = expected[hazard] ?? /^(?:hazard|hangs)$/;
    assert.match(node.result, new RegExp(wanted), `${hazard}: ${JSON.stringify(node.findings)}`);
  }
});
