/**
 * Goal: Overlapped is safe in every scene of the demo, on each backend, and the demo leaves nothing
 * behind.
 * Method: the program runs as a user runs it, in a child process, on the real kernel.
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FLAVORS, type Flavor, ON_RING, WITHOUT_SHIM } from "../support/flavors.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const temporary: string = mkdtempSync(join(tmpdir(), "overlapped-test-"));
after(() => rmSync(temporary, { recursive: true, force: true }));

/** What the test reads of the document that --json prints. */
interface Report {
  readonly backend: string;
  readonly scenes: readonly {
    readonly scene: number;
    readonly libraries: readonly {
      readonly library: string;
      readonly result: string;
      readonly failure: string | null;
      readonly findings: readonly { readonly text: string; readonly harm: string | null }[];
      readonly parts: readonly {
        readonly events: readonly unknown[];
        readonly facts: Readonly<Record<string, unknown>>;
        readonly exitCode: number | null;
        readonly hang: unknown;
      }[];
    }[];
  }[];
}

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start({ env: more }: Flavor, ...args: string[]): ReturnType<typeof spawn> {
  // A directory of its own shows what the demo leaves behind.
  const env = { ...process.env, ...more, TMPDIR: temporary };
  return spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
}

async function run(flavor: Flavor, ...args: string[]): Promise<Run> {
  const child = start(flavor, ...args);
  let [out, err] = ["", ""];
  child.stdout!.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

function backendOf(flavor: Flavor): string {
  return flavor === ON_RING ? "uring" : "portable";
}

async function isSafeEverywhere(flavor: Flavor): Promise<void> {
  const { code, out, err } = await run(flavor, "demo", "--json");
  const report = JSON.parse(out) as Report;
  assert.equal(err, "");
  assert.equal(report.backend, backendOf(flavor));
  assert.deepEqual(
    report.scenes.map((scene) => scene.scene),
    [1, 2, 3, 4],
  );
  for (const scene of report.scenes) {
    const ours = scene.libraries.find((each) => each.library === "overlapped")!;
    assert.equal(ours.failure, null, `scene ${scene.scene}: ${ours.failure}`);
    assert.equal(ours.result, "safe", `scene ${scene.scene}: ${JSON.stringify(ours.findings)}`);
    assert.ok(ours.findings.length > 0);
    assert.ok(ours.parts.every((part) => part.events.length > 0));
    assert.ok(ours.parts.every((part) => part.exitCode === 0 && part.hang === null));
    const node = scene.libraries.find((each) => each.library === "node:fs")!;
    assert.equal(node.failure, null, `node:fs, scene ${scene.scene}: ${node.failure}`);
  }
  const facts = report.scenes.map(
    ({ libraries }) => libraries.find((each) => each.library === "overlapped")!.parts[0]!.facts,
  );
  assert.equal(facts[0]!.refusal, "ERR_BUFFER_LENT");
  assert.equal(facts[0]!.end, "ETIMEDOUT");
  assert.equal(facts[0]!.found, "invoice 1815: paid");
  assert.equal(facts[0]!.next, "LATE BYTES");
  assert.equal(facts[1]!.text, "an ordinary file\n");
  assert.equal(facts[2]!.got, "HELLO");
  assert.equal(facts[3]!.foreign, 0);
  assert.equal(code, 0);
  assert.deepEqual(readdirSync(temporary), [], "the demo left files behind");
}

async function isPlainInALog(flavor: Flavor): Promise<void> {
  const { code, out } = await run(flavor, "demo", "--scene", "1");
  assert.equal(code, 0);
  assert.doesNotMatch(out, /\u001b/);
  for (const text of [
    "kernel",
    "Node v",
    `backend ${backendOf(flavor)}`,
    "node:fs",
    "Overlapped",
    "✓",
  ]) {
    assert.ok(out.includes(text), `the log lacks "${text}"`);
  }
  assert.ok(out.split("\n").every((line) => line.length <= 100));
}

async function endsBySignal(flavor: Flavor): Promise<void> {
  const child = start(flavor, "demo", "--scene", "2");
  await once(child.stdout!, "data");
  child.kill("SIGINT");
  child.stdout!.resume();
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 130);
  assert.deepEqual(readdirSync(temporary), []);
}

for (const flavor of FLAVORS) {
  const { name, skip } = flavor;
  test(`demo --json: Overlapped is safe in every scene, with evidence, ${name}`, { skip }, () =>
    isSafeEverywhere(flavor),
  );
  test(`demo in a log: plain text, both libraries, one scene, ${name}`, { skip }, () =>
    isPlainInALog(flavor),
  );
  test(`demo: Ctrl-C ends it with 130 and leaves nothing behind, ${name}`, { skip }, () =>
    endsBySignal(flavor),
  );
}

test("the program: help, version, mistakes", async () => {
  const help = await run(WITHOUT_SHIM, "--help");
  assert.equal(help.code, 0);
  assert.match(help.out, /demo/);
  assert.match(help.out, /\bcp\b/);
  const version = await run(WITHOUT_SHIM, "--version");
  assert.match(version.out, /^\d+\.\d+\.\d+/);
  for (const wrong of [["nonsense"], ["demo", "--scene", "9"], ["demo", "--nonsense"]]) {
    const { code, out, err } = await run(WITHOUT_SHIM, ...wrong);
    assert.equal(code, 2, wrong.join(" "));
    assert.equal(out, "");
    assert.match(err, /error/);
  }
});
