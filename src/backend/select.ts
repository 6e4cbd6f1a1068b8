// Which backend this thread uses, and why not another. So far there is io_uring or none.
import type { Clock } from "../base/clock.ts";
import { loadAddon } from "../kernel/addon.ts";
import { type Descriptors, loadDescriptors } from "../kernel/descriptors.ts";
import { ioUringDisabled } from "../kernel/sysctl.ts";
import type { Backend, CompletionSink } from "./contract.ts";
import { openUring } from "./uring/open-uring.ts";

export type Selection =
  | {
      readonly backend: Backend;
      readonly reason: null;
      /** Of the kernel that the backend works on; null if that is not this process's. */
      readonly descriptors?: Descriptors | null;
    }
  | { readonly backend: null; readonly reason: string };

export function selectBackend(sink: CompletionSink, clock: Clock): Selection {
  const { addon, reason } = loadAddon();
  if (addon === null) return { backend: null, reason };
  try {
    const backend = openUring(addon, sink, clock);
    return { backend, reason: null, descriptors: loadDescriptors() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const text = cause instanceof Error ? cause.message : String(cause);
    // The kernel's own switch answers EPERM, as sandboxes do: only its value tells them apart.
    const disabled = ioUringDisabled();
    const switched = disabled === null ? "" : `; kernel.io_uring_disabled is ${disabled}`;
    return { backend: null, reason: `${text}${switched}` };
  }
}
