// A process of the runtime in question, for `npm run runtimes`: prints as JSON what it is, and what
// its backend lacks. Argument: the flavor, as the files of the suite are called.

import type { Description } from "../../scripts/runtimes/run.ts";
import { loadAddon } from "../../src/kernel/addon.ts";
import type { Subject } from "./subject.ts";

async function describe(flavor: string): Promise<Description> {
  const { versions } = process;
  const version = versions.bun ?? versions.deno ?? versions.node;
  const path = `./${flavor}-subject.js`;
  const { subject } = (await import(path)) as { subject: Subject };
  const missing = flavor === "portable" ? loadAddon().reason : null;
  const lacks: Record<string, string> = { ...subject.absent };
  for (const [ability, able] of Object.entries(subject.abilities)) {
    if (able !== true) lacks[ability] = able;
  }
  return { version, missing, lacks };
}

console.log(JSON.stringify(await describe(process.argv[2] ?? "")));
