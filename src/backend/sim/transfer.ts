// Requests that move or wait for bytes. What a read takes out of a FIFO is gone from there at once,
// though it reaches the buffer only when the request ends; what a write puts into a file may land
// in two halves.

import { NO_POSITION, type Request } from "../contract.ts";
import type { OpenFile } from "./descriptors.ts";
import { type Disk, type FileNode, Refusal } from "./disk.ts";
import type { Faults } from "./faults.ts";
import type { SimKernel } from "./kernel.ts";
import type { Answer, Task } from "./task.ts";

const POLLIN = 1;
const POLLOUT = 4;
const POLLHUP = 16;

export function readFile(task: Task, kernel: SimKernel): Answer | Refusal | null {
  const { file, guard } = task;
  if (file === undefined || guard === null || !file.isReadable) return new Refusal("EBADF");
  const { node } = file;
  if (node.kind === "directory") return new Refusal("EISDIR");
  if (node.kind === "fifo") {
    const { fifo } = node;
    if (fifo.length === 0 && guard.byteLength > 0) {
      const isOver = fifo.writers === 0 && fifo.writersEver > file.writersBefore;
      return isOver ? { kind: "done", value: 0 } : null;
    }
    const wanted = Math.min(guard.byteLength, fifo.length);
    task.brought = fifo.take(fallShort("shortRead", wanted, task, kernel.faults));
  } else {
    const from = positionOf(task, file);
    const there = node.content.subarray(from, from + guard.byteLength);
    task.brought = there.slice(0, fallShort("shortRead", there.byteLength, task, kernel.faults));
    advance(task, file, from + task.brought.byteLength);
  }
  return { kind: "done", value: task.brought.byteLength };
}

export function writeFile(task: Task, kernel: SimKernel): Answer | Refusal | null {
  const { file, guard } = task;
  if (file === undefined || guard === null || !file.isWritable) return new Refusal("EBADF");
  const { node } = file;
  if (node.kind === "directory") return new Refusal("EISDIR");
  const bytes = guard.bytes();
  if (node.kind === "fifo") {
    const { fifo } = node;
    if (fifo.readers === 0) return new Refusal("EPIPE");
    const room = fifo.roomFor(bytes.byteLength);
    if (room === 0 && bytes.byteLength > 0) return null;
    const count = fallShort("shortWrite", room, task, kernel.faults);
    fifo.put(bytes.subarray(0, count));
    return { kind: "done", value: count };
  }
  const count = fallShort("shortWrite", bytes.byteLength, task, kernel.faults);
  const at = file.isAppending ? node.content.byteLength : positionOf(task, file);
  const isTorn = kernel.faults.befalls("tornWrite", task);
  const now = isTorn ? count >>> 1 : count;
  if (isTorn && file.isAppending) grow(node, at + count);
  place(node, at, bytes.subarray(0, now), kernel.disk);
  if (isTorn) task.landLater = () => place(node, at + now, bytes.subarray(now, count), kernel.disk);
  advance(task, file, at + count);
  return { kind: "done", value: count };
}

/** A fault that leaves at least one byte, so that whoever goes on comes to an end. */
export function fallShort(
  fault: "shortRead" | "shortWrite",
  wanted: number,
  task: Task,
  faults: Faults,
): number {
  if (wanted < 2 || !faults.befalls(fault, task)) return wanted;
  return 1 + faults.drawer(fault, task).below(wanted - 1);
}

/** Where it begins: said by the request, or that of the descriptor. */
function positionOf({ request }: Task, file: OpenFile): number {
  const said = "position" in request ? request.position : NO_POSITION;
  return said === NO_POSITION ? file.position : said;
}

/** An appending write takes the position with it, wherever it was. */
function advance({ request }: Task, file: OpenFile, end: number): void {
  if ("position" in request && request.position === NO_POSITION) file.position = end;
}

export function place(node: FileNode, at: number, bytes: Uint8Array, disk: Disk): void {
  if (bytes.byteLength === 0) return;
  grow(node, at + bytes.byteLength);
  node.content.set(bytes, at);
  disk.touch(node);
}

/** Makes it at least so long; what is new is zeros. */
function grow(node: FileNode, length: number): void {
  if (length <= node.content.byteLength) return;
  const longer = new Uint8Array(length);
  longer.set(node.content);
  node.content = longer;
}

/** The file if it can be written to, else why not. */
function writable({ file }: Task, onStream: string): FileNode | Refusal {
  if (file === undefined) return new Refusal("EBADF");
  if (file.node.kind !== "file") return new Refusal(onStream);
  return file.isWritable ? file.node : new Refusal("EINVAL");
}

export function truncate(task: Task, length: number, disk: Disk): Refusal | null {
  const node = writable(task, "EINVAL");
  if (node instanceof Refusal) return node;
  if (length < node.content.byteLength) node.content = node.content.slice(0, length);
  else grow(node, length);
  disk.touch(node);
  return null;
}

type AllocateRequest = Extract<Request, { readonly kind: "allocate" }>;

export function allocate(task: Task, request: AllocateRequest, disk: Disk): Refusal | null {
  const node = writable(task, "ESPIPE");
  if (node instanceof Refusal) return task.file?.isWritable === false ? new Refusal("EBADF") : node;
  if (!request.keepSize) grow(node, request.offset + request.length);
  disk.touch(node);
  return null;
}

export function sync({ file }: Task): Refusal | null {
  if (file === undefined) return new Refusal("EBADF");
  return file.node.kind === "fifo" ? new Refusal("EINVAL") : null;
}

/** Answers with what is ready of the events that were asked for. */
export function pollFile({ file }: Task, events: number): Answer | Refusal | null {
  if (file === undefined) return new Refusal("EBADF");
  let ready = POLLIN | POLLOUT;
  if (file.node.kind === "fifo") {
    const { fifo } = file.node;
    const isOver = fifo.writers === 0 && fifo.writersEver > file.writersBefore;
    ready = (fifo.length > 0 ? POLLIN : 0) | (fifo.roomFor(1) > 0 ? POLLOUT : 0);
    if (isOver && file.isReadable) return { kind: "done", value: (ready & events) | POLLHUP };
  }
  ready &= events;
  return ready === 0 ? null : { kind: "done", value: ready };
}
