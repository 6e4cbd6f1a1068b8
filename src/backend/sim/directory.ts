// Requests that tell what is in a directory, where a link leads, and whose a node is.

import type { Request } from "../contract.ts";
import { ENTRY_TYPES, encodeEntry } from "../directory-entry.ts";
import { type Disk, type Node, Refusal } from "./disk.ts";
import type { Answer, Task } from "./task.ts";

type Of<K> = Extract<Request, { readonly kind: K }>;

export function readLink({ path }: Of<"readlink">, disk: Disk): Answer | Refusal {
  const node = disk.find(path, false);
  if (node instanceof Refusal) return node;
  if (node.kind !== "symlink") return new Refusal("EINVAL");
  return { kind: "content", bytes: new Uint8Array(Buffer.from(node.target, "latin1")) };
}

/** As many entries as there is room for, as linux_dirent64 has them. */
export function listDirectory(task: Task, disk: Disk): Answer | Refusal {
  const { file, guard } = task;
  if (file === undefined || guard === null) return new Refusal("EBADF");
  if (file.node.kind !== "directory") return new Refusal("ENOTDIR");
  const { node } = file;
  // Somebody has removed it.
  if (node.links === 0 && node !== disk.root) return new Refusal("ENOENT");
  const all: (readonly [string, Node])[] = [
    [".", node],
    ["..", node.parent],
    ...node.entries.entries(),
  ];
  const records: Buffer[] = [];
  let length = 0;
  for (; file.position < all.length; file.position++) {
    const [name, entry] = all[file.position] ?? ["", node];
    const bytes = Buffer.from(name, "latin1");
    const type = ENTRY_TYPES[entry.kind];
    const record = encodeEntry(bytes, type, BigInt(entry.number), file.position + 1);
    if (length + record.byteLength > guard.byteLength) break;
    records.push(record);
    length += record.byteLength;
  }
  if (length === 0 && file.position < all.length) return new Refusal("EINVAL");
  task.brought = Buffer.concat(records);
  return { kind: "done", value: length };
}

const UNCHANGED = 0xffff_ffff;

export function describeAnew(
  task: Task,
  request: Of<"chmod" | "chown" | "utimes">,
  disk: Disk,
): Refusal | null {
  const followsLast = request.kind === "chmod" || request.followSymlinks;
  const { target } = request;
  const node =
    typeof target === "number"
      ? (task.file?.node ?? new Refusal("EBADF"))
      : disk.find(target, followsLast);
  if (node instanceof Refusal) return node;
  if (request.kind === "chmod") node.mode = request.mode & 0o7777;
  else if (request.kind === "utimes") {
    node.accessedNs = request.accessedNs;
    node.modifiedNs = request.modifiedNs;
  } else {
    if (request.uid !== UNCHANGED) node.uid = request.uid;
    if (request.gid !== UNCHANGED) node.gid = request.gid;
  }
  return null;
}
