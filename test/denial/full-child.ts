// A process that may have 32 descriptors: `full-child SORT LAUNCHER`. With `some` the rest is free;
// with others none is when the `ring` is to be made, or when the `shim` is to be loaded. The limit
// comes when everything else is loaded, since Node itself needs more for that.

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";

import { examine } from "../../src/cli/doctor/examine.ts";
import { IoBuffer, open, status } from "../../src/index.ts";

const COUNT = 32;
const [, , sort, launcher = ""] = process.argv;

/** Takes all that are free. */
function fill(): number[] {
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

const free = (taken: readonly number[]): void => {
  for (const fd of taken) fs.closeSync(fd);
};

/** Whether a file can be opened, or the code of the reason. */
async function tryOpen(): Promise<unknown> {
  try {
    await (await open("/dev/null")).close();
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

async function withSome(): Promise<unknown> {
  const { backend } = status();
  const opened = await tryOpen();
  const taken = fill();
  const code = await tryOpen();
  free(taken);
  return { backend, opened, code, again: await tryOpen() };
}

function limit(): void {
  execFileSync(launcher, ["--pid", String(process.pid), "--files", String(COUNT)]);
}

limit();
if (sort === "some") {
  process.stdout.write(JSON.stringify(await withSome()));
} else {
  if (sort === "ring") void new IoBuffer(1); // Loads the shim.
  const taken = fill();
  const examination = await examine();
  free(taken);
  process.stdout.write(JSON.stringify(examination));
}
