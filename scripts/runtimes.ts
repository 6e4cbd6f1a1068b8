// The conformance suite of the portable backend under each runtime, by one command: `npm run
// runtimes`. Binaries come from npm, once. The exit code is 1 if a case fails anywhere.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  type BinaryPackage,
  bunPackage,
  denoPackage,
  fetchBinary,
  nodePackage,
} from "./runtimes/binary.ts";
import { isGood, lacksOf, nameOf, render, tableOf } from "./runtimes/document.ts";
import {
  conform,
  describe,
  FLAVORS,
  type Flavor,
  type Result,
  type Runtime,
} from "./runtimes/run.ts";

const USAGE = `Usage: npm run runtimes -- [runtimes] [options]

Runtimes: node20 node22 node24 node26 bun deno; all if none is named. They come from npm.
  --node20 PATH ... --bun PATH, --deno PATH
                   a binary that is at hand (or OVERLAPPED_NODE24=PATH and so on)
  --without-shim   only without the native part
  --write          write docs/runtimes.md
  --help           this`;

const PACKAGES: Readonly<Record<string, BinaryPackage>> = {
  node20: nodePackage(20),
  node22: nodePackage(22),
  node24: nodePackage(24),
  node26: nodePackage(26),
  bun: bunPackage(),
  deno: denoPackage(),
};
const NAMES = Object.keys(PACKAGES);

// This file runs as dist/scripts/runtimes.js.
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DOCUMENT = join(ROOT, "docs", "runtimes.md");
/** All that the test runners printed. */
const LOGS = join(ROOT, "dist", "runtimes");

function locate(name: string, given: string | undefined): Runtime {
  const kind = name === "bun" || name === "deno" ? name : "node";
  const path = given ?? process.env[`OVERLAPPED_${name.toUpperCase()}`];
  if (path !== undefined && path !== "") return { kind, name, path };
  if (name === `node${process.versions.node.split(".")[0]}`) {
    return { kind, name, path: process.execPath };
  }
  return { kind, name, path: fetchBinary(ROOT, PACKAGES[name] as BinaryPackage) };
}

async function resultOf(runtime: Runtime, flavor: Flavor): Promise<Result> {
  const description = await describe(runtime, flavor);
  if (description.missing !== null) {
    return { passed: 0, failed: [], runtime, flavor, description, problem: null };
  }
  console.error(`${runtime.name}: ${flavor}`);
  const log = join(LOGS, `${runtime.name}-${flavor}.txt`);
  return conform(runtime, flavor, description, (text) => writeFileSync(log, text));
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...Object.fromEntries(NAMES.map((name) => [name, { type: "string" } as const])),
      "without-shim": { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return;
  }
  const unknown = positionals.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new Error(`Cannot run ${unknown}: want ${NAMES.join(", ")}`);
  mkdirSync(LOGS, { recursive: true });
  const given = values as unknown as Readonly<Record<string, string | undefined>>;
  const results: Result[] = [];
  for (const name of positionals.length === 0 ? NAMES : positionals) {
    const runtime = locate(name, given[name]);
    for (const flavor of values["without-shim"] === true ? (["without-shim"] as const) : FLAVORS) {
      results.push(await resultOf(runtime, flavor));
    }
  }
  report(results);
  if (values.write === true) writeFileSync(DOCUMENT, render(results));
}

function report(results: readonly Result[]): void {
  console.log(`${tableOf(results)}\n\n${lacksOf(results)}`);
  for (const result of results.filter((each) => !isGood(each))) {
    process.exitCode = 1;
    console.log(`\n${nameOf(result)}, ${result.flavor}: ${result.problem ?? "failed"}`);
    for (const name of result.failed) console.log(`  ${name}`);
  }
  if (process.exitCode === 1) console.log(`\nWhat was printed is in ${LOGS}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
