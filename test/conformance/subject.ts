// What a backend hands to the conformance suite to be tested by it.

import type { Backend, CompletionSink, RequestKind } from "../../src/backend/contract.ts";
import type { Io } from "../../src/index.ts";

/**
 * What a backend may be unable to do, by nature. A case that needs it is skipped, with the reason.
 *
 * - `waitingReads`: a read of an empty FIFO waits, and can be canceled while it does
 * - `waitingWrites`: the same for a write to a full one
 * - `waitingOpens`: the same for opening a FIFO that has no peer
 * - `waitingPolls`: the same for a poll
 * - `descriptors`: the descriptors of this process can be counted
 * - `processes`: the backend can be had in a child process, with the same FIFOs
 * - `overtaking`: bytes that come just before a cancel may be faster than it; else a cancel of what
 *   waits is done at once, and the bytes stay where they are
 * - `writablePolls`: a poll tells that there is room to write
 * - `nanoseconds`: times of files are set to the nanosecond
 * - `bytePaths`: paths that are not UTF-8 lead to their files
 * - `holding`: the kernel can be told to do nothing for a while
 */
export type Ability =
  | "waitingReads"
  | "waitingWrites"
  | "waitingOpens"
  | "waitingPolls"
  | "descriptors"
  | "processes"
  | "overtaking"
  | "writablePolls"
  | "nanoseconds"
  | "bytePaths"
  | "holding";

/** True, or why not. */
export type Abilities = Readonly<Record<Ability, true | string>>;

/** The other end of a FIFO: somebody outside, who never waits. */
export interface Peer {
  write(data: string | Uint8Array): void;
  /** Fills the FIFO until it takes no more. */
  fill(): void;
  /** Takes all that is in it. */
  empty(): Uint8Array;
  close(): void;
}

/** Whose something is, who may use it, and when it was used, in nanoseconds since 1970. */
export interface Attributes {
  /** Permissions, without the type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly accessedNs: bigint;
  readonly modifiedNs: bigint;
}

/** The files that the backend works on, seen from outside. Paths are absolute. */
export interface World {
  /** A path at which there is nothing. */
  fresh(name?: string): string;
  makeFile(content: string | Uint8Array): string;
  makeDirectory(): string;
  makeFifo(): string;
  makeLink(target: string): string;
  /** Opens the other end; before that a FIFO has none. */
  peerOf(fifo: string): Peer;
  exists(path: string): boolean;
  contentOf(path: string): Uint8Array;
  linkTargetOf(path: string): string;
  /** Of a symbolic link its own. */
  attributesOf(path: string): Attributes;
  /** Names in a directory, in any order. */
  namesIn(path: string): string[];
  descriptorCount(): number;
  dispose(): void;
}

/** An `Io` and its time. */
export interface Stage {
  readonly io: Io;
  readonly world: World;
  /** Lets time pass for timeouts and deadlines of `LONG_MS` or more. */
  passTime(ms: number): void;
  /** Timeouts and deadlines of `LONG_MS` or more that are set. */
  timerCount(): number;
  /**
   * The kernel does nothing more until the function that this gives is called: what has not
   * completed does not, canceled or not. There if the subject is able to.
   */
  readonly hold?: () => () => void;
}

export interface Subject {
  readonly name: string;
  readonly abilities: Abilities;
  /** Kinds of requests that it has not got, each with the reason. */
  readonly absent?: Partial<Readonly<Record<RequestKind, string>>>;
  /** The module that exports this as `subject`, for child processes. */
  readonly module: URL;
  makeWorld(): World;
  makeStage(world: World): Stage;
  openBackend(sink: CompletionSink): Backend;
}

/** No test waits so long: it lets time pass instead. */
export const LONG_MS: number = 600_000;

/** The option of a test that needs abilities: skipped with the reason if one is missing. */
export function needs(
  subject: Subject,
  ...abilities: readonly Ability[]
): { skip: false | string } {
  for (const ability of abilities) {
    const able = subject.abilities[ability];
    if (able !== true) return { skip: `${subject.name} has no ${ability}: ${able}` };
  }
  return { skip: false };
}

/** The option of a test that needs a kind of request. */
export function needsKind(subject: Subject, kind: RequestKind): { skip: false | string } {
  const reason = subject.absent?.[kind];
  return { skip: reason === undefined ? false : `${subject.name} has no ${kind}: ${reason}` };
}

/** The event loop has turned: what was called has been handed to the backend. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
