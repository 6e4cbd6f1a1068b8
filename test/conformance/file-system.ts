// The real file system, and what backends on it have in common, for the conformance suite.

import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Backend, CompletionSink } from "../../src/backend/contract.ts";
import type { BackendName } from "../../src/backend/rejection.ts";
import { selectBackend } from "../../src/backend/select.ts";
import { type Clock, systemClock, type Timer } from "../../src/base/clock.ts";
import { Io } from "../../src/index.ts";
import { makeFifos } from "../support/fifo.ts";
import {
  type Abilities,
  type Attributes,
  LONG_MS,
  type Peer,
  type Stage,
  type World,
} from "./subject.ts";

const { O_NONBLOCK, O_RDWR } = fs.constants;
const FIFOS_AT_ONCE = 100;

/**
 * Short delays, which are the backend's own, run by themselves; long ones, which are the tests',
 * run when the test says so.
 */
class PatientClock implements Clock {
  readonly #timers: Map<object, { readonly atMs: number; readonly onTime: () => void }> = new Map();
  #passedMs = 0;

  readonly now = (): number => systemClock.now() + this.#passedMs;

  readonly after = (delayMs: number, onTime: () => void, isHolding = false): Timer => {
    if (delayMs < LONG_MS) return systemClock.after(delayMs, onTime, isHolding);
    const key = {};
    this.#timers.set(key, { atMs: this.#passedMs + delayMs, onTime });
    return { cancel: () => this.#timers.delete(key) };
  };

  get timerCount(): number {
    return this.#timers.size;
  }

  pass(ms: number): void {
    this.#passedMs += ms;
    for (const [key, { atMs, onTime }] of [...this.#timers]) {
      if (atMs <= this.#passedMs && this.#timers.delete(key)) onTime();
    }
  }
}

class FifoPeer implements Peer {
  readonly #fd: number;
  #isOpen = true;

  constructor(path: string) {
    this.#fd = fs.openSync(path, O_RDWR | O_NONBLOCK);
  }

  write(data: string | Uint8Array): void {
    const bytes = Buffer.from(data as string);
    const count = fs.writeSync(this.#fd, bytes);
    if (count !== bytes.byteLength) throw new Error(`The FIFO took ${count} bytes only`);
  }

  fill(): void {
    for (const length of [65_536, 1]) while (this.#try(length)) {}
  }

  empty(): Uint8Array {
    const chunks: Buffer[] = [];
    const chunk = Buffer.alloc(65_536);
    for (;;) {
      try {
        chunks.push(Buffer.from(chunk.subarray(0, fs.readSync(this.#fd, chunk))));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") return Buffer.concat(chunks);
        throw error;
      }
    }
  }

  close(): void {
    if (this.#isOpen) fs.closeSync(this.#fd);
    this.#isOpen = false;
  }

  #try(length: number): boolean {
    try {
      return fs.writeSync(this.#fd, Buffer.alloc(length, "-")) > 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return false;
      throw error;
    }
  }
}

export class FileSystem implements World {
  readonly #directory: string;
  readonly #peers: FifoPeer[] = [];
  /** Made in advance: each takes a process. */
  #fifos: string[] = [];
  #count = 0;

  constructor() {
    this.#directory = fs.mkdtempSync(join(tmpdir(), "overlapped-conformance-"));
  }

  fresh(name = "fresh"): string {
    return join(this.#directory, `${name}-${this.#count++}`);
  }

  makeFile(content: string | Uint8Array): string {
    const path = this.fresh("file");
    fs.writeFileSync(path, content);
    return path;
  }

  makeDirectory(): string {
    const path = this.fresh("directory");
    fs.mkdirSync(path);
    return path;
  }

  makeFifo(): string {
    if (this.#fifos.length === 0) {
      this.#fifos = makeFifos(this.#directory, `fifo-${this.#count++}`, FIFOS_AT_ONCE);
    }
    return this.#fifos.pop() ?? "";
  }

  makeLink(target: string): string {
    const path = this.fresh("link");
    fs.symlinkSync(target, path);
    return path;
  }

  peerOf(fifo: string): Peer {
    const peer = new FifoPeer(fifo);
    this.#peers.push(peer);
    return peer;
  }

  exists(path: string): boolean {
    return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  }

  contentOf(path: string): Uint8Array {
    return fs.readFileSync(path);
  }

  linkTargetOf(path: string): string {
    return fs.readlinkSync(path);
  }

  attributesOf(path: string): Attributes {
    const { mode, uid, gid, atimeNs, mtimeNs } = fs.lstatSync(path, { bigint: true });
    return {
      mode: Number(mode) & 0o7777,
      uid: Number(uid),
      gid: Number(gid),
      accessedNs: atimeNs,
      modifiedNs: mtimeNs,
    };
  }

  namesIn(path: string): string[] {
    return fs.readdirSync(path);
  }

  descriptorCount(): number {
    return fs.readdirSync("/proc/self/fd").length;
  }

  dispose(): void {
    for (const peer of this.#peers) peer.close();
    fs.rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** What every backend on the real file system can do. */
export const REAL_ABILITIES: Abilities = {
  waitingReads: true,
  waitingWrites: true,
  waitingOpens: true,
  waitingPolls: true,
  descriptors: true,
  processes: true,
  overtaking: true,
  writablePolls: true,
  nanoseconds: true,
  bytePaths: true,
  holding: "nobody can tell a real kernel to wait",
};

/** The backend that this process chooses. */
export function chosenBackend(sink: CompletionSink): Backend {
  const { backend, reason } = selectBackend(sink, systemClock);
  if (backend === null) throw new Error(`No backend: ${reason}`);
  return backend;
}

export function realStage(world: World, backend?: BackendName): Stage {
  const clock = new PatientClock();
  return {
    io: new Io({ backend }, clock),
    world,
    passTime: (ms) => clock.pass(ms),
    timerCount: () => clock.timerCount,
  };
}
