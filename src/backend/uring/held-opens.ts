// What the kernel could not do at once and could do later.
//
// Opens that wait for a peer: those that may, up to a bound, in a kernel thread each; the others
// are held. Those that have a thread may wait for ever, and must not delay one whose peer has come
// (P10). So the held ones are tried again without a thread.
//
// Reads and writes of a stream wait in the ring, until there are bytes or there is room. Others may
// be quicker each time; and of an open file with O_NONBLOCK the ring gives up in the end.
import { EAGAIN, ENXIO } from "../../kernel/errno.ts";
import { O_NONBLOCK } from "../../kernel/open-flags.ts";
import { type Completion, NO_POSITION } from "../contract.ts";
import type { Entry } from "./entry.ts";

/**
 * ENXIO: a FIFO without a reader, or a device without a driver, and then a thread's open says it
 * again. EAGAIN: somebody holds a lease on the file.
 */
export function hasNoPeerYet(entry: Entry, completion: Completion): boolean {
  if (completion.kind !== "failed") return false;
  if (completion.errno !== ENXIO && completion.errno !== EAGAIN) return false;
  if (entry.request.kind !== "open" || entry.isForThread) return false;
  return (entry.request.flags & O_NONBLOCK) === 0;
}

/** EAGAIN: others were quicker, again and again. */
export function wasTooLate({ request, steps }: Entry, completion: Completion): boolean {
  if (completion.kind !== "failed" || completion.errno !== EAGAIN || steps !== null) return false;
  return "position" in request && request.position === NO_POSITION;
}
