// Which backend this thread uses, and why not another. So far there is io_uring or none.
import type { Clock } from "../base/clock.ts";
import { loadAddon } from "../kernel/addon.ts";
import { ioUringDisabled } from "../kernel/sysctl.ts";
import type { Backend, CompletionSink } from "./contract.ts";
import { openUring } from "./uring/backend.ts";

export type Selection =
  | { readonly backend: Backend; readonly reason: null }
  | { readonly backend: null; readonly reason: string };

export function selectBackend(sink: CompletionSink, clock: Clock): Selection {
  const { addon, reason } = loadAddon();
  if (addon === null) return { backend: null, reason };
  try {
    return { backend: openUring(addon, sink, clock), reason: null };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const text = cause instanceof Error ? cause.message : String(cause);
    // The kernel's own switch answers EPERM, as sandboxes do: only its value tells them apart.
    const disabled = ioUringDisabled();
    const switched = disabled === null ? "" : `; kernel.io_uring_disabled is ${disabled}`;
    return { backend: null, reason: `${text}${switched}` };
  }
}
