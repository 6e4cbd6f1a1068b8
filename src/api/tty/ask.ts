// Questions: who is asked, and where it is shown.

import { ownError } from "../../base/errors.ts";
import { loadDescriptors } from "../../kernel/descriptors.ts";
import { loadTerminals } from "../../kernel/terminal.ts";
import { handleIn } from "../file-streams.ts";
import type { Handle } from "../handle.ts";
import type { StreamHandle } from "../stream-handle.ts";
import { askDumb } from "./ask-dumb.ts";
import { askLine, type Shown } from "./ask-line.ts";
import { type AskOptions, type AskPlan, planAsk } from "./ask-options.ts";
import { askPlain } from "./ask-plain.ts";
import { AskSession } from "./ask-session.ts";
import { sizeIfKnown } from "./size.ts";

/** Who is asked. */
export interface Asked {
  readonly handle: Handle;
  /** Null if it is no terminal. */
  readonly tty: StreamHandle | null;
  /** Terminals that show the question if that which is asked cannot be written to. */
  readonly others?: () => readonly StreamHandle[];
}

const CALL = "ask";

/** See `ask` and `Tty.ask`. Arguments are checked before anything is shown. */
export function startAsk(
  asked: Asked,
  prompt: string,
  options: AskOptions | undefined,
): Promise<string | null> {
  const plan = planAsk(prompt, options);
  const { handle, tty } = asked;
  handle.checkOpen(CALL);
  const session = new AskSession(handle);
  const output = plan.output ?? null;
  return session.run(plan.given, () => {
    if (tty === null) return askPlain(session, output, plan);
    const screen = screenOf(asked, tty, output);
    const { reason } = loadTerminals();
    if (reason !== null) return askPlain(session, screen, shownTyping(plan, reason));
    if (process.env.TERM === "dumb") return askDumb(session, screen, plan);
    return askLine(session, shownOn(screen), plan);
  });
}

/** Where modes are out of reach, the terminal shows what is typed, whatever that is. */
function shownTyping(plan: AskPlan, reason: string): AskPlan {
  if (!plan.isSecret) return plan;
  throw ownError("ERR_NOT_SUPPORTED", { syscall: CALL, cause: new Error(reason) });
}

/** What shows the question: what was chosen, if that is a terminal, else the one that is asked. */
function screenOf(
  asked: Asked,
  tty: StreamHandle,
  output: StreamHandle | null,
): StreamHandle | null {
  if (output !== null && output.kind === "tty") return output;
  if (isWritable(asked.handle)) return tty;
  return asked.others?.().find(({ kind }) => kind === "tty") ?? null;
}

function isWritable({ fd }: Handle): boolean {
  const description = loadDescriptors().describe(fd);
  return typeof description === "object" && description.accessMode !== "r";
}

function shownOn(screen: StreamHandle | null): Shown {
  const handle = handleIn(screen);
  const columns = (): number => {
    if (handle === undefined || handle.state !== "open") return 0;
    return sizeIfKnown(handle.fd)?.columns ?? 0;
  };
  return { on: screen, columns };
}
