// Runs programs of pages and comments one after the other: a child of programs.ts. Each has a
// directory of its own as its working directory, in which there is what the programs speak of, and
// must leave no operation in flight and no descriptor open.

import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";

import { drain, inFlight } from "../../src/index.ts";
import { assertQuiet } from "../../src/testing.ts";

const STOP_MS = 1000;
const TURNS_MIN = 2;
/** Far more than anything needs that ends by itself, on a machine with much else to do. */
const IN_FLIGHT_MS_MAX = 5000;

interface Steps {
  readonly steps: readonly {
    readonly name: string;
    readonly place: string;
    readonly module: string;
  }[];
  readonly results: string;
}

const { steps, results } = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Steps;
const write = process.stdout.write.bind(process.stdout);

/** FIFOs, one in the place of a terminal; a tree to copy, and a directory to copy it to. */
function prepare(): void {
  execFileSync("mkfifo", ["tty", "events"]);
  mkdirSync("photos");
  writeFileSync("photos/one.jpg", "not really");
  mkdirSync("backup");
}

/** What a thread keeps for as long as it lives: rings, and what tells it of mounts. */
const KEPT = /io_uring|^\/proc\/\d+\/mounts$/;

/** What is open besides. */
function openFiles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${descriptor}`);
      return KEPT.test(file) ? [] : [file];
    } catch {
      return []; // That of the listing itself.
    }
  });
}

/**
 * A few turns, so that what nobody has awaited is this program's failure and not the next one's;
 * and more while something is in flight that will end: the tests of a program run when it has been
 * loaded, and one may not wait for what it has begun.
 */
async function turns(): Promise<void> {
  const end = performance.now() + IN_FLIGHT_MS_MAX;
  for (let count = 0; count < TURNS_MIN || inFlight().length > 0; count++) {
    if (performance.now() > end) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function complaintOf(module: string): Promise<string> {
  const before = openFiles();
  try {
    await import(pathToFileURL(module).href);
    await turns();
    assertQuiet();
  } catch (error) {
    await drain({ deadlineMs: STOP_MS }); // The next one is to be judged by itself.
    return inspect(error);
  }
  const left = openFiles().filter((file) => !before.includes(file));
  return left.length > 0 ? `it leaves open: ${left.join(", ")}` : "";
}

for (const { name, place, module } of steps) {
  process.chdir(place);
  prepare();
  let output = "";
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    output += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    return true;
  };
  const complaint = await complaintOf(module);
  process.stdout.write = write;
  appendFileSync(results, `${JSON.stringify({ name, output, complaint })}\n`);
}
