// Files, directories, links and FIFOs in memory, found by path as a kernel does.

import { PATH_BYTES_MAX } from "../../base/limits.ts";
import { errno } from "../../kernel/errno.ts";
import type { RawPath } from "../contract.ts";
import { Fifo } from "./fifo.ts";

const LINKS_MAX = 40;
const NAME_BYTES_MAX = 255;

interface Common {
  readonly number: number;
  mode: number;
  links: number;
  readonly bornMs: number;
  changedMs: number;
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

/** A name and the directory it is in, with what has it, if anything. */
export interface Place {
  readonly directory: DirectoryNode;
  readonly name: string;
  readonly node: Node | undefined;
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

  leave(place: Place): void {
    place.directory.entries.delete(place.name);
    if (place.node === undefined) return;
    place.node.links--;
    this.touch(place.node);
  }

  touch(node: Node): void {
    node.changedMs = this.#now();
    if (node.kind === "file") node.modifiedMs = node.changedMs;
  }

  /** The node at a path, or why there is none. */
  find(path: RawPath, followsLast: boolean): Node | Refusal {
    const place = this.locate(path, followsLast);
    return place instanceof Refusal ? place : (place.node ?? new Refusal("ENOENT"));
  }

  /** Where a path leads, whether or not something is there. */
  locate(path: RawPath, followsLast: boolean): Place | Refusal {
    const text = textOf(path);
    if (text.length === 0) return new Refusal("ENOENT");
    if (text.length > PATH_BYTES_MAX) return new Refusal("ENAMETOOLONG");
    return this.#walk(this.root, text, followsLast, LINKS_MAX);
  }

  #walk(from: DirectoryNode, path: string, followsLast: boolean, links: number): Place | Refusal {
    if (links === 0) return new Refusal("ELOOP");
    let directory = path.startsWith("/") ? this.root : from;
    const names = path.split("/").filter((name) => name !== "" && name !== ".");
    const mustBeDirectory = /\/\.?$/.test(path);
    const last = names.pop();
    if (last === undefined) return { directory, name: ".", node: directory };
    for (const name of names) {
      const next = this.#step(directory, name, links);
      if (next instanceof Refusal) return next;
      directory = next;
    }
    if (last === "..") return { directory: directory.parent, name: ".", node: directory.parent };
    if (last.length > NAME_BYTES_MAX) return new Refusal("ENAMETOOLONG");
    const node = directory.entries.get(last);
    if (node?.kind === "symlink" && (followsLast || mustBeDirectory)) {
      return this.#walk(directory, node.target, true, links - 1);
    }
    if (mustBeDirectory && node !== undefined && node.kind !== "directory") {
      return new Refusal("ENOTDIR");
    }
    return { directory, name: last, node };
  }

  #step(directory: DirectoryNode, name: string, links: number): DirectoryNode | Refusal {
    if (name === "..") return directory.parent;
    if (name.length > NAME_BYTES_MAX) return new Refusal("ENAMETOOLONG");
    let node = directory.entries.get(name);
    if (node?.kind === "symlink") {
      const place = this.#walk(directory, node.target, true, links - 1);
      if (place instanceof Refusal) return place;
      node = place.node;
    }
    if (node === undefined) return new Refusal("ENOENT");
    return node.kind === "directory" ? node : new Refusal("ENOTDIR");
  }

  #common(mode: number): Common {
    const now = this.#now();
    return { number: ++this.#lastNumber, mode, links: 0, bornMs: now, changedMs: now };
  }
}
