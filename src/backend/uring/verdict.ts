// Whether an answer of the kernel ends a request, or is only a reason to ask again.
import { INTERRUPTED_RETRIES_MAX } from "../../base/limits.ts";
import { EINTR } from "../../kernel/errno.ts";
import type { Completion } from "../contract.ts";
import type { Entry } from "./entry.ts";
import { hasNoPeerYet, wasTooLate } from "./held-opens.ts";

/** When and where it is asked again, or the answer. In a thread it may wait. */
export type Verdict = Completion | "again" | "in a thread" | "later";

const CANCELED: Completion = { kind: "canceled" };

export function verdictOn(entry: Entry, completion: Completion | "interrupted"): Verdict {
  if (completion === "interrupted") return onInterrupted(entry);
  // An open at once never blocks; one by a thread waits for a FIFO's reader, as open(2) does.
  const isOpen = hasNoPeerYet(entry, completion);
  if (!isOpen && !wasTooLate(entry, completion)) return completion;
  if (entry.isCancelWanted) return CANCELED;
  return isOpen ? "in a thread" : "later";
}

function onInterrupted(entry: Entry): Verdict {
  // The descriptor is gone all the same: another close could hit somebody else's.
  if (entry.request.kind === "close") return { kind: "done", value: 0 };
  if (entry.isCancelWanted) return CANCELED;
  return ++entry.interruptions > INTERRUPTED_RETRIES_MAX
    ? { kind: "failed", errno: EINTR }
    : "again";
}
