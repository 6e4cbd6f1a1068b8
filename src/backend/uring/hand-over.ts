// What becomes of a request that the kernel has not got, and never gets by this ring; and how what
// it has got is still heard of.
import type { Clock } from "../../base/clock.ts";
import { FAILED_RING_LOOKED_AT_MS } from "../../base/limits.ts";
import type { Completion, Request } from "../contract.ts";
import type { Entry } from "./entry.ts";
import type { Rings } from "./rings.ts";

export type HandOver =
  | { readonly completion: Completion; readonly request: null }
  | { readonly completion: null; readonly request: Request };

/** `close` closes at once the descriptor of a regular file that nobody else knows. */
export function handOver(
  { request, steps, isCancelWanted }: Entry,
  close: (fd: number) => void,
): HandOver {
  if (steps?.hasDescriptor === true) {
    close(steps.descriptor);
    if (steps.isOver) return { completion: steps.result, request: null };
    // Nobody has seen the content yet: it can be read again.
  }
  if (isCancelWanted) return { completion: { kind: "canceled" }, request: null };
  return { completion: null, request: steps?.request ?? request };
}

/** Nobody can be trusted to wake us: the event loop may watch another file by the ring's number. */
export function lookFromTimeToTime(clock: Clock, rings: Rings, look: () => void): void {
  if (!rings.isBusy) return;
  clock.after(FAILED_RING_LOOKED_AT_MS, () => {
    look();
    lookFromTimeToTime(clock, rings, look);
  });
}
