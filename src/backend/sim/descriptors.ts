// Descriptors and what they lead to. A number is used again as soon as it is free, as on every
// Unix: whoever still means its former file is caught by that.

import { O_APPEND, O_RDWR, O_WRONLY } from "../../kernel/open-flags.ts";
import type { DirectoryNode, FifoNode, FileNode } from "./disk.ts";

/** What an open made. Requests in the kernel hold it, so it outlives its number if it must. */
export class OpenFile {
  readonly node: FileNode | FifoNode | DirectoryNode;
  readonly flags: number;
  /** The path that it was opened by. */
  readonly path: string;
  /** Bytes from the start; of a file only. */
  position = 0;
  /** How many had written to a FIFO and gone before: see `Fifo.writersEver`. */
  readonly writersBefore: number;
  /** Its number was closed: it goes when the last request has ended. */
  isClosed = false;
  /** Requests in the kernel that are at work on it. */
  inFlight = 0;

  constructor(node: FileNode | FifoNode | DirectoryNode, flags: number, path: string) {
    this.node = node;
    this.flags = flags;
    this.path = path;
    const { writersEver, writers } = node.kind === "fifo" ? node.fifo : NO_WRITERS;
    this.writersBefore = writersEver - writers;
    if (node.kind !== "fifo") return;
    if (this.isReadable) node.fifo.readers++;
    if (this.isWritable) {
      node.fifo.writers++;
      node.fifo.writersEver++;
    }
  }

  get isReadable(): boolean {
    return (this.flags & O_WRONLY) === 0;
  }

  get isWritable(): boolean {
    return (this.flags & (O_WRONLY | O_RDWR)) !== 0;
  }

  get isAppending(): boolean {
    return (this.flags & O_APPEND) !== 0;
  }

  /** Nothing leads to it any more. */
  release(): void {
    if (this.node.kind !== "fifo") return;
    if (this.isReadable) this.node.fifo.readers--;
    if (this.isWritable) this.node.fifo.writers--;
  }
}

const NO_WRITERS = { writersEver: 0, writers: 0 };

/** 0, 1 and 2 are a process's own. */
const NUMBER_FIRST = 3;

export class Descriptors {
  readonly #files: (OpenFile | undefined)[] = [];

  get count(): number {
    return this.#files.filter((file) => file !== undefined).length;
  }

  /** The lowest free number. */
  add(file: OpenFile): number {
    const free = this.#files.indexOf(undefined);
    const at = free === -1 ? this.#files.length : free;
    this.#files[at] = file;
    return NUMBER_FIRST + at;
  }

  get(fd: number): OpenFile | undefined {
    return this.#files[fd - NUMBER_FIRST];
  }

  remove(fd: number): OpenFile | undefined {
    const file = this.get(fd);
    if (file !== undefined) this.#files[fd - NUMBER_FIRST] = undefined;
    return file;
  }
}
