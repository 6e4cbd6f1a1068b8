// Errors of node:fs as errnos of Linux: by name, since the numbers differ between systems.

import { InvariantError } from "../../base/assert.ts";
import { EINVAL, errno } from "../../kernel/errno.ts";
import type { Completion } from "../contract.ts";

/**
 * ENOTSUP is another name for it on Linux, and a number of its own elsewhere. ERR_ACCESS_DENIED is
 * what Node's permission model says.
 */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["ENOTSUP", "EOPNOTSUPP"],
  ["ERR_ACCESS_DENIED", "EACCES"],
]);

/** Hears the last word on a request, once. */
export type Done = (completion: Completion) => void;

export function errnoOf(error: NodeJS.ErrnoException): number {
  const { code = "" } = error;
  const known = errno(ALIASES.get(code) ?? code);
  return known > 0 ? known : Math.abs(error.errno ?? -EINVAL);
}

export function failed(error: NodeJS.ErrnoException): Completion {
  return { kind: "failed", errno: errnoOf(error) };
}

/**
 * What `call` throws is the last word: Node's permission model refuses some calls that way, and so
 * do we paths that a runtime cannot express.
 */
export function begin(call: () => void, done: Done): void {
  try {
    call();
  } catch (error) {
    if (error instanceof InvariantError) throw error;
    done(failed(error as NodeJS.ErrnoException));
  }
}
