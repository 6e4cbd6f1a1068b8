// What the shim must know when the thread ends, and JavaScript runs no more: which requests the
// kernel has, to cancel them, and which descriptors are the thread's, to close them. Plain words in
// memory that both halves see.

import type { Addon } from "../../kernel/addon.ts";
import { errnoMeaning } from "../../kernel/errno.ts";
import type { RingRequest } from "../contract.ts";

export class Roster {
  /** Two for each slot: the generation, and whether it opens a descriptor. */
  readonly #slots: Uint32Array;
  /** By number; one too great for the table is simply not remembered. */
  readonly #descriptors: Uint32Array;
  /** Places of the words that tell how much of each there is to look at. */
  readonly #slotCount: number;
  readonly #descriptorCount: number;

  constructor(kernel: Pick<Addon, "roster" | "descriptors">) {
    const words = kernel.roster();
    if (typeof words === "number") throw new Error(`roster: ${errnoMeaning(-words)}`);
    this.#slots = new Uint32Array(words);
    this.#descriptors = new Uint32Array(kernel.descriptors);
    this.#slotCount = this.#slots.length - 1;
    this.#descriptorCount = this.#descriptors.length - 1;
  }

  /** The kernel is about to have the request. */
  enter(slot: number, generation: number, request: RingRequest): void {
    if (request.kind === "close") {
      // Nobody else closes it now, and nobody cancels this: its number may soon be another's.
      if (request.fd < this.#descriptorCount) this.#descriptors[request.fd] = 0;
      return;
    }
    if (slot >= (this.#slots[this.#slotCount] ?? 0)) this.#slots[this.#slotCount] = slot + 1;
    this.#slots[2 * slot] = generation;
    this.#slots[2 * slot + 1] = request.kind === "open" ? 1 : 0;
  }

  /** The kernel has answered. */
  leave(slot: number): void {
    this.#slots[2 * slot] = 0;
  }

  /** The kernel has not got it after all. Until somebody else closes the descriptor, it is ours. */
  takeBack(request: RingRequest): void {
    if (request.kind === "close") this.own(request.fd);
  }

  /** The descriptor is the thread's from here on. */
  own(fd: number): void {
    if (fd >= this.#descriptorCount) return;
    const count = this.#descriptors[this.#descriptorCount] ?? 0;
    if (fd >= count) this.#descriptors[this.#descriptorCount] = fd + 1;
    this.#descriptors[fd] = 1;
  }
}
