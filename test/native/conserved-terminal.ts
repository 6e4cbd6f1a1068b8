// A terminal for who has no shim to make one: prints its path, and has the writer write to its
// other end. It changes no byte, and stays until the writer has ended.

import { spawn, spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadTerminals } from "../../src/kernel/terminal.ts";

const { terminals, reason } = loadTerminals();
const opened = terminals?.openPty();
if (typeof opened !== "object") throw new Error(`No terminal: ${reason ?? opened}`);
const { controller, follower: path } = opened;
const terminal = openSync(path, "r+");
spawnSync("stty", ["raw", "-echo"], { stdio: [terminal] });
const writer = fileURLToPath(new URL("./conserved-writer.js", import.meta.url));
const child = spawn(process.execPath, [writer, "3"], {
  stdio: ["inherit", "ignore", "inherit", controller],
});
child.once("exit", (code) => process.exit(code ?? 1));
process.stdout.write(`${path}\n`);
