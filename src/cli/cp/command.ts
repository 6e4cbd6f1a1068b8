// Runs the command: what a signal does, who tells the user, and the exit code.

import { drain, inFlight } from "../../index.ts";
import type { CopyFlags } from "../commands/cp.ts";
import { Account } from "./account.ts";
import { JsonReporter } from "./json-reporter.ts";
import { DRAIN_MS, FAILURES_LISTED_MAX } from "./limits.ts";
import { operandBytes } from "./operands.ts";
import type { End, Reporter } from "./reporter.ts";
import type { CopyRequest } from "./request.ts";
import { runCopy } from "./run.ts";
import { SignalWatch } from "./signals.ts";
import {
  describeCancel,
  describeFailures,
  describeHeld,
  describeRest,
  describeStatus,
} from "./summary.ts";
import { TextReporter } from "./text-reporter.ts";

/** Copies, and ends the process. */
export async function copyCommandLine(paths: readonly string[], flags: CopyFlags): Promise<never> {
  // Whoever read what we print may be gone; that is no reason to end without cleaning up.
  process.stderr.on("error", () => {});
  const account = new Account();
  const reporter = newReporter(account, flags);
  const signals = new SignalWatch({
    onFirst: (name) => announceCancel(name, reporter),
    onSecond: (name, exitCode) => {
      reporter.note("left at once; a part file may be left behind");
      void reporter.finish({ exitCode, signal: name, heldCount: inFlight().length });
      process.exit(exitCode);
    },
    onStatus: () => reporter.note(describeStatus(account.snapshot())),
  });
  const request = await newRequest(paths, flags, signals.signal);
  try {
    await runCopy(request, account, reporter);
  } catch (error) {
    // A bug: the bars must not hide it.
    await reporter.finish({ exitCode: 1, signal: null, heldCount: inFlight().length });
    throw error;
  }
  const end = await describeEnd(signals, account, reporter);
  const exitCode = await reporter.finish(end);
  // The answer is given. Ending any slower, Node takes the handlers of signals away first, and a
  // late Ctrl-C would turn a finished copy into a killed one.
  process.exit(exitCode);
}

function newReporter(account: Account, { json, progress }: CopyFlags): Reporter {
  const { stdout, stderr, env } = process;
  const isTerminal = stderr.isTTY === true && env.TERM !== "dumb";
  const wantsBars = progress && json !== true && isTerminal;
  const people = new TextReporter(stderr, { wantsBars, look: () => account.snapshot() });
  return json === true ? new JsonReporter(stdout, account, people) : people;
}

async function newRequest(
  paths: readonly string[],
  flags: CopyFlags,
  signal: AbortSignal,
): Promise<CopyRequest> {
  const { targetDirectory, targetAsName } = flags;
  const sources = await operandBytes(paths);
  const [folder] = targetDirectory === undefined ? [] : await operandBytes([targetDirectory]);
  const destination = folder ?? sources.pop() ?? Buffer.alloc(0);
  const asName = targetAsName === true ? "name" : "either";
  return {
    sources,
    destination,
    target: folder === undefined ? asName : "directory",
    recursive: flags.recursive === true || flags.R === true,
    preserve: flags.preserve === true,
    noClobber: !flags.clobber,
    sparse: flags.sparse,
    reflink: flags.reflink,
    keepPartial: flags.keepPartial === true,
    resume: flags.resume === true,
    fsync: flags.fsync,
    verify: flags.verify === true,
    bytesPerSecond: flags.limitRate,
    signal,
  };
}

function announceCancel(name: NodeJS.Signals, reporter: Reporter): void {
  const again = name === "SIGINT" ? "press Ctrl-C again" : "send it again";
  reporter.note(`canceling; ${again} to leave at once`);
  const timer = setTimeout(() => {
    const held = inFlight();
    if (held.length > 0) reporter.note(`still canceling: ${describeHeld(held)}`);
  }, DRAIN_MS);
  timer.unref();
}

/** Says the truth about what is held: asks the library, which counts the kernel's answers. */
async function describeEnd(
  signals: SignalWatch,
  account: Account,
  reporter: Reporter,
): Promise<End> {
  const { held } = await drain({ deadlineMs: DRAIN_MS });
  const heldCount = held.length;
  const failed = account.failures > 0 ? 1 : 0;
  const { stop } = signals;
  if (stop !== null && account.isCut) {
    reporter.note(describeCancel(stop.name, account, held));
    return { exitCode: stop.exitCode, signal: stop.name, heldCount };
  }
  if (account.failures > FAILURES_LISTED_MAX) reporter.note(describeFailures(account));
  const rest = describeRest(account);
  if (rest !== null) reporter.note(rest);
  // What completed has won.
  if (stop !== null) reporter.note(`${stop.name} came when everything was done`);
  return { exitCode: failed, signal: null, heldCount };
}
