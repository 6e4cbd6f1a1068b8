/** `overlapped cp`: copies files, and can be interrupted at any moment without harm. */

import { Command, Option } from "commander";
import { copyCommandLine } from "../cp/command.ts";
import { parseRate } from "../cp/request.ts";

/** The options as Commander gives them. */
export interface CopyFlags {
  readonly recursive?: boolean;
  readonly R?: boolean;
  readonly preserve?: boolean;
  readonly clobber: boolean;
  readonly sparse: "auto" | "always" | "never";
  readonly reflink: "auto" | "always" | "never";
  readonly targetDirectory?: string;
  readonly targetAsName?: boolean;
  readonly keepPartial?: boolean;
  readonly resume?: boolean;
  readonly fsync: boolean;
  readonly verify?: boolean;
  readonly limitRate?: number;
  readonly json?: boolean;
  readonly progress: boolean;
}

const USAGE = `[options] SOURCE DESTINATION
       overlapped cp [options] SOURCE... DIRECTORY
       overlapped cp [options] -t DIRECTORY SOURCE...`;

const AFTER_HELP = `
How it copies:
  Each file grows in a part file beside its destination, is synced, and then
  renamed to its name. So what has the name is always whole: the old file or the
  new one. Ctrl-C cancels what is at work, waits until the kernel has let go,
  removes the part files and says what was copied; files that are complete stay.
  A second Ctrl-C leaves at once, and may leave a part file.

Examples:
  overlapped cp film.mkv /mnt/usb        a file, into a directory
  overlapped cp -rp photos /mnt/backup   a tree, with modes, owners and times
  overlapped cp -r photos/. /mnt/backup  what is in the tree, not the tree
  overlapped cp --resume disk.img /mnt   run it again after an interruption
  overlapped cp -rn --resume tree/. new  the same for a tree: skips what is done
  overlapped cp --limit-rate=20M a b     go easy on the disk
  overlapped cp --json a b | jq .event   let a program watch
  kill -USR1 PID                         ask a running copy how far it is

Exit code:
  0    everything was copied, and verified if that was asked for
  1    something was not, the rest was; or --json could not be written
  2    wrong usage; nothing was done
  129, 130, 143
       canceled by SIGHUP, by SIGINT (Ctrl-C), by SIGTERM

docs/cp.md tells all of it, the lines of --json, too.`;

export function copyCommand(): Command {
  return withOptions(new Command("cp"))
    .description("Copy files and directories. Safe to interrupt at any moment.")
    .usage(USAGE)
    .argument("[path...]", "sources, then the destination: a name, or a directory to copy into")
    .addHelpText("after", AFTER_HELP)
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, "overlapped cp: ")),
    })
    .showHelpAfterError("Try 'overlapped cp --help'.")
    .action(async (paths: string[], flags: CopyFlags, command: Command) => {
      const mistake = findMistake(paths, flags);
      if (mistake !== null) command.error(`error: ${mistake}`, { code: "overlapped.usage" });
      await copyCommandLine(paths, flags);
    });
}

function withOptions(command: Command): Command {
  const whenOption = (flags: string, text: string): Option =>
    new Option(flags, text).choices(["auto", "always", "never"]).default("auto");
  return command
    .optionsGroup("What is copied:")
    .option(
      "-r, --recursive",
      "copy directories and all that is in them; symbolic links stay links",
    )
    .addOption(new Option("-R", "the same as -r").hideHelp())
    .option("-p, --preserve", "preserve mode and times, and the owner if allowed to")
    .option("-n, --no-clobber", "leave a destination that is there as it is")
    .option("-t, --target-directory <directory>", "copy all paths into this directory")
    .option(
      "-T, --target-as-name",
      "take the destination for a name, never for a directory to copy into",
    )
    .addOption(whenOption("--sparse <when>", "holes: as in the source, for all zeros, or none"))
    .addOption(
      whenOption("--reflink <when>", "share blocks with the source: if possible, or fail, or not"),
    )
    .optionsGroup("Interruption:")
    .option(
      "--resume",
      "go on with what an earlier --resume or --keep-partial has left; keep it again",
    )
    .option("--keep-partial", "keep what there is of a file when the copy ends early")
    .optionsGroup("Care:")
    .option("--verify", "read each copy back from the device and compare it with its source")
    .option(
      "--no-fsync",
      "do not wait for the device: quicker, but a power failure may take the copy",
    )
    .addOption(
      new Option(
        "--limit-rate <rate>",
        "bytes a second at most, such as 500K, 20M, 1.5G (K is 1024)",
      ).argParser(parseRate),
    )
    .optionsGroup("Output:")
    .option("--json", "print what happens to stdout, one JSON object a line")
    .option("--no-progress", "show no bars (there are none unless stderr is a terminal)")
    .helpOption("-h, --help", "show this help");
}

/** What is wrong with the command line; null if it can be run. */
function findMistake(paths: readonly string[], flags: CopyFlags): string | null {
  const { targetDirectory, targetAsName, reflink, sparse } = flags;
  if (reflink === "always" && sparse !== "auto") {
    return `--reflink=always shares the holes, too, and excludes --sparse=${sparse}`;
  }
  if (targetDirectory !== undefined && targetAsName === true) return "-t and -T exclude each other";
  if (targetDirectory !== undefined) return paths.length === 0 ? "missing source" : null;
  if (paths.length === 0) return "missing source and destination";
  if (paths.length < 2) return `missing destination after '${paths[0]}'`;
  return targetAsName === true && paths.length > 2 ? `extra operand '${paths[2]}' with -T` : null;
}
