// The backend with all that it needs of this thread.
import type { Clock } from "../../base/clock.ts";
import { ownError } from "../../base/errors.ts";
import { openMailbox } from "../../kernel/calls.ts";
import type { CompletionSink } from "../contract.ts";
import { UringBackend, type UringKernel } from "./backend.ts";

/** Why there is no ring, or the backend. */
export function openUring(kernel: UringKernel, sink: CompletionSink, clock: Clock): UringBackend {
  try {
    return new UringBackend(kernel, sink, clock, openMailbox());
  } catch (error) {
    throw ownError("ERR_NO_BACKEND", { syscall: "set up io_uring", cause: error });
  }
}
