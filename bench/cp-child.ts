// Copies once and prints how many milliseconds that took.

import { cp } from "node:fs/promises";
import { copy } from "../src/index.ts";

const [implementation, source = "", destination = ""] = process.argv.slice(2);

const startMs = performance.now();
if (implementation === "fs.cp") await cp(source, destination, { recursive: true });
else await copy(source, destination, { sync: false, reflink: "never" });
process.stdout.write(`${performance.now() - startMs}`);
