// A backend on a ring that has been tried out.
import type { Clock } from "../../base/clock.ts";
import { openMailbox } from "../../kernel/calls.ts";
import type { CompletionSink } from "../contract.ts";
import { UringBackend } from "./backend.ts";
import type { OnFailed, UringKernel } from "./kernel.ts";

/** @throws {RingRefusal} Then nothing of it is left. */
export function openUring(
  kernel: UringKernel,
  sink: CompletionSink,
  clock: Clock,
  onFailed?: OnFailed,
): UringBackend {
  const backend = new UringBackend(kernel, sink, clock, openMailbox(), onFailed);
  backend.tryOut();
  return backend;
}
