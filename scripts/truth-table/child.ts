// Measures one case, in a process of its own: it may hang, and it has kernel threads of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ignore } from "./case.ts";
import { CASES } from "./list.ts";
import { measure } from "./measure.ts";

const [index = "", base = ""] = process.argv.slice(2);
const chosen = CASES[Number(index)];
if (chosen === undefined) throw new Error(`No case ${index}`);
// Orphans do not keep a process alive, but who waits for them here has to be.
const alive = setInterval(ignore, 1000);
const folder = mkdtempSync(join(base, "case-"));
try {
  const subject = await chosen.set({ folder });
  try {
    process.stdout.write(JSON.stringify(await measure(subject)));
  } finally {
    await subject.close();
  }
} finally {
  clearInterval(alive);
  rmSync(folder, { recursive: true, force: true });
}
