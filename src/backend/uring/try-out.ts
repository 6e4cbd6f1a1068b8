// A ring that was set up may be of no use all the same: a filter can let the set-up pass and refuse
// the rest. So each thread's first ring opens and closes the root directory, which is always there.
import { errno } from "../../kernel/errno.ts";
import { O_CLOEXEC, O_DIRECTORY, O_RDONLY } from "../../kernel/open-flags.ts";
import { ENTER_GETEVENTS } from "../../kernel/uring-abi.ts";
import type { RingRequest } from "../contract.ts";
import type { ScratchPool } from "../scratch.ts";
import { scratchBytes } from "../scratch-data.ts";
import { encode } from "./encode.ts";
import { RingRefusal } from "./refusal.ts";
import type { Ring, RingKernel } from "./ring.ts";

const FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
const ROOT: RingRequest = { kind: "open", path: "/", flags: FLAGS, mode: 0 };

/** A ring works for those, too, who may not read the root directory. */
const FORBIDDEN = -errno("EACCES");
const INTERRUPTED = -errno("EINTR");

/** @throws {RingRefusal} */
export function tryOut(kernel: RingKernel, ring: Ring, pool: ScratchPool): void {
  const fd = run(kernel, ring, pool, ROOT);
  if (fd >= 0) run(kernel, ring, pool, { kind: "close", fd });
  else if (fd !== FORBIDDEN) throw new RingRefusal("open", -fd);
}

/** Waits for the answer, which takes as long as the system call would. */
function run(kernel: RingKernel, ring: Ring, pool: ScratchPool, request: RingRequest): number {
  const scratch = pool.take(Math.max(1, scratchBytes(request)));
  encode(ring.sqes, ring.next(), request, scratch, "at once", 0, 0);
  ring.push();
  let result: number | null = null;
  ring.enter();
  if (ring.failure > 0) throw new RingRefusal("io_uring_enter", ring.failure);
  for (;;) {
    ring.reap((_low, _high, answer) => {
      result = answer;
    }, always);
    if (result !== null) break;
    const answer = kernel.enter(ring.index, ring.filled, 1, ENTER_GETEVENTS);
    if (answer < 0 && answer !== INTERRUPTED) throw new RingRefusal("io_uring_enter", -answer);
  }
  pool.give(scratch);
  return result;
}

const always = (): boolean => true;
