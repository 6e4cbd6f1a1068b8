// Which class a descriptor's handle has.

import type { DescriptorKind } from "../kernel/descriptors.ts";
import type { Handle } from "./handle.ts";
import { StreamHandle } from "./stream-handle.ts";
import { Tty } from "./tty/tty.ts";

export function streamOf(handle: Handle, kind: DescriptorKind): StreamHandle {
  return kind === "tty" ? new Tty(handle) : new StreamHandle(handle, kind);
}
