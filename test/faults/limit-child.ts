// A process without descriptors, or whose rings are refused: `limit-child WHAT LAUNCHER DIRECTORY`.
// Prints one line of JSON. The limit comes when everything is loaded, since Node needs more for it.

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

import {
  CopyError,
  copy,
  type File,
  IoError,
  inFlight,
  open,
  readFile,
  status,
  writeFile,
} from "../../src/index.ts";

const LIMIT = 100;
const MORE = 6;
const FILES = 20;

const [, , what = "", launcher = "", directory = ""] = process.argv;
const path = join(directory, "file");

const descriptors = (): number => fs.readdirSync("/proc/self/fd").length;

async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    if (!(error instanceof IoError)) return String(error);
    const kind = error instanceof CopyError ? "copy" : "io";
    return `${kind} ${error.code} ${error.errno} ${error.bytesTransferred}`;
  }
}

function takeAll(): number[] {
  const taken: number[] = [];
  for (;;) {
    try {
      taken.push(fs.openSync("/dev/null", "r"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EMFILE") return taken;
      throw error;
    }
  }
}

/** Opens what can be opened, and then some; all that was refused says so. */
async function fewDescriptors(): Promise<unknown> {
  await readFile(path); // What stays open is open from here on.
  execFileSync(launcher, ["--pid", String(process.pid), "--files", String(LIMIT)]);
  const taken = takeAll();
  for (const fd of taken.splice(0, MORE)) fs.closeSync(fd);
  const before = descriptors();
  const files: File[] = [];
  const codes = new Set<string>();
  const opens = Array.from({ length: FILES }, () => open(path).outcome());
  for (const outcome of await Promise.all(opens)) {
    if (outcome.status === "completed") files.push(outcome.value);
    else codes.add(`${outcome.error.code} ${outcome.error.path === path}`);
  }
  const failures = [
    await failureOf(readFile(path)),
    await failureOf(writeFile(`${path}-new`, "text")),
    await failureOf(copy(path, `${path}-copy`)),
  ];
  const isLast = files.length === MORE;
  await Promise.all(files.map((file) => file.close()));
  const isWell = Buffer.from(await readFile(path)).toString() === "content";
  const names = fs.readdirSync(directory).filter((name) => name.startsWith("file-"));
  const isClean = descriptors() === before && names.length === 0;
  return { isLast, codes: [...codes], failures, isWell, isClean };
}

/** Whatever was refused, the work is done. */
async function refusedRings(): Promise<unknown> {
  const stats = Array.from({ length: 2000 }, () => readFile(path));
  const contents = await Promise.all(stats);
  await writeFile(`${path}-new`, "text");
  return { isWell: contents.every((content) => content.byteLength === 7) };
}

const seen = what === "files" ? await fewDescriptors() : await refusedRings();
const { backend } = status();
console.log(JSON.stringify({ ...(seen as object), backend, left: inFlight().length }));
