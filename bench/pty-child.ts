// Holds a terminal for a bench of what is done without the shim, which makes none: prints its path,
// and ends with its standard input.

import { execFileSync } from "node:child_process";
import { openPty } from "../src/index.ts";

const pty = openPty();
execFileSync("stty", ["-F", pty.path, "raw", "-echo"]);
process.stdout.write(`${pty.path}\n`);
process.stdin.on("end", () => process.exit()).resume();
