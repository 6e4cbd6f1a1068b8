/** `overlapped cp`: copies files, and can be interrupted at any moment without harm. */

import { Command, Option } from "commander";
import { drain, inFlight } from "../../index.ts";
import { newTally, type Tally } from "../cp/context.ts";
import { EventReporter } from "../cp/event-reporter.ts";
import { DRAIN_MS } from "../cp/limits.ts";
import { operandBytes } from "../cp/operands.ts";
import { runCopy } from "../cp/run.ts";
import { SignalWatch } from "../cp/signals.ts";
import { describeCancel, describeHeld } from "../cp/summary.ts";
import { type CommandReporter, TextReporter } from "../cp/text-reporter.ts";

interface CopyOptions {
  readonly recursive?: boolean;
  readonly progress: boolean;
  readonly json?: boolean;
}

const usageExitCode = 2;

const AFTER_HELP = `
Each file is written to NAME.part beside its destination, synced, renamed to NAME, and the
directory is synced: a destination is never half-written, and a copy that is reported as done
survives a power failure. A file that is replaced gives its permission bits to the new one, but
not its owner, its hard links or its attributes. A symbolic link is followed, but with -r it is
copied as a link. FIFOs, sockets and devices are not copied.

Ctrl-C cancels what is at work, waits until the kernel has given everything back, says how much
was copied, and removes the part files; so do SIGTERM and SIGHUP. Files that were copied
completely stay. A file that is being renamed at that moment is removed again if its destination
is new; if it has replaced an older file, it stays, since it is complete. A second Ctrl-C leaves
at once, and may leave a part file behind.

--json prints events to stderr, one JSON object a line: "stage" (copying, syncing, renaming,
syncing directory, copied), "progress", "failure", "note" and "end".

Exit code:
  0    everything was copied
  1    something was not copied; the rest was
  2    wrong usage
  129  ended by SIGHUP
  130  ended by SIGINT (Ctrl-C)
  143  ended by SIGTERM`;

export function copyCommand(): Command {
  return new Command("cp")
    .description("copy files and directories; safe to interrupt at any moment")
    .usage("[-r] SOURCE... DESTINATION")
    .argument("<path...>", "sources, then the destination: a file, or a directory to copy into")
    .option("-r, --recursive", "copy directories and what is in them")
    .addOption(new Option("-R", "the same as -r").hideHelp())
    .option("--no-progress", "show no progress bar (none is shown unless stderr is a terminal)")
    .option("--json", "print events for programs instead of messages and a bar")
    .addHelpText("after", AFTER_HELP)
    .action(async (paths: string[], options: CopyOptions & { R?: boolean }, command: Command) => {
      if (paths.length < 2) {
        const message = `error: missing destination after '${paths[0]}'`;
        command.error(message, { exitCode: usageExitCode, code: "overlapped.missingDestination" });
      }
      await copy(paths, { ...options, recursive: isRecursive(options) });
    });
}

function isRecursive(options: CopyOptions & { R?: boolean }): boolean {
  return options.recursive === true || options.R === true;
}

async function copy(paths: readonly string[], options: CopyOptions): Promise<never> {
  // Whoever read the messages may be gone; that is no reason to end without cleaning up.
  process.stderr.on("error", () => {});
  const tally = newTally();
  const reporter = newReporter(tally, options);
  const signals = new SignalWatch({
    onFirst: (name) => announceCancel(name, reporter),
    onSecond: (exitCode) => {
      reporter.note("left at once; a part file may be left behind");
      reporter.finish(exitCode, inFlight().length);
      process.exit(exitCode);
    },
  });
  const operands = await operandBytes(paths);
  const destination = operands.pop() ?? Buffer.alloc(0);
  const recursive = options.recursive === true;
  const { signal } = signals;
  await runCopy({ sources: operands, destination, recursive, signal, reporter, tally });
  return await finish(signals, tally, reporter);
}

function newReporter(tally: Tally, options: CopyOptions): CommandReporter {
  if (options.json === true) return new EventReporter(process.stderr, tally);
  const wantsBar = options.progress && process.stderr.isTTY === true;
  return new TextReporter(process.stderr, tally, wantsBar);
}

function announceCancel(name: NodeJS.Signals, reporter: CommandReporter): void {
  const again = name === "SIGINT" ? "press Ctrl-C again" : "send it again";
  reporter.note(`canceling; ${again} to leave at once`);
  const timer = setTimeout(() => {
    const held = inFlight();
    if (held.length > 0) reporter.note(`still canceling: ${describeHeld(held)}`);
  }, DRAIN_MS);
  timer.unref();
}

/** Says the truth about what is held: asks the library, which counts the kernel's answers. */
async function finish(
  signals: SignalWatch,
  tally: Tally,
  reporter: CommandReporter,
): Promise<never> {
  const { held } = await drain({ deadlineMs: DRAIN_MS });
  const exitCode = signals.exitCode ?? (tally.failures > 0 ? 1 : 0);
  if (signals.exitCode !== null) reporter.note(describeCancel(tally, held));
  reporter.finish(exitCode, held.length);
  // The answer is given. Ending any slower, Node takes the handlers of signals away first, and a
  // late Ctrl-C would turn a finished copy into a killed one.
  process.exit(exitCode);
}
