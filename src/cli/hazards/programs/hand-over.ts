/** Transfers a buffer, as postMessage() with a list of transferables does. */

import { codeOf } from "../waiting.ts";

export interface HandedOver {
  /** null if nothing was handed over. */
  readonly owner: Uint8Array | null;
  /** "none", or what the transfer was. */
  readonly refusal: string;
}

export function handOver(view: Uint8Array): HandedOver {
  try {
    const buffer = view.buffer as ArrayBuffer;
    const moved = structuredClone(buffer, { transfer: [buffer] });
    // What is detached already has no bytes to give.
    if (moved.byteLength === 0)
      return { owner: null, refusal: "of nothing, the buffer being detached" };
    return { owner: new Uint8Array(moved), refusal: "none" };
  } catch (error) {
    return { owner: null, refusal: `refused with ${codeOf(error)}` };
  }
}
