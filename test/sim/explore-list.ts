// The scenes that are explored. One operation is seen most closely, with every step of the kernel
// and its faults; three are seen from further away, with everything that can be asked meanwhile.

import type { Act, Call, Scene } from "./explore-scenes.ts";

/** More than any scene has: to find out soon when there is no end. */
export const STATES_MAX: number = 30_000;

const READ: Call = { kind: "read", position: 0 };
const WRITE: Call = { kind: "write", position: 0 };
const NEXT_READ: Call = { kind: "read" };
const NEXT_WRITE: Call = { kind: "write" };
const READ_FULLY: Call = { kind: "readFully" };
const WRITE_ALL: Call = { kind: "writeAll" };
const SYNC: Call = { kind: "sync" };
const TRUNCATE: Call = { kind: "truncate" };
const OPEN: Call = { kind: "open" };

const STOPS: readonly Act[] = ["cancel", "abandon", "time"];
const MOST: readonly Act[] = [...STOPS, "close", "drain"];

const FILE = { subject: "file", acts: MOST, tricks: 0, peerActs: 0, actsInTurn: 1 } as const;
const FIFO = { subject: "FIFO", peerActs: 1 } as const;
const PATH = { subject: "path", peerActs: 1, acts: [...STOPS, "drain"] } as const;

const ONE = { ...FILE, grain: "steps" } as const;
const TWO = { ...FILE, grain: "completions" } as const;
const THREE = { ...FILE, grain: "answers" } as const;

export const SCENES: readonly Scene[] = [
  {
    ...ONE,
    name: "a read, two acts at once",
    calls: [READ],
    acts: [...MOST, "stop close"],
    actsInTurn: 2,
  },
  { ...ONE, name: "a read, one fault", calls: [READ], tricks: 1 },
  {
    ...ONE,
    name: "a whole write, two faults",
    calls: [WRITE_ALL],
    acts: [...STOPS, "close"],
    tricks: 2,
  },
  { ...ONE, ...PATH, name: "an open, two faults", calls: [OPEN], tricks: 2 },
  {
    ...TWO,
    ...PATH,
    name: "two opens",
    calls: [OPEN, OPEN],
    acts: ["cancel", "abandon", "drain"],
  },
  {
    ...TWO,
    name: "read, write; the close is stopped",
    calls: [READ, WRITE],
    acts: [...STOPS, "close", "stop close"],
  },
  {
    ...TWO,
    name: "write, write; one fault",
    calls: [WRITE, WRITE],
    acts: ["abandon", "close"],
    tricks: 1,
  },
  {
    ...TWO,
    name: "read, write; one signal",
    calls: [READ, WRITE],
    acts: ["signal", "abandon", "close"],
  },
  {
    ...TWO,
    ...FIFO,
    name: "FIFO: two reads; a queue with one place",
    calls: [NEXT_READ, NEXT_READ],
    bounds: { submissionsMax: 1, completionsMax: 1 },
  },
  {
    ...THREE,
    name: "next read, next write, next write",
    calls: [NEXT_READ, NEXT_WRITE, NEXT_WRITE],
  },
  {
    ...THREE,
    name: "write, write, read",
    calls: [WRITE, WRITE, READ],
    acts: ["cancel", "abandon", "close", "drain"],
  },
  { ...THREE, name: "write, truncate, sync", calls: [WRITE, TRUNCATE, SYNC] },
  { ...TWO, ...FIFO, name: "FIFO: three reads", calls: [NEXT_READ, NEXT_READ, NEXT_READ] },
  {
    ...THREE,
    ...FIFO,
    name: "FIFO: three reads, written twice",
    calls: [NEXT_READ, NEXT_READ, NEXT_READ],
    peerActs: 2,
  },
  {
    ...THREE,
    ...FIFO,
    name: "FIFO: whole read, write, read",
    calls: [READ_FULLY, NEXT_WRITE, NEXT_READ],
    acts: ["cancel", "abandon", "close", "drain"],
  },
  {
    ...THREE,
    ...FIFO,
    name: "full FIFO: three writes",
    subject: "full FIFO",
    calls: [NEXT_WRITE, NEXT_WRITE, NEXT_WRITE],
  },
];
