// Builds native/ with node-gyp when the package is installed.
//
// A failed build must not fail the installation: the package works without it, and `status()` tells
// why there is no ring. So the reason goes to build/why-no-ring.txt, what the build printed goes to
// build/native.log, and the exit code stays 0. With --must, which the project itself uses, a
// failure exits 1.
//
// This file is plain JavaScript because it runs before anything is compiled.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const reasonFile = join(root, "build", "why-no-ring.txt");
const addonFile = join(root, "build", "Release", "overlapped.node");
const logFile = join(root, "build", "native.log");
const BUILD_MS_MAX = 5 * 60 * 1000;
const LINES_SHOWN_MAX = 40;

/** npm names its own node-gyp in the environment; by hand, it is looked for in the npm on PATH. */
function findNodeGyp() {
  const named = process.env.npm_config_node_gyp;
  if (named !== undefined && existsSync(named)) return [process.execPath, named];
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const npm = join(folder, "npm");
    if (!existsSync(npm)) continue;
    const npmRoot = dirname(dirname(realpathSync(npm)));
    const path = join(npmRoot, "node_modules", "node-gyp", "bin", "node-gyp.js");
    if (existsSync(path)) return [process.execPath, path];
  }
  return ["node-gyp"];
}

/** Most Nodes come with their headers: with those, node-gyp has nothing to download. */
function headerArguments() {
  if (process.env.npm_config_nodedir !== undefined) return [];
  const prefix = dirname(dirname(process.execPath));
  const hasHeaders = existsSync(join(prefix, "include", "node", "common.gypi"));
  return hasHeaders ? [`--nodedir=${prefix}`] : [];
}

/** Returns undefined when the addon was built, else why not, and what the build printed. */
function build() {
  const [command, ...first] = [...findNodeGyp(), "rebuild", ...headerArguments()];
  const result = spawnSync(command, first, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: BUILD_MS_MAX,
  });
  if (result.status === 0 && existsSync(addonFile)) return undefined;
  const output = `${result.stdout ?? ""}\n${result.stderr ?? ""}`.trim();
  return { reason: explain(result, output), output };
}

const KNOWN_FAILURES = [
  [/not find any Python/i, "Python 3 was not found, install python3"],
  [/not found: make\b|make: (?:command )?not found/i, "make was not found, install make and gcc"],
  [
    /\b(?:gcc|cc): (?:command )?not found|\bcc: No such file/i,
    "no C compiler was found, install gcc",
  ],
  [
    /linux\/io_uring\.h: No such/,
    "linux/io_uring.h is missing, install the kernel's headers (linux-libc-dev)",
  ],
  [/node_api\.h: No such|getaddrinfo|ENOTFOUND|ECONN/, "Node's headers are missing, see --nodedir"],
];

/** A clause that can stand behind "the native part was not built:". */
function explain(result, output) {
  if (result.error?.code === "ENOENT") return "node-gyp was not found, install with npm";
  if (result.error?.code === "ETIMEDOUT") return `no end after ${BUILD_MS_MAX / 1000} s`;
  if (result.error !== undefined) return result.error.message;
  const known = KNOWN_FAILURES.find(([pattern]) => pattern.test(output));
  if (known !== undefined) return known[1];
  const error = /^.*\berror\b[: ].*$/m.exec(output)?.[0]?.trim();
  return error ?? `node-gyp ended with ${result.status ?? result.signal}`;
}

function leaveReason(reason, output) {
  // A leftover of another version is worse than none.
  rmSync(addonFile, { force: true });
  mkdirSync(dirname(reasonFile), { recursive: true });
  writeFileSync(reasonFile, `${reason}\n`);
  writeFileSync(logFile, `${output}\n`);
}

function main() {
  if (process.platform !== "linux") {
    leaveReason(`io_uring needs Linux, and this is ${process.platform}`, "");
    console.log(`overlapped: no native part on ${process.platform}`);
    return;
  }
  const failure = build();
  if (failure === undefined) {
    rmSync(reasonFile, { force: true });
    rmSync(logFile, { force: true });
    console.log("overlapped: built the native part");
    return;
  }
  const { reason, output } = failure;
  leaveReason(reason, output);
  console.error(`overlapped: the native part was not built: ${reason}`);
  if (process.argv.includes("--must")) {
    console.error(output.split("\n").slice(-LINES_SHOWN_MAX).join("\n"));
    process.exitCode = 1;
    return;
  }
  console.error("overlapped: the package works without it, by the portable backend, and slower;");
  console.error("overlapped: see build/native.log, then try again with `npm rebuild overlapped`");
}

main();
