// Files, directories, links and FIFOs in memory, found by path as a kernel does.

import { PATH_BYTES_MAX } from "../../base/limits.ts";
import { errno } from "../../kernel/errno.ts";
import type { RawPath } from "../contract.ts";
import { Fifo } from "./fifo.ts";

const NO_TIMES = { accessedNs: null, modifiedNs: null };
const LINKS_MAX = 40;
const NAME_BYTES_MAX = 255;

interface Common {
  readonly number: number;
  mode: number;
  uid: number;
  gid: number;
  links: number;
  readonly bornMs: number;
  changedMs: number;
  /** Set by utimes; else the times of changes count. Nanoseconds since 1970. */
  accessedNs: bigint | null;
  modifiedNs: bigint | null;
}

export interface FileNode extends Common {
  readonly kind: "file";
  content: Uint8Array;
  modifiedMs: number;
}

export interface DirectoryNode extends Common {
  readonly kind: "directory";
  readonly entries: Map<string, Node>;
  parent: DirectoryNode;
}

export interface LinkNode extends Common {
  readonly kind: "symlink";
  readonly target: string;
}

export interface FifoNode extends Common {
  readonly kind: "fifo";
  readonly fifo: Fifo;
}

export type Node = FileNode | DirectoryNode | LinkNode | FifoNode;

/** What the kernel answers instead of doing it. `errno` is positive. */
export class Refusal {
  readonly errno: number;

  constructor(name: string) {
    this.errno = errno(name);
  }
}

/** Where a path leads: the directory before its last name, and what has that name, if anything. */
export interface Place {
  readonly directory: DirectoryNode;
  /** The last name; of a path that ends in none, such as `..` or `/`, what it ends in. */
  readonly name: string;
  readonly ending: "name" | "." | ".." | "/";
  /** A slash after the name: it must be a directory's. */
  readonly hasSlash: boolean;
  /** A link is not followed here. A name that is too long is a reason to refuse, in its turn. */
  readonly node: Node | Refusal | undefined;
}

/** Names are bytes: each character stands for one. */
export function textOf(path: RawPath): string {
  const bytes = typeof path === "string" ? Buffer.from(path) : path;
  return Buffer.from(bytes).toString("latin1");
}

export class Disk {
  readonly root: DirectoryNode;
  readonly #now: () => number;
  #lastNumber = 0;

  constructor(now: () => number) {
    this.#now = now;
    const nobody = {} as DirectoryNode; // The root's parent is the root.
    this.root = this.makeDirectory(nobody, 0o755);
    this.root.links++;
    this.root.parent = this.root;
  }

  makeFile(content: Uint8Array, mode: number): FileNode {
    return { ...this.#common(mode), kind: "file", content, modifiedMs: this.#now() };
  }

  makeDirectory(parent: DirectoryNode, mode: number): DirectoryNode {
    return { ...this.#common(mode), kind: "directory", entries: new Map(), parent };
  }

  makeLink(target: string): LinkNode {
    return { ...this.#common(0o777), kind: "symlink", target };
  }

  makeFifo(mode: number): FifoNode {
    return { ...this.#common(mode), kind: "fifo", fifo: new Fifo() };
  }

  enter(place: Place, node: Node): void {
    place.directory.entries.set(place.name, node);
    node.links++;
    this.touch(node);
  }

  leave({ directory, name }: Place): void {
    const node = directory.entries.get(name);
    if (node === undefined) return;
    directory.entries.delete(name);
    node.links--;
    this.touch(node);
  }

  touch(node: Node): void {
    node.changedMs = this.#now();
    node.modifiedNs = null;
    if (node.kind === "file") node.modifiedMs = node.changedMs;
  }

  /** The node at a path, or why there is none. */
  find(path: RawPath, followsLast: boolean): Node | Refusal {
    const walk = new Walk();
    const place = this.locate(path, walk);
    if (place instanceof Refusal) return place;
    return walk.end(place, this.root, followsLast);
  }

  /** Where a path leads, whether or not something is there. A relative one begins at `from`. */
  locate(path: RawPath, walk: Walk = new Walk(), from: Node = this.root): Place | Refusal {
    const text = textOf(path);
    if (text.length === 0) return new Refusal("ENOENT");
    if (text.length > PATH_BYTES_MAX) return new Refusal("ENAMETOOLONG");
    if (from.kind !== "directory") return new Refusal("ENOTDIR");
    return walk.start(this.root, from, text);
  }

  #common(mode: number): Common {
    const now = this.#now();
    return {
      number: ++this.#lastNumber,
      mode,
      uid: 0,
      gid: 0,
      links: 0,
      bornMs: now,
      changedMs: now,
      ...NO_TIMES,
    };
  }
}

/** One way through the disk, with the links that it has followed. As Linux goes it. */
export class Walk {
  #links = 0;

  /** Goes to the last directory of a path. */
  start(root: DirectoryNode, from: DirectoryNode, path: string): Place | Refusal {
    let directory = path.startsWith("/") ? root : from;
    const names = path.split("/").filter((name) => name !== "");
    const name = names.pop() ?? "/";
    for (const each of names) {
      const next = this.#enter(directory, each, root);
      if (next instanceof Refusal) return next;
      directory = next;
    }
    const hasSlash = path.endsWith("/");
    const ending = name === "." || name === ".." || name === "/" ? name : "name";
    const node = ending === "name" ? lookUp(directory, name) : beside(directory, ending);
    return { directory, name, ending, hasSlash, node };
  }

  /** What is at the end, behind links if they are followed. */
  end(place: Place, root: DirectoryNode, followsLast: boolean): Node | Refusal {
    const { node, hasSlash } = place;
    if (node === undefined) return new Refusal("ENOENT");
    if (node instanceof Refusal) return node;
    const isFollowed = node.kind === "symlink" && (followsLast || hasSlash);
    const end = isFollowed ? this.#follow(place.directory, node, root) : node;
    const isRefused = end instanceof Refusal || !hasSlash || end.kind === "directory";
    return isRefused ? end : new Refusal("ENOTDIR");
  }

  /** Where a link leads. */
  jump(from: DirectoryNode, { target }: LinkNode, root: DirectoryNode): Place | Refusal {
    if (this.#links === LINKS_MAX) return new Refusal("ELOOP");
    this.#links++;
    return this.start(root, from, target);
  }

  #follow(from: DirectoryNode, link: LinkNode, root: DirectoryNode): Node | Refusal {
    const place = this.jump(from, link, root);
    return place instanceof Refusal ? place : this.end(place, root, true);
  }

  #enter(directory: DirectoryNode, name: string, root: DirectoryNode): DirectoryNode | Refusal {
    if (name === "." || name === "..") return beside(directory, name);
    const found = lookUp(directory, name);
    if (found === undefined) return new Refusal("ENOENT");
    if (found instanceof Refusal) return found;
    const node = found.kind === "symlink" ? this.#follow(directory, found, root) : found;
    if (node instanceof Refusal) return node;
    return node.kind === "directory" ? node : new Refusal("ENOTDIR");
  }
}

function lookUp({ entries }: DirectoryNode, name: string): Node | Refusal | undefined {
  return name.length > NAME_BYTES_MAX ? new Refusal("ENAMETOOLONG") : entries.get(name);
}

/** The root's parent is the root. */
function beside(directory: DirectoryNode, name: "." | ".." | "/"): DirectoryNode {
  return name === ".." ? directory.parent : directory;
}
