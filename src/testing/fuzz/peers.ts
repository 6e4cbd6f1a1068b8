// Those at the other ends of a session's FIFOs, outside of the program. What they put in and take
// out goes into the account, for the bytes of a FIFO to be counted.

import type { FifoNode } from "../../backend/sim/disk.ts";
import type { SimKernel } from "../../backend/sim/kernel.ts";
import { SimPeer } from "../../backend/sim/world.ts";
import type { Account } from "./account.ts";
import type { OtherAction } from "./action.ts";
import { fill } from "./bytes.ts";

type PeerAction = Extract<OtherAction, { readonly fifo: number }>;

export class Peers {
  readonly #kernel: SimKernel;
  readonly #fifos: readonly FifoNode[];
  readonly #account: Account;
  readonly #peers: Map<number, SimPeer> = new Map();

  constructor(kernel: SimKernel, fifos: readonly FifoNode[], account: Account) {
    this.#kernel = kernel;
    this.#fifos = fifos;
    this.#account = account;
  }

  perform(action: PeerAction): void {
    const fifo = this.#fifos[action.fifo]?.fifo;
    const peer = this.#peers.get(action.fifo);
    if (fifo === undefined) return;
    if (action.kind === "connect") {
      if (peer === undefined) this.#peers.set(action.fifo, new SimPeer(fifo, this.#kernel));
      return;
    }
    if (peer === undefined) return;
    const log = this.#account.fifoLog(fifo);
    switch (action.kind) {
      case "leave":
        peer.close();
        this.#peers.delete(action.fifo);
        return;
      case "take":
        log.takes.push(peer.empty());
        return;
      case "put": {
        const bytes = fill(new Uint8Array(action.length), action.seed);
        if (fifo.roomFor(action.length) < action.length) return;
        peer.write(bytes);
        log.puts.push(bytes);
      }
    }
  }
}
