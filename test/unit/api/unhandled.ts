// Rejections that nobody has handled, as Node counts them.

import { reactions } from "./fake-file.ts";

/** Runs `act`; the reasons of the rejections that were left unhandled by the next turn. */
export async function unhandledAfter(act: () => void | Promise<void>): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", note);
  try {
    await act();
    await reactions();
    await reactions();
  } finally {
    process.off("unhandledRejection", note);
    for (const other of others) process.on("unhandledRejection", other);
  }
  return unhandled;
}
