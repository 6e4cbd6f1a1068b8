// The simulated disk as others have it: a program that makes files, and that is the other end of a
// FIFO. It acts at once and never waits.

import { type Node, Refusal, textOf } from "./disk.ts";
import type { Fifo } from "./fifo.ts";
import type { SimKernel } from "./kernel.ts";
import { checkMode, checkText, takeBytes } from "./world-arguments.ts";

/**
 * Somebody who has a FIFO open for reading and writing. Made by `world.peerOf()`.
 *
 * @example
 * ```ts
 * import { IoBuffer } from "overlapped";
 * import { type SimPeer, simulate } from "overlapped/testing";
 * const greet = (peer: SimPeer) => peer.write("hello");
 * await simulate({ faults: "none" }, async (io, world) => {
 *   world.makeFifo("/door");
 *   await using door = await io.open("/door", "r+");
 *   greet(world.peerOf("/door"));
 *   console.log(await door.read(new IoBuffer(16))); // 5
 * });
 * ```
 */
export class SimPeer {
  readonly #fifo: Fifo;
  readonly #kernel: SimKernel;
  #isOpen = true;

  /** Not for users: `world.peerOf()` makes them. */
  constructor(fifo: Fifo, kernel: SimKernel) {
    this.#fifo = fifo;
    this.#kernel = kernel;
    fifo.readers++;
    fifo.writers++;
    fifo.writersEver++;
    kernel.stir();
  }

  /**
   * Puts bytes in, at once: text as UTF-8.
   *
   * @throws {RangeError} if there is no room for all: a FIFO has 65_536 bytes;
   *   {TypeError} if it is neither a string nor a `Uint8Array`.
   *
   * @example
   * ```ts
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   world.makeFifo("/lines");
   *   await using lines = await io.open("/lines", "r+");
   *   world.peerOf("/lines").write("one\n");
   *   for await (const line of lines.lines({ close: false })) {
   *     console.log(line); // one
   *     break;
   *   }
   * });
   * ```
   */
  write(data: string | Uint8Array): void {
    const bytes = takeBytes(data, "data", "write");
    if (this.#fifo.roomFor(bytes.byteLength) < bytes.byteLength) {
      throw new RangeError(`Cannot write ${bytes.byteLength} bytes: the FIFO has no room for them`);
    }
    this.#fifo.put(bytes);
    this.#kernel.trace.add(`somebody writes ${bytes.byteLength} bytes into a FIFO`);
    this.#kernel.stir();
  }

  /**
   * Fills it, with dashes, until it takes no more: who writes then waits. Never throws.
   *
   * @example
   * ```ts
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   world.makeFifo("/full");
   *   world.peerOf("/full").fill();
   *   await using full = await io.open("/full", "r+");
   *   console.log((await full.write("x", { timeoutMs: 50 }).outcome()).status); // timedOut
   * });
   * ```
   */
  fill(): void {
    this.#fifo.put(new Uint8Array(this.#fifo.roomFor(1 << 20)).fill(0x2d));
    this.#kernel.stir();
  }

  /**
   * Takes all that is in it, which may be nothing. Never throws.
   *
   * @example
   * ```ts
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   world.makeFifo("/out");
   *   const peer = world.peerOf("/out");
   *   await using out = await io.open("/out", "r+");
   *   await out.writeAll("four");
   *   console.log(peer.empty().byteLength); // 4
   * });
   * ```
   */
  empty(): Uint8Array {
    const taken = this.#fifo.take(this.#fifo.length);
    this.#kernel.trace.add(`somebody takes ${taken.byteLength} bytes out of a FIFO`);
    this.#kernel.stir();
    return taken;
  }

  /**
   * Goes away. If nobody else has it open, who reads it finds the end, and who writes gets `EPIPE`.
   * Idempotent; never throws.
   *
   * @example
   * ```ts
   * import { IoBuffer } from "overlapped";
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   world.makeFifo("/in");
   *   const peer = world.peerOf("/in");
   *   await using input = await io.open("/in");
   *   peer.close();
   *   console.log(await input.read(new IoBuffer(16))); // 0
   * });
   * ```
   */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#fifo.readers--;
    this.#fifo.writers--;
    this.#kernel.stir();
  }
}

