// Entries of open directories: Node lists by path and all at once, the contract by descriptor and
// as many as there is room for. What did not fit is kept until the next request, or the close.

import fs, { type Dirent } from "node:fs";

import { EINVAL } from "../../kernel/errno.ts";
import type { Completion, Request } from "../contract.ts";
import { ENTRY_TYPES, encodeEntry } from "../directory-entry.ts";
import { begin, type Done, failed } from "./node-errno.ts";
import { viewOf } from "./node-memory.ts";
import { pathOfDescriptor } from "./node-path.ts";

type ListRequest = Extract<Request, { readonly kind: "list" }>;
type BytesDirent = Dirent<Buffer>;
/** Bun tells nothing but the name when it is to be bytes. */
type Entry = BytesDirent | Buffer;

/** Nobody has asked the file system for it; 0 would say that the entry is gone. */
const SOME_INODE = 1n;

interface Listing {
  readonly entries: readonly Entry[];
  position: number;
}

export class Directories {
  readonly #listings: Map<number, Listing> = new Map();

  /** The descriptor is about to be closed. */
  forget(fd: number): void {
    this.#listings.delete(fd);
  }

  list(request: ListRequest, done: Done): void {
    const known = this.#listings.get(request.fd);
    if (known !== undefined) {
      done(fill(known, request));
      return;
    }
    begin(() => this.#ask(request, done), done);
  }

  #ask(request: ListRequest, done: Done): void {
    const options = { withFileTypes: true, encoding: "buffer" } as const;
    fs.readdir(pathOfDescriptor(request.fd), options, (error, entries) => {
      if (error !== null) {
        tellWhy(request.fd, error, done);
        return;
      }
      const listing = { entries: entries as unknown as Entry[], position: 0 };
      this.#listings.set(request.fd, listing);
      done(fill(listing, request));
    });
  }
}

/** ENOENT: the directory has been removed meanwhile, or there is no such descriptor. */
function tellWhy(fd: number, error: NodeJS.ErrnoException, done: Done): void {
  if (error.code !== "ENOENT") done(failed(error));
  else fs.fstat(fd, (fdError) => done(failed(fdError ?? error)));
}

function fill(listing: Listing, request: ListRequest): Completion {
  const view = viewOf(request);
  let used = 0;
  for (; listing.position < listing.entries.length; listing.position++) {
    const entry = listing.entries[listing.position] as Entry;
    const record = encodeEntry(nameOf(entry), typeOf(entry), SOME_INODE, listing.position + 1);
    if (used + record.byteLength > view.byteLength) break;
    view.set(record, used);
    used += record.byteLength;
  }
  const isStuck = used === 0 && listing.position < listing.entries.length;
  return isStuck ? { kind: "failed", errno: EINVAL } : { kind: "done", value: used };
}

function nameOf(entry: Entry): Buffer {
  return entry instanceof Uint8Array ? entry : entry.name;
}

function typeOf(entry: Entry): number {
  if (entry instanceof Uint8Array) return ENTRY_TYPES.unknown;
  if (entry.isFile()) return ENTRY_TYPES.file;
  if (entry.isDirectory()) return ENTRY_TYPES.directory;
  if (entry.isSymbolicLink()) return ENTRY_TYPES.symlink;
  if (entry.isFIFO()) return ENTRY_TYPES.fifo;
  if (entry.isSocket()) return ENTRY_TYPES.socket;
  if (entry.isCharacterDevice()) return ENTRY_TYPES.character;
  return entry.isBlockDevice() ? ENTRY_TYPES.block : ENTRY_TYPES.unknown;
}
