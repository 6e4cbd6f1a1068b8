// Reading a small file whole, at once: an open, reads and a close, if nothing is in the way.

import { O_CLOEXEC, O_RDONLY } from "../../kernel/open-flags.ts";
import type { FileRequest } from "../contract.ts";
import { Refusal } from "./disk.ts";
import type { SimKernel } from "./kernel.ts";
import { openPath } from "./open.ts";
import type { Answer, Task } from "./task.ts";
import { fallShort } from "./transfer.ts";

/** A fault leaves some of it to those above, with the file open. */
export function readSmallFile(
  task: Task,
  { path, length }: FileRequest,
  kernel: SimKernel,
): Answer | Refusal | null {
  const flags = O_RDONLY | O_CLOEXEC;
  const opened = openPath(task, { kind: "open", path, flags, mode: 0 }, kernel);
  if (opened instanceof Refusal || opened?.kind !== "opened") return opened;
  const file = kernel.descriptors.get(opened.fd);
  const { node } = file ?? { node: undefined };
  if (node?.kind === "fifo") return opened;
  const closed = (): void => void kernel.closeDescriptor(task, opened.fd);
  if (node?.kind !== "file") {
    closed();
    return new Refusal("EISDIR");
  }
  const there = Math.min(node.content.byteLength, length);
  const count = fallShort("shortRead", there, task, kernel.faults);
  const bytes = node.content.slice(0, count);
  if (count < there || count === length) return { ...opened, bytes };
  closed();
  return { kind: "content", bytes };
}