/** Whose something on the simulated disk is, and when it was used. */
export interface SimAttributes {
  /** Permissions, without the type; 0 to 0o7777. */
  readonly mode: number;
  /** The user that it belongs to. */
  readonly uid: number;
  /** The group that it belongs to. */
  readonly gid: number;
  /** When it was last read, as `utimes` has set it; in nanoseconds since 1970. */
  readonly accessedNs: bigint;
  /** When it was last written to; in nanoseconds since 1970. */
  readonly modifiedNs: bigint;
}

export class SimWorld {
  readonly #kernel: SimKernel;

  constructor(kernel: SimKernel) {
    this.#kernel = kernel;
  }

  /**
   * Makes a file, in place of what is there.
   *
   * @param content Bytes are copied, text is UTF-8; nothing if absent.
   * @param mode Permissions, 0 to 0o7777; 0o644 if absent.
   * @throws {RangeError} if the directory that it is to be in is not there; {TypeError} or
   *   {RangeError} on wrong arguments.
   *
   * @example
   * ```ts
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   world.makeFile("/a", "text");
   *   console.log((await io.stat("/a")).size); // 4
   * });
   * ```
   */
  makeFile(path: string, content: string | Uint8Array = "", mode = 0o644): void {
    const { disk } = this.#kernel;
    const bytes = takeBytes(content, "content", "make a file");
    checkMode(mode, "make a file");
    this.#make(path, disk.makeFile(new Uint8Array(bytes), mode));
  }

  /**
   * Makes a directory, which is empty.
   *
   * @param mode Permissions, 0 to 0o7777; 0o755 if absent.
   * @throws {RangeError} if the directory that it is to be in is not there; {TypeError} or
   *   {RangeError} on wrong arguments.
   *
   * @example
   * ```ts
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   world.makeDirectory("/logs");
   *   await io.writeFile("/logs/today", "quiet");
   * });
   * ```
   */
  makeDirectory(path: string, mode = 0o755): void {
    const { disk } = this.#kernel;
    checkText(path, "path", "make a directory");
    checkMode(mode, "make a directory");
    const place = disk.locate(path);
    if (place instanceof Refusal) throw new RangeError(`Cannot make ${JSON.stringify(path)}`);
    this.#make(path, disk.makeDirectory(place.directory, mode));
  }

  /**
   * Makes a FIFO, in place of what is there. Nobody has it open; see `peerOf`.
   *
   * @param mode Permissions, 0 to 0o7777; 0o644 if absent.
   * @throws {RangeError} if the directory that it is to be in is not there; {TypeError} or
   *   {RangeError} on wrong arguments.
   *
   * @example
   * ```ts
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   world.makeFifo("/pipe");
   *   await using pipe = await io.open("/pipe", "r+");
   *   console.log(pipe.isStream); // true
   * });
   * ```
   */
  makeFifo(path: string, mode = 0o644): void {
    checkMode(mode, "make a FIFO");
    this.#make(path, this.#kernel.disk.makeFifo(mode));
  }

  /**
   * Makes a symbolic link that says `target`, in place of what is there.
   *
   * @throws {RangeError} if the directory that it is to be in is not there; {TypeError} or
   *   {RangeError} on wrong arguments.
   *
   * @example
   * ```ts
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   world.makeLink("/current", "/releases/7");
   *   console.log(await io.readlink("/current")); // /releases/7
   * });
   * ```
   */
  makeLink(path: string, target: string): void {
    checkText(target, "target", "make a link");
    this.#make(path, this.#kernel.disk.makeLink(textOf(target)));
  }

