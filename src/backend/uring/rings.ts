// The rings of one thread. It starts with a small one; when that has as much in flight as it can
// answer for, a bigger one takes the new work, because the kernel finds a request to cancel in a
// table that is sized by its ring. A ring cannot grow itself: RESIZE_RINGS refuses our flags.
import { bug } from "../../base/assert.ts";
import {
  BLOCKING_WORKERS_MAX,
  RING_ENTRIES_FIRST,
  RING_ENTRIES_MAX,
  RING_ENTRIES_MIN,
  RING_GROWTH,
} from "../../base/limits.ts";
import type { Addon } from "../../kernel/addon.ts";
import { ENOMEM, EOPNOTSUPP } from "../../kernel/errno.ts";
import {
  PROBE_OP_SUPPORTED,
  REGISTER_IOWQ_MAX_WORKERS,
  REGISTER_PROBE,
  SETUP_COOP_TASKRUN,
  SETUP_CQSIZE,
  SETUP_R_DISABLED,
  SETUP_SINGLE_ISSUER,
  SETUP_SUBMIT_ALL,
  SETUP_TASKRUN_FLAG,
} from "../../kernel/uring-abi.ts";
import { missingRingKinds, uringCapabilities } from "../capabilities.ts";
import type { Capabilities } from "../contract.ts";
import type { ScratchPool } from "../scratch.ts";
import { RingRefusal } from "./refusal.ts";
import { enable } from "./restrictions.ts";
import { type EnterResult, type OnCompletion, Ring } from "./ring.ts";
import { tryOut } from "./try-out.ts";

/** What the backend needs of the shim; a test gives another. */
export type RingsKernel = Pick<
  Addon,
  "setup" | "enter" | "register" | "closeRing" | "watch" | "hold"
>;

// Not SQPOLL: it burns a core, and runs with credentials of the past (CVE-2024-22017). Not
// DEFER_TASKRUN: it delivers only to who enters, and a loop that sleeps in epoll does not. Disabled
// at first: a ring is restricted before it begins, or never.
const FLAGS =
  SETUP_CQSIZE |
  SETUP_SUBMIT_ALL |
  SETUP_COOP_TASKRUN |
  SETUP_TASKRUN_FLAG |
  SETUP_SINGLE_ISSUER |
  SETUP_R_DISABLED;

const PROBE_OPS = 256;
const PROBE_HEADER_BYTES = 16;
const PROBE_OP_BYTES = 8;

export class Rings {
  readonly capabilities: Capabilities;
  #capabilities: Capabilities | null = null;
  readonly #kernel: RingsKernel;
  readonly #onReadable: () => void;
  /** The last one takes new work; the others wait for their completions. */
  #rings: Ring[] = [];
  #held: Ring | null = null;
  #canGrow = true;
  #overflowsOfRetired = 0;

  constructor(kernel: RingsKernel, onReadable: () => void) {
    this.#kernel = kernel;
    this.#onReadable = onReadable;
    const first = this.#open(RING_ENTRIES_FIRST, RING_ENTRIES_MIN);
    if (typeof first === "number") throw new RingRefusal("io_uring_setup", -first);
    this.capabilities = this.#capabilities ?? bug("rings: not probed");
  }

