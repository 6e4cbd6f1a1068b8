// The simulated disk as others have it: a program that makes files, and that is the other end of a
// FIFO. It acts at once and never waits.

import { type Node, Refusal, textOf } from "./disk.ts";
import type { Fifo } from "./fifo.ts";
import type { SimKernel } from "./kernel.ts";

/** Somebody who has a FIFO open for reading and writing. */
export class SimPeer {
  readonly #fifo: Fifo;
  readonly #kernel: SimKernel;
  #isOpen = true;

  constructor(fifo: Fifo, kernel: SimKernel) {
    this.#fifo = fifo;
    this.#kernel = kernel;
    fifo.readers++;
    fifo.writers++;
    fifo.writersEver++;
    kernel.stir();
  }

  /** Puts bytes in; throws if there is no room for all. */
  write(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    if (this.#fifo.roomFor(bytes.byteLength) < bytes.byteLength) {
      throw new RangeError(`Cannot write ${bytes.byteLength} bytes: the FIFO has no room for them`);
    }
    this.#fifo.put(bytes);
    this.#kernel.trace.add(`somebody writes ${bytes.byteLength} bytes into a FIFO`);
    this.#kernel.stir();
  }

  /** Fills it, with dashes, until it takes no more. */
  fill(): void {
    this.#fifo.put(new Uint8Array(this.#fifo.roomFor(1 << 20)).fill(0x2d));
    this.#kernel.stir();
  }

  /** Takes all that is in it. */
  empty(): Uint8Array {
    const taken = this.#fifo.take(this.#fifo.length);
    this.#kernel.trace.add(`somebody takes ${taken.byteLength} bytes out of a FIFO`);
    this.#kernel.stir();
    return taken;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#fifo.readers--;
    this.#fifo.writers--;
    this.#kernel.stir();
  }
}

/** Permissions, without the type; times in nanoseconds since 1970. */
export interface SimAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly accessedNs: bigint;
  readonly modifiedNs: bigint;
}

export class SimWorld {
  readonly #kernel: SimKernel;

  constructor(kernel: SimKernel) {
    this.#kernel = kernel;
  }

  /** Makes a file, in place of one that is there. */
  makeFile(path: string, content: string | Uint8Array = "", mode = 0o644): void {
    const { disk } = this.#kernel;
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    this.#make(path, disk.makeFile(new Uint8Array(bytes), mode));
  }

  makeDirectory(path: string, mode = 0o755): void {
    const { disk } = this.#kernel;
    const place = disk.locate(path);
    if (place instanceof Refusal) throw new RangeError(`Cannot make ${JSON.stringify(path)}`);
    this.#make(path, disk.makeDirectory(place.directory, mode));
  }

  makeFifo(path: string, mode = 0o644): void {
    this.#make(path, this.#kernel.disk.makeFifo(mode));
  }

  /** Makes a symbolic link that says `target`. */
  makeLink(path: string, target: string): void {
    this.#make(path, this.#kernel.disk.makeLink(textOf(target)));
  }

  /** Becomes the other end of a FIFO, open for reading and writing. */
  peerOf(path: string): SimPeer {
    const node = this.#find(path, true);
    if (node.kind !== "fifo") throw new TypeError(`${JSON.stringify(path)} is no FIFO`);
    return new SimPeer(node.fifo, this.#kernel);
  }

  exists(path: string): boolean {
    return !(this.#kernel.disk.find(path, false) instanceof Refusal);
  }

  /** A copy of what a file contains now. */
  contentOf(path: string): Uint8Array {
    const node = this.#find(path, true);
    if (node.kind !== "file") throw new TypeError(`${JSON.stringify(path)} is no file`);
    return node.content.slice();
  }

  linkTargetOf(path: string): string {
    const node = this.#find(path, false);
    if (node.kind !== "symlink") throw new TypeError(`${JSON.stringify(path)} is no link`);
    return Buffer.from(node.target, "latin1").toString();
  }

  /** Whose it is and when it was used, in nanoseconds since 1970; of a symbolic link its own. */
  attributesOf(path: string): SimAttributes {
    const { mode, uid, gid, changedMs, accessedNs, modifiedNs } = this.#find(path, false);
    const changedNs = BigInt(Math.round(changedMs * 1e6));
    const modified = modifiedNs ?? changedNs;
    return { mode, uid, gid, accessedNs: accessedNs ?? modified, modifiedNs: modified };
  }

  /** Names in a directory, in the order of their making. */
  namesIn(path: string): string[] {
    const node = this.#find(path, true);
    if (node.kind !== "directory") throw new TypeError(`${JSON.stringify(path)} is no directory`);
    return [...node.entries.keys()].map((name) => Buffer.from(name, "latin1").toString());
  }

  /** Descriptors that are open in the simulated kernel. */
  get descriptorCount(): number {
    return this.#kernel.descriptors.count;
  }

  #find(path: string, followsLast: boolean): Node {
    const node = this.#kernel.disk.find(path, followsLast);
    if (node instanceof Refusal) throw new RangeError(`Nothing is at ${JSON.stringify(path)}`);
    return node;
  }

  #make(path: string, node: Node): void {
    const place = this.#kernel.disk.locate(path);
    if (place instanceof Refusal || place.ending !== "name" || place.node instanceof Refusal) {
      throw new RangeError(`Cannot make ${JSON.stringify(path)}: its directory is not there`);
    }
    if (place.node !== undefined) this.#kernel.disk.leave(place);
    this.#kernel.disk.enter(place, node);
  }
}
