// A question on a terminal that can do nothing (`TERM=dumb`), such as that of an editor: the line
// is edited by the terminal's driver, and comes when Enter is pressed.

import { IoError } from "../../base/errors.ts";
import type { StreamHandle } from "../stream-handle.ts";
import { type AskPlan, remember } from "./ask-options.ts";
import { askPlain } from "./ask-plain.ts";
import type { AskSession } from "./ask-session.ts";
import { Display } from "./display.ts";
import { changed } from "./modes.ts";
import { ModesHold } from "./modes-hold.ts";

const ignore = (): void => {};

/** Resolves with the line, or null at the end of the input. */
export async function askDumb(
  session: AskSession,
  screen: StreamHandle | null,
  plan: AskPlan,
): Promise<string | null> {
  const { handle } = session;
  const echo = !plan.isSecret;
  const display = new Display(screen, ignore);
  let hold: ModesHold | null = null;
  try {
    hold = new ModesHold(handle, { call: "ask", path: handle.path }, true);
    const modes = { canonical: true, echo, signals: true, translateInput: true };
    hold.set(changed(hold.found, modes));
    const line = await askPlain(session, screen, plan);
    // Nothing has shown the Enter.
    if (!echo) display.show("\n");
    await Promise.race([display.flushed(), session.canceled]);
    if (line !== null && echo) remember(plan.history, line);
    return line;
  } catch (error) {
    if (hold === null && error instanceof IoError && error.code === "EIO") return null;
    display.show("\n");
    throw error;
  } finally {
    hold?.end();
  }
}