  /** Whether a ring works. @throws {RingRefusal} when it does not; then nothing of it is left. */
  tryOut(pool: ScratchPool): void {
    try {
      const missing = missingRingKinds(this.capabilities);
      if (missing.length > 0) throw new RingRefusal("io_uring_register", EOPNOTSUPP, missing);
      tryOut(this.#kernel, this.current, pool);
    } catch (error) {
      this.#close(this.current);
      throw error;
    }
  }

  get current(): Ring {
    return this.#rings.at(-1) ?? bug("rings: none");
  }

  get count(): number {
    return this.#rings.length;
  }

  get isHeld(): boolean {
    return this.#held !== null;
  }

  get overflows(): number {
    return this.#rings.reduce((sum, ring) => sum + ring.overflows, this.#overflowsOfRetired);
  }

  /** Entries that were written and that the kernel has not taken yet. */
  get filled(): number {
    let sum = 0;
    for (const ring of this.#rings) sum += ring.filled;
    return sum;
  }

  /** Something is with the kernel, or on its way. */
  get isBusy(): boolean {
    return this.#rings.some((ring) => ring.isBusy);
  }

  get hasWork(): boolean {
    return this.#rings.some((ring) => ring.hasCompletions || ring.filled > 0);
  }

  /** The ring that can take a request now, or null: enter first, or wait for completions. */
  withRoom(): Ring | null {
    const ring = this.current;
    // An eighth of the entries is for cancels alone.
    if (ring.space <= ring.sqEntries >> 3) return null;
    if (ring.unanswered + ring.filled < capacity(ring)) return ring;
    return this.#grow();
  }

  enter(): EnterResult {
    let result: EnterResult = "entered";
    for (const ring of this.#rings) {
      const entered = ring.enter();
      if (entered === "failed" || (entered === "stalled" && result === "entered")) result = entered;
    }
    return result;
  }

  /** Why one of the rings takes nothing any more: a positive errno, or 0. */
  get failure(): number {
    return this.#rings.find((ring) => ring.failure !== 0)?.failure ?? 0;
  }

  /** Unwrites what the kernel has not taken, and returns the low words of its `user_data`. */
  takeBack(): number[] {
    return this.#rings.flatMap((ring) => ring.takeBack());
  }

  reap(onCompletion: OnCompletion, mayContinue: () => boolean): number {
    let count = 0;
    for (const ring of this.#rings) count += ring.reap(onCompletion, mayContinue);
    return count;
  }

  /** Closes rings that were outgrown and have answered everything. */
  retire(): void {
    if (this.#rings.length === 1) return;
    const current = this.current;
    this.#rings = this.#rings.filter((ring) => {
      if (ring === current || ring.isBusy || ring.failure !== 0) return true;
      if (this.#held === ring) this.hold(false);
      this.#overflowsOfRetired += ring.overflows;
      this.#close(ring);
      return false;
    });
  }

  #close({ index, mappings }: Ring): void {
    this.#kernel.closeRing(index, mappings.rings, mappings.sqes);
  }

  /** Whether the wake-up keeps the process alive. One ring's is enough. */
  hold(isHeld: boolean): void {
    if (isHeld === this.isHeld) return;
    const ring = this.#held ?? this.current;
    this.#kernel.hold(ring.index, isHeld);
    this.#held = isHeld ? ring : null;
  }

  #grow(): Ring | null {
    if (!this.#canGrow) return null;
    const { sqEntries } = this.current;
    try {
      const wanted = Math.min(sqEntries * RING_GROWTH, RING_ENTRIES_MAX);
      const opened = this.#open(wanted, Math.min(sqEntries + 1, RING_ENTRIES_MAX));
      if (typeof opened !== "number") return opened;
    } catch (error) {
      if (!(error instanceof RingRefusal)) throw error;
    }
    // Out of memory or of places for rings: what there is has to do.
    this.#canGrow = false;
    return null;
  }

  /** Halves the size until the kernel has the memory, or it would be less than `least`. */
  #open(wanted: number, least: number): Ring | number {
    for (let entries = wanted; ; entries >>= 1) {
      const described = this.#kernel.setup(entries, entries * 2, FLAGS);
      if (typeof described !== "number") return this.#begin(new Ring(this.#kernel, described));
      if (described !== -ENOMEM || entries >> 1 < least) return described;
    }
  }

  #begin(ring: Ring): Ring {
    try {
      this.#capabilities ??= this.#prepareFirst(ring);
      const enabled = enable(this.#kernel, ring.index, this.#capabilities);
      if (enabled < 0) throw new RingRefusal("io_uring_register", -enabled);
    } catch (error) {
      this.#close(ring);
      throw error;
    }
    this.#kernel.watch(ring.index, this.#onReadable);
    this.#rings.push(ring);
    return ring;
  }

  #prepareFirst(ring: Ring): Capabilities {
    // Of the thread. Fewer workers are no reason to do without a ring.
    const workers = new Uint32Array([BLOCKING_WORKERS_MAX, 0]);
    const bytes = new Uint8Array(workers.buffer);
    this.#kernel.register(ring.index, REGISTER_IOWQ_MAX_WORKERS, bytes, 2);
    return this.#probe(ring);
  }

  #probe(ring: Ring): Capabilities {
    const bytes = new Uint8Array(PROBE_HEADER_BYTES + PROBE_OPS * PROBE_OP_BYTES);
    const answer = this.#kernel.register(ring.index, REGISTER_PROBE, bytes, PROBE_OPS);
    if (answer < 0) throw new RingRefusal("io_uring_register", -answer);
    const view = new DataView(bytes.buffer);
    return uringCapabilities((opcode) => {
      const flags = view.getUint16(PROBE_HEADER_BYTES + opcode * PROBE_OP_BYTES + 2, true);
      return (flags & PROBE_OP_SUPPORTED) !== 0;
    });
  }
}

/** Requests whose completions fit, with a quarter to spare for cancels. */
function capacity(ring: Ring): number {
  return ring.cqEntries - (ring.cqEntries >> 2);
}
