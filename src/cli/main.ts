#!/usr/bin/env node
/** The program `overlapped`: picks the command, loads it and no other, and ends the process. */

import { Command, CommanderError } from "commander";
import { packageVersion } from "./version.ts";

/** In the order of the help. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["demo", async () => (await import("./commands/demo.ts")).demoCommand()],
  ["doctor", async () => (await import("./commands/doctor.ts")).doctorCommand()],
  ["cp", async () => (await import("./commands/cp.ts")).copyCommand()],
  ["sim", async () => (await import("./commands/sim.ts")).simCommand()],
]);

const USAGE_EXIT_CODE = 2;
const PROGRAM_OPTIONS = ["-h", "--help", "-V", "--version"];

/** No command, or an option of the demo's first: the demo. */
function withDefault(args: readonly string[]): readonly string[] {
  const [first] = args;
  if (first === undefined) return ["demo"];
  return first.startsWith("-") && !PROGRAM_OPTIONS.includes(first) ? ["demo", ...args] : args;
}

async function run(args: readonly string[]): Promise<void> {
  const program = new Command("overlapped")
    .description("Asynchronous I/O for Node.js in which canceling is safe.")
    .version(packageVersion())
    .addHelpText("after", "\nWithout a command: overlapped demo")
    .exitOverride();
  const chosen = COMMANDS.get(args[0] ?? "");
  // Help and mistakes need to know every command; the others load one.
  const loaders = chosen === undefined ? [...COMMANDS.values()] : [chosen];
  for (const load of loaders) program.addCommand((await load()).exitOverride());
  await program.parseAsync([...args], { from: "user" });
}

// Whoever read our output has gone (`overlapped demo | head`): nobody is left to tell. A copy that
// was asked for is finished all the same.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (process.argv[2] === "cp") return;
  if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  throw error;
});

/** A mistake of ours keeps its stack; what the world did needs only its message. */
function exitCodeOf(error: unknown): number {
  // Commander has printed its own, and ends --help and --version this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  const known = error instanceof Error && "code" in error;
  console.error(known ? `overlapped: ${error.message}` : error);
  return 1;
}

try {
  await run(withDefault(process.argv.slice(2)));
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