  /**
   * Becomes the other end of a FIFO, open for reading and writing.
   *
   * @throws {RangeError} if nothing is there; {TypeError} if it is no FIFO, or no path.
   *
   * @example
   * ```ts
   * import { IoBuffer } from "overlapped";
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   world.makeFifo("/serial");
   *   world.peerOf("/serial").write("ping");
   *   await using serial = await io.open("/serial", "r+");
   *   console.log(await serial.readFully(new IoBuffer(4))); // 4
   * });
   * ```
   */
  peerOf(path: string): SimPeer {
    const node = this.#find(path, true);
    if (node.kind !== "fifo") throw new TypeError(`${JSON.stringify(path)} is no FIFO`);
    return new SimPeer(node.fifo, this.#kernel);
  }

  /**
   * Whether something is there; a symbolic link is not followed.
   *
   * @throws {TypeError} if the path is no string.
   *
   * @example
   * ```ts
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   await io.writeFile("/a", "text");
   *   console.log(world.exists("/a"), world.exists("/b")); // true false
   * });
   * ```
   */
  exists(path: string): boolean {
    checkText(path, "path", "look for it");
    return !(this.#kernel.disk.find(path, false) instanceof Refusal);
  }

  /**
   * A copy of what a file contains now.
   *
   * @throws {RangeError} if nothing is there; {TypeError} if it is no file, or no path.
   *
   * @example
   * ```ts
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   await io.writeFile("/a", "text");
   *   console.log(String(Buffer.from(world.contentOf("/a")))); // text
   * });
   * ```
   */
  contentOf(path: string): Uint8Array {
    const node = this.#find(path, true);
    if (node.kind !== "file") throw new TypeError(`${JSON.stringify(path)} is no file`);
    return node.content.slice();
  }

  /**
   * What a symbolic link says.
   *
   * @throws {RangeError} if nothing is there; {TypeError} if it is no symbolic link, or no path.
   *
   * @example
   * ```ts
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   await io.symlink("/releases/7", "/current");
   *   console.log(world.linkTargetOf("/current")); // /releases/7
   * });
   * ```
   */
  linkTargetOf(path: string): string {
    const node = this.#find(path, false);
    if (node.kind !== "symlink") throw new TypeError(`${JSON.stringify(path)} is no link`);
    return Buffer.from(node.target, "latin1").toString();
  }

  /**
   * Whose it is and when it was used; of a symbolic link its own.
   *
   * @throws {RangeError} if nothing is there; {TypeError} if the path is no string.
   *
   * @example
   * ```ts
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   await io.writeFile("/key", "secret", { mode: 0o600 });
   *   console.log(world.attributesOf("/key").mode.toString(8)); // 600
   * });
   * ```
   */
  attributesOf(path: string): SimAttributes {
    const { mode, uid, gid, changedMs, accessedNs, modifiedNs } = this.#find(path, false);
    const changedNs = BigInt(Math.round(changedMs * 1e6));
    const modified = modifiedNs ?? changedNs;
    return { mode, uid, gid, accessedNs: accessedNs ?? modified, modifiedNs: modified };
  }

  /**
   * Names in a directory, in the order of their making.
   *
   * @throws {RangeError} if nothing is there; {TypeError} if it is no directory, or no path.
   *
   * @example
   * ```ts
   * import { simulate } from "overlapped/testing";
   * await simulate({}, async (io, world) => {
   *   await io.mkdir("/logs");
   *   console.log(world.namesIn("/")); // [ 'logs' ]
   * });
   * ```
   */
  namesIn(path: string): string[] {
    const node = this.#find(path, true);
    if (node.kind !== "directory") throw new TypeError(`${JSON.stringify(path)} is no directory`);
    return [...node.entries.keys()].map((name) => Buffer.from(name, "latin1").toString());
  }

  /** Descriptors that are open in the simulated kernel; 0 or more. */
  get descriptorCount(): number {
    return this.#kernel.descriptors.count;
  }

  #find(path: string, followsLast: boolean): Node {
    checkText(path, "path", "find it");
    const node = this.#kernel.disk.find(path, followsLast);
    if (node instanceof Refusal) throw new RangeError(`Nothing is at ${JSON.stringify(path)}`);
    return node;
  }

  #make(path: string, node: Node): void {
    checkText(path, "path", "make it");
    const place = this.#kernel.disk.locate(path);
    if (place instanceof Refusal || place.ending !== "name" || place.node instanceof Refusal) {
      throw new RangeError(`Cannot make ${JSON.stringify(path)}: its directory is not there`);
    }
    if (place.node !== undefined) this.#kernel.disk.leave(place);
    this.#kernel.disk.enter(place, node);
  }
}
