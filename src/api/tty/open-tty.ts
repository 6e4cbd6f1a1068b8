// Terminals by path, and pairs of a terminal and its controller.

import { bug } from "../../base/assert.ts";
import { ownError } from "../../base/errors.ts";
import { O_CLOEXEC, O_NOCTTY, O_RDWR } from "../../kernel/open-flags.ts";
import { Handle } from "../handle.ts";
import { coreOf, Making } from "../making.ts";
import type { Finish, Operation } from "../operation.ts";
import { type CallOptions, takeFlag, takeOptions } from "../options.ts";
import { checkPath, type Path } from "../path.ts";
import { type PathCalls, starterFor } from "../path-calls.ts";
import { type TtyModeChanges, takeChanges } from "./modes.ts";
import { readModes } from "./modes-hold.ts";
import { answer, terminalsFor } from "./terminal-calls.ts";
import { Tty } from "./tty.ts";

/** Options of `openTty`. */
export interface OpenTtyOptions extends CallOptions {
  /** Modes that it has from the start; see `Tty.setModes`. As they are if absent. */
  readonly modes?: TtyModeChanges | undefined;
  /** Whether only root can open it any more until everybody has closed it; not so if absent. */
  readonly exclusive?: boolean | undefined;
}

/** A new terminal, and the end that plays the part of screen and keyboard. */
export interface Pty {
  /** What is written to it is typed; what it reads is shown. */
  readonly controller: Tty;
  /** The terminal's path, for `openTty()` or a program's standard streams. */
  readonly path: string;
}

const CALL = "openTty";

/** See `StreamCalls.openTty`. */
export function openTty(
  calls: PathCalls,
  path: Path,
  options: OpenTtyOptions | undefined,
): Operation<Tty> {
  const { raw, shown: name } = checkPath(path, CALL);
  const isExclusive = takeFlag(options, "exclusive", false, CALL);
  const given = takeOptions(options, CALL);
  const modes = options?.modes === undefined ? undefined : takeChanges(options.modes, CALL);
  const starter = starterFor(calls, CALL);
  const core = coreOf(starter);
  core.checkBackend(CALL, name);
  // The numbers of a simulated kernel are not those of terminals here.
  if (core.descriptors === null) throw ownError("ERR_NOT_SUPPORTED", { syscall: CALL, path: name });
  const { table } = core;
  const finish: Finish<Tty> = (completion) => {
    if (completion.kind !== "opened") return bug(`${CALL}: completed as ${completion.kind}`);
    const { fd } = completion;
    const subject = { call: CALL, path: name };
    try {
      readModes(fd, subject);
    } catch (error) {
      table.undo(completion, name);
      return error as never;
    }
    const tty = new Tty(new Handle(table, { ...completion, isStream: true }, name, false));
    try {
      if (modes !== undefined) tty.setModes(modes);
      return isExclusive ? tty.setExclusive(true) : tty;
    } catch (error) {
      tty.close().catch(() => {});
      return error as never;
    }
  };
  const flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  const request = { kind: "open", path: raw, flags, mode: 0 } as const;
  return starter.start({ request, path: name, finish, given, call: CALL });
}

/** See `StreamCalls.openPty`. */
export function openPty(calls: PathCalls): Pty {
  const subject = { call: "openPty", path: "/dev/ptmx" };
  const making = new Making(calls, subject.call);
  const { controller, follower } = answer(terminalsFor(subject).openPty(), subject);
  const handle = making.handle(controller, `controller of ${follower}`);
  return { controller: new Tty(handle), path: follower };
}
