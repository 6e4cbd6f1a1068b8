// The file or FIFO that a world is about, as others have it.

import type { Fifo } from "../../src/backend/sim/fifo.ts";
import type { SimKernel } from "../../src/backend/sim/kernel.ts";
import { type SimPeer, SimWorld } from "../../src/backend/sim/world.ts";
import type { Scene } from "./explore-scenes.ts";

export const PATH = "/subject";
export const FILE_CONTENT = "0123456789abcdefghijklmnopqrstuvwxyz";
const PEER_BYTES = 3;

export class Subject {
  peerActsLeft: number;
  /** All that was put into the FIFO since the start, in order. */
  poured = "";
  readonly #kind: Scene["subject"];
  readonly #outside: SimWorld;
  readonly #fifo: Fifo | null;
  #peer: SimPeer | null = null;
  /** As if it were: to fill 64 KiB each time would take most of the time. */
  #isFull: boolean;

  constructor({ subject, peerActs }: Scene, kernel: SimKernel) {
    this.#kind = subject;
    this.#isFull = subject === "full FIFO";
    this.peerActsLeft = peerActs;
    this.#outside = new SimWorld(kernel);
    if (subject === "file") {
      this.#fifo = null;
      this.#outside.makeFile(PATH, FILE_CONTENT);
      return;
    }
    this.#outside.makeFifo(PATH);
    this.#fifo = fifoOf(kernel);
    if (subject !== "path") this.#peer = this.#outside.peerOf(PATH);
    this.#follow(this.#fifo);
  }

  /** How the handle is opened. */
  get flags(): string {
    return this.#kind === "full FIFO" ? "w" : "r+";
  }

  /** What the file contains, or what is on its way through the FIFO. */
  get contents(): string {
    if (this.#isFull) return "full";
    if (this.#fifo !== null) return `${this.#fifo.length} of ${this.poured}`;
    return Buffer.from(this.#outside.contentOf(PATH)).toString("latin1");
  }

  usePeer(): void {
    this.peerActsLeft--;
    const from = this.poured.length;
    if (this.#kind === "path") this.#peer = this.#outside.peerOf(PATH);
    else if (this.#kind === "full FIFO") this.#empty();
    else this.#peer?.write(FILE_CONTENT.slice(from, from + PEER_BYTES));
  }

  #empty(): void {
    this.#isFull = false;
    this.#peer?.empty();
  }

  #follow(fifo: Fifo): void {
    const { put, roomFor } = fifo;
    fifo.roomFor = (wanted) => (this.#isFull ? 0 : roomFor.call(fifo, wanted));
    fifo.put = (bytes) => {
      this.poured += Buffer.from(bytes).toString("latin1");
      put.call(fifo, bytes);
    };
  }
}

function fifoOf(kernel: SimKernel): Fifo {
  const node = kernel.disk.find(PATH, true);
  if ("kind" in node && node.kind === "fifo") return node.fifo;
  throw new Error("No FIFO is there");
}
