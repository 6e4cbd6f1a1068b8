// What the simulated kernel does to those above it. Each is something that a real kernel does; the
// drivers' bugs that came of each are in the history of every I/O library.

import { bug } from "../../base/assert.ts";
import { Prng } from "../../base/prng.ts";
import type { RequestKind } from "../contract.ts";

/** Every fault with what it means. Those of a test or a user are checked against this list. */
export const FAULTS = {
  lateCancel: "completes although a cancel of it was acknowledged",
  lostCancel: "a cancel of it is answered ENOENT while it is in flight, and has no effect",
  alreadyRunning: "a cancel of it is answered EALREADY, and it completes",
  stubbornOpen: "an open that was canceled succeeds",
  interrupted: "answers EINTR",
  shortRead: "reads fewer bytes than there are",
  shortWrite: "writes fewer bytes than there is room for",
  tornWrite: "the second half of a write lands later than the first",
  noSpace: "answers ENOSPC",
  ioError: "answers EIO",
  again: "answers EAGAIN",
  noBuffers: "answers ENOBUFS",
  stuck: "never completes, whatever is asked",
  splitCompletion: "completes twice: the result first, and later that the buffer is free",
  queueFull: "the submission is refused because the queue is full",
  synchronous: "completes within the call that submits it",
} as const;

/** The name of a fault; `FAULTS` has what each means. */
export type Fault = keyof typeof FAULTS;

export const FAULT_NAMES: readonly Fault[] = Object.keys(FAULTS) as Fault[];

/** Faults that nobody above the backend may notice, for a backend hides them. */
export const HIDDEN_FAULTS: readonly Fault[] = [
  "lostCancel",
  "interrupted",
  "splitCompletion",
  "queueFull",
  "synchronous",
];

/** The probability of each fault, 0 to 1; 0 if absent. */
export type FaultRates = Readonly<Partial<Record<Fault, number>>>;

/** A fault that happens to one request that is chosen in advance. */
export interface ScriptedFault {
  /** What happens. */
  readonly fault: Fault;
  /** Requests of this kind only; any if absent. */
  readonly kind?: RequestKind | undefined;
  /** Requests of this path only, or of a file that was opened by it; any if absent. */
  readonly path?: string | undefined;
  /** Which one of those that match, counted from 1; each if absent. */
  readonly nth?: number | undefined;
}

/** What a fault may befall. */
export interface Victim {
  readonly number: number;
  readonly kind: RequestKind;
  readonly path: string | undefined;
}

const ANY: readonly RequestKind[] = [
  ...(["nop", "open", "read", "write", "readv", "writev", "fsync", "fdatasync", "stat"] as const),
  ...(["truncate", "allocate", "rename", "link", "symlink", "unlink", "mkdir", "poll"] as const),
  "readFile",
  ...([
    "readlink",
    "list",
    "chmod",
    "chown",
    "utimes",
    "copyRange",
    "clone",
    "seek",
    "copyFiles",
  ] as const),
];
const READS = ["read", "readv", "readFile"] as const;
const WRITES = ["write", "writev"] as const;

/** A close is spared: whether it failed or not, the descriptor is gone. */
const KINDS: Readonly<Record<Fault, readonly RequestKind[]>> = {
  lateCancel: ANY,
  lostCancel: ANY,
  alreadyRunning: ANY,
  stubbornOpen: ["open"],
  interrupted: [...READS, ...WRITES, "open", "fsync", "allocate", "poll"],
  shortRead: READS,
  shortWrite: [...WRITES, "copyRange", "copyFiles"],
  tornWrite: WRITES,
  noSpace: [
    ...WRITES,
    "open",
    "allocate",
    "mkdir",
    "link",
    "symlink",
    "fsync",
    "copyRange",
    "copyFiles",
  ],
  ioError: [
    ...READS,
    ...WRITES,
    "fsync",
    "fdatasync",
    "truncate",
    "stat",
    "unlink",
    "list",
    "copyRange",
  ],
  again: [...READS, ...WRITES, "open", "poll"],
  noBuffers: ANY,
  stuck: [...READS, ...WRITES, "open", "fsync", "stat", "poll"],
  splitCompletion: ["read", "readv", ...WRITES],
  queueFull: [...ANY, "close"],
  synchronous: [...ANY, "close"],
};

export class Faults {
  readonly #rates: FaultRates;
  readonly #script: readonly ScriptedFault[];
  readonly #seed: number;
  /** How many requests have matched each entry of the script, without counting one twice. */
  readonly #matched: Map<ScriptedFault, Set<number>> = new Map();

  constructor(seed: number, rates: FaultRates, script: readonly ScriptedFault[] = []) {
    this.#seed = seed;
    this.#rates = rates;
    this.#script = script;
  }

  /**
   * Whether the fault befalls the victim. Asked twice, it says the same: the answer depends on
   * seed, fault and number alone, so that leaving out one request changes nothing for the others.
   */
  befalls(fault: Fault, victim: Victim): boolean {
    if (!KINDS[fault].includes(victim.kind)) return false;
    if (this.#isScripted(fault, victim)) return true;
    const rate = this.#rates[fault] ?? 0;
    return rate > 0 && this.drawer(fault, victim).chance(rate);
  }

  /** Randomness for the details of a fault, such as how short a read is. */
  drawer(fault: Fault, victim: Victim): Prng {
    const place = FAULT_NAMES.indexOf(fault);
    if (place === -1) bug(`faults: ${fault} is none`);
    return new Prng(
      Math.imul(this.#seed ^ Math.imul(victim.number, 0x85eb_ca6b), 0x9e37_79b1) + place,
    );
  }

  #isScripted(fault: Fault, victim: Victim): boolean {
    for (const entry of this.#script) {
      if (entry.fault !== fault) continue;
      if (entry.kind !== undefined && entry.kind !== victim.kind) continue;
      if (entry.path !== undefined && entry.path !== victim.path) continue;
      const seen = this.#matched.get(entry) ?? new Set();
      this.#matched.set(entry, seen.add(victim.number));
      const place = [...seen].indexOf(victim.number) + 1;
      if (entry.nth === undefined || entry.nth === place) return true;
    }
    return false;
  }
}

/** Swarm testing: each run has its own few faults, for many at once hide each other. */
export function drawRates(prng: Prng): FaultRates {
  const rates: Partial<Record<Fault, number>> = {};
  for (const fault of FAULT_NAMES) {
    if (prng.chance(0.4)) rates[fault] = prng.next() / 0x1_0000_0000 / (prng.chance(0.5) ? 2 : 10);
  }
  // What never ends is rare, or nothing would ever be seen to end.
  if (rates.stuck !== undefined) rates.stuck /= 10;
  return rates;
}
