// What is explored: which calls are made on which handle, and what else may happen meanwhile.

import type { RingBounds } from "../../src/backend/sim/ring.ts";

export type CallKind = "read" | "readFully" | "write" | "writeAll" | "sync" | "truncate" | "open";

export interface Call {
  readonly kind: CallKind;
  /** Of a read or write; absent: where the handle's last call ended. */
  readonly position?: number;
}

/** What can happen apart from calls and from what the kernel does with them. */
export type Act = "cancel" | "abandon" | "time" | "signal" | "close" | "stop close" | "drain";

export interface Scene {
  readonly name: string;
  /**
   * A file; a FIFO into which somebody else writes; a full one, which somebody else empties; or no
   * handle, but the path of a FIFO, which opens for writing as soon as somebody reads.
   */
  readonly subject: "file" | "FIFO" | "full FIFO" | "path";
  /** Made in this order, each at any moment, or never. */
  readonly calls: readonly Call[];
  readonly acts: readonly Act[];
  /** How many faults of the kernel one history can have. */
  readonly tricks: number;
  /** How often the other end of a FIFO is used. */
  readonly peerActs: number;
  readonly bounds?: RingBounds;
  /** How many acts of the application can reach the kernel together; 1 or more. */
  readonly actsInTurn: number;
  /**
   * How finely the kernel's work is seen. `steps`: each of its steps. `completions`: what it has
   * done is completed at once, though nobody may have looked yet. `answers`: and looked at.
   */
  readonly grain: "steps" | "completions" | "answers";
}

export function isRead({ kind }: Call): boolean {
  return kind === "read" || kind === "readFully";
}

export function isWrite({ kind }: Call): boolean {
  return kind === "write" || kind === "writeAll";
}

export function isWhole({ kind }: Call): boolean {
  return kind === "readFully" || kind === "writeAll";
}
