// The same work for every implementation: read whole blocks at random positions into buffers
// allocated before, `depth` at a time, and look at the first byte of each result.

import type { SampleSpec } from "../protocol.ts";

/** Reads still to be started. Shared by all lanes; set to 0 to stop early. */
export interface Quota {
  left: number;
}

export interface Reader {
  /** Reads until the quota is used up and the last read has ended. */
  readonly run: (quota: Quota) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface ReadPlan {
  readonly path: string;
  readonly depth: number;
  readonly blockBytes: number;
  readonly order: BlockOrder;
}

/** The first byte of each 4 KiB page in the data file, so that a read can be checked for free. */
export function markAt(position: number): number {
  return ((position >>> 12) ^ (position >>> 20)) & 0xff;
}

export function checkRead(count: number, mark: number | undefined, position: number): void {
  if (mark === markAt(position) && count > 0) return;
  throw new Error(`Read ${count} bytes at ${position}: wrong or missing data (${mark})`);
}

/** Positions of blocks in pseudo-random order (xorshift32), the same in every process. */
export class BlockOrder {
  #state = 0x9e3779b9 | 0;
  readonly #blockBytes: number;
  readonly #blockCount: number;

  constructor(fileBytes: number, blockBytes: number) {
    this.#blockBytes = blockBytes;
    this.#blockCount = Math.floor(fileBytes / blockBytes);
  }

  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return ((state >>> 0) % this.#blockCount) * this.#blockBytes;
  }
}

/** Loads only the implementation asked for, so that no peer pays for another's modules. */
export async function openReader(spec: SampleSpec): Promise<Reader> {
  const { depth, blockBytes } = spec.parameters;
  const order = new BlockOrder(spec.fileBytes, blockBytes);
  const plan: ReadPlan = { path: spec.path, depth, blockBytes, order };
  switch (spec.implementation) {
    case "overlapped":
      return (await import("./overlapped.ts")).openOverlappedReader(plan, "uring");
    case "overlapped-portable":
    case "overlapped-without-shim":
      return (await import("./overlapped.ts")).openOverlappedReader(plan, "portable");
    case "promises":
      return (await import("./promises.ts")).openPromisesReader(plan);
    case "callback":
      return (await import("./callback.ts")).openCallbackReader(plan);
    case "sync":
      return (await import("./sync.ts")).openSyncReader(plan);
    case "overlapped-web":
    case "promises-web":
    case "bun-file":
    case "idle":
      throw new Error(`The ${spec.implementation} peer reads no single blocks`);
  }
}
