// Draws what the program of a session does next.

import type { Prng } from "../../base/prng.ts";
import type { BufferPoolOptions } from "../../operation/buffer.ts";
import type {
  Action,
  CallAction,
  CallPlan,
  FileAction,
  OpenAction,
  PairAction,
  PathAction,
  TransferAction,
  VectorAction,
} from "./action.ts";

/** What is there when a session begins. */
export const FILE_PATHS: readonly string[] = ["/file-0", "/file-1", "/file-2"];
export const FIFO_PATHS: readonly string[] = ["/fifo-0", "/fifo-1"];
export const DIRECTORY_PATH: string = "/directory";
/** A symbolic link to the first of the files. */
export const LINK_PATH: string = "/link";

/** Others; most of them nobody has at first. */
const OTHER_PATHS = [
  ...[DIRECTORY_PATH, LINK_PATH, "/new-0", "/new-1"],
  ...[`${DIRECTORY_PATH}/new`, `${DIRECTORY_PATH}/file-0`, "/nowhere/new"],
];

/** What is copied from the root to the directory. */
const COPIED_NAMES = ["file-0", "file-1", "file-2", "fifo-0", "nowhere"];

const FILE_FLAGS = ["r+", "r+", "r+", "r+", "r+", "r", "w+", "w", "a", "a+", "a+", "wx"];
const FIFO_FLAGS = ["r+", "r+", "r+", "r+", "r", "w"];
const FILE_KINDS: readonly FileAction["kind"][] = [
  ...(["stat", "sync", "datasync", "truncate", "truncate", "allocate"] as const),
  ...(["chmod", "chown", "utimes", "seek"] as const),
];
const PATH_KINDS: readonly PathAction["kind"][] = [
  ...(["stat path", "rename", "link", "symlink", "unlink", "rmdir", "mkdir"] as const),
  ...(["lstat", "readlink", "readlink", "chmod path", "chown path", "utimes path"] as const),
];
const PAIR_KINDS: readonly PairAction["kind"][] = ["copyRange", "copyRange", "clone"];

const SIGNAL_COUNT = 3;
const FILE_BYTES_MAX = 600;

/** What a session is like. Rates are 0 to 1. */
export interface Mix {
  readonly handleCount: number;
  readonly buffers: readonly number[];
  readonly pool: BufferPoolOptions | null;
  /** How often a FIFO is opened instead of a file. */
  readonly streams: number;
  readonly signals: number;
  readonly timeouts: number;
  readonly blind: number;
  /** How often a call has a handle or buffer that is not there, or in use. */
  readonly strangers: number;
  /** Whether it ends with its thread. */
  readonly ends: boolean;
}

type Draw = () => Action | readonly Action[];

export class ActionDrawer {
  readonly #prng: Prng;
  readonly #mix: Mix;
  readonly #choices: readonly (readonly [weight: number, draw: Draw])[];
  readonly #weights: number;
  #calls = 0;

  constructor(prng: Prng, mix: Mix) {
    this.#prng = prng;
    this.#mix = mix;
    this.#choices = this.#all().map(([weight, draw]) => [this.#swarmed(weight), draw]);
    this.#weights = this.#choices.reduce((sum, [weight]) => sum + weight, 0);
  }

  /** One, or a few that belong together. */
  draw(): readonly Action[] {
    const drawn = this.#draw();
    return "kind" in drawn ? [drawn] : drawn;
  }

  #draw(): Action | readonly Action[] {
    let at = (this.#prng.next() / 0x1_0000_0000) * this.#weights;
    for (const [weight, draw] of this.#choices) {
      at -= weight;
      if (at < 0) return draw();
    }
    return { kind: "turn" };
  }

  open(handle: number): OpenAction {
    if (this.#prng.chance(0.08)) {
      const path = this.#one([DIRECTORY_PATH, "/"]);
      return { kind: "open", ...this.#call(), path, flags: "r", handle };
    }
    const isStream = this.#prng.chance(this.#mix.streams);
    const isNew = !isStream && this.#prng.chance(0.15);
    const paths = isStream ? FIFO_PATHS : isNew ? OTHER_PATHS : FILE_PATHS;
    const flags = this.#one(isStream ? FIFO_FLAGS : FILE_FLAGS);
    return { kind: "open", ...this.#call(), path: this.#one(paths), flags, handle };
  }

  #all(): readonly (readonly [number, Draw])[] {
    return [
      [4, () => this.open(this.#handle())],
      [20, () => this.#transfer(this.#one(["read", "read", "readFully"]))],
      [16, () => this.#transfer(this.#one(["write", "write", "writeAll"]))],
      [7, () => this.#vector()],
      [6, () => this.#file()],
      [4, () => this.#path()],
      [4, () => this.#pair()],
      [3, () => this.#list()],
      [1, () => this.#copyFiles()],
      [5, () => this.#stopped(this.#transfer(this.#one(["read", "readFully", "write"])))],
      [3, () => this.#stopped(this.#vector())],
      [2, () => this.#stopped(this.open(this.#handle()))],
      [3, () => this.#stopped(this.#onThread())],
      [8, () => ({ kind: "cancel", call: this.#recentCall() })],
      [6, () => ({ kind: "abandon", call: this.#recentCall() })],
      [4, () => this.#when()],
      [3, () => ({ kind: "abort", signal: this.#prng.below(SIGNAL_COUNT) })],
      [1, () => ({ kind: "close", ...this.#call(), handle: this.#handle() })],
      [1, () => ({ kind: "cancel all", handle: this.#handle() })],
      [1, () => ({ kind: this.#one(["unref", "unref", "ref"]), handle: this.#handle() })],
      [1, () => ({ kind: "drain", deadlineMs: this.#prng.below(100) })],
      [9, () => this.#peer()],
      [4, () => ({ kind: "pass", ms: 1 + this.#prng.below(40) })],
      [8, () => ({ kind: "turn" })],
      [24, () => this.#steps()],
    ];
  }

  /** Some kinds of action do not occur in a session at all. What moves the world on always does. */
  #swarmed(weight: number): number {
    if (weight > 20) return weight;
    if (this.#prng.chance(0.2)) return 0;
    return weight * 2 ** (this.#prng.below(4) - 2);
  }

  /** Stopped soon, but with the kernel already. */
  #stopped(begun: CallAction): readonly Action[] {
    const kind = this.#prng.chance(0.5) ? "cancel" : "abandon";
    const count = this.#prng.below(3);
    const between: Action = count === 0 ? { kind: "turn" } : { kind: "steps", count, perTurn: 1 };
    return [begun, between, { kind, call: begun.call }];
  }

  #when(): readonly Action[] {
    const does = this.#one([
      (): CallAction => this.#transfer(this.#one(["read", "write", "writeAll"])),
      (): CallAction => ({ kind: "close", ...this.#call(), handle: this.#handle() }),
      () => ({ kind: "cancel" as const, call: this.#recentCall() }),
      () => ({ kind: "abandon" as const, call: this.#recentCall() }),
      () => ({ kind: "abort" as const, signal: this.#prng.below(SIGNAL_COUNT) }),
    ]);
    if (this.#prng.chance(0.3)) {
      return [{ kind: "when aborted", of: this.#prng.below(SIGNAL_COUNT), does: does() }];
    }
    const first = this.#transfer(this.#one(["read", "write"]));
    return [first, { kind: "when settled", of: first.call, does: does() }];
  }

  #transfer(kind: "read" | "readFully" | "write" | "writeAll"): TransferAction {
    const prng = this.#prng;
    const isWrite = kind === "write" || kind === "writeAll";
    const { buffers, pool } = this.#mix;
    const common = { kind, ...this.#call(), handle: this.#handle(), ...this.#position() };
    if (isWrite && prng.chance(0.15)) {
      return { ...common, from: "bytes", offset: 0, length: prng.below(300) };
    }
    const isPooled = pool !== null && prng.chance(0.5);
    const at = prng.below(buffers.length);
    const byteLength = isPooled ? pool.byteLength : (buffers[at] ?? 1);
    const offset = prng.chance(0.7) ? 0 : prng.below(byteLength);
    const rest = byteLength - offset;
    const length = prng.chance(0.7) ? rest : 1 + prng.below(rest);
    return { ...common, from: isPooled ? "pool" : at, offset, length };
  }

  #vector(): VectorAction {
    const prng = this.#prng;
    const places = [...this.#mix.buffers.keys()];
    const from = Array.from(
      { length: 1 + prng.below(3) },
      () => places.splice(prng.below(places.length), 1)[0] ?? 0,
    );
    const kind = prng.chance(0.5) ? "readv" : "writev";
    return { kind, ...this.#call(), handle: this.#handle(), from, ...this.#position() };
  }

  #file(): FileAction {
    const prng = this.#prng;
    return {
      kind: this.#one(FILE_KINDS),
      ...this.#call(),
      handle: this.#handle(),
      offset: prng.below(FILE_BYTES_MAX),
      length: 1 + prng.below(FILE_BYTES_MAX),
      keepSize: prng.chance(0.3),
    };
  }

  #path(): PathAction {
    const kind = this.#one(PATH_KINDS);
    const isOfLink = kind === "readlink" && this.#prng.chance(0.5);
    const [path, to] = [isOfLink ? LINK_PATH : this.#name(), this.#name()];
    return { kind, ...this.#call(), path, to };
  }

  #pair(): PairAction {
    const prng = this.#prng;
    return {
      kind: this.#one(PAIR_KINDS),
      ...this.#call(),
      handle: this.#handle(),
      source: this.#handle(),
      toPosition: prng.below(FILE_BYTES_MAX),
      fromPosition: prng.below(FILE_BYTES_MAX / 2),
      length: 1 + prng.below(FILE_BYTES_MAX),
    };
  }

  #list(): CallAction {
    const from = this.#prng.below(this.#mix.buffers.length);
    return { kind: "list", ...this.#call(), handle: this.#handle(), from };
  }

  #copyFiles(): CallAction {
    const names = COPIED_NAMES.filter(() => this.#prng.chance(0.5));
    return { kind: "copyFiles", ...this.#call(), path: "/", to: DIRECTORY_PATH, names };
  }

  /** What real kernels do in a thread that nobody can stop. */
  #onThread(): CallAction {
    const draw = this.#one([
      () => this.#pair(),
      () => this.#list(),
      () => this.#copyFiles(),
      () => this.#path(),
      () => this.#file(),
    ]);
    return draw();
  }

  #peer(): Action {
    const prng = this.#prng;
    const fifo = prng.below(FIFO_PATHS.length);
    if (prng.chance(0.12)) return { kind: "connect", fifo };
    if (prng.chance(0.07)) return { kind: "leave", fifo };
    if (prng.chance(0.2)) return { kind: "take", fifo };
    const length = prng.chance(0.03) ? 65_000 : 1 + prng.below(400);
    return { kind: "put", fifo, length, seed: prng.next() };
  }

  #steps(): Action {
    const count = 1 + this.#prng.below(this.#prng.chance(0.3) ? 40 : 6);
    return { kind: "steps", count, perTurn: 1 + this.#prng.below(4) };
  }

  #call(): CallPlan {
    const prng = this.#prng;
    const call = ++this.#calls;
    const limit = this.#limit();
    return prng.chance(this.#mix.blind) ? { call, ...limit, isBlind: true } : { call, ...limit };
  }

  #limit(): Pick<CallPlan, "signal" | "timeoutMs"> {
    const prng = this.#prng;
    if (prng.chance(this.#mix.signals)) return { signal: prng.below(SIGNAL_COUNT) };
    return prng.chance(this.#mix.timeouts) ? { timeoutMs: 1 + prng.below(30) } : {};
  }

  /** One of the last few, for the others have ended. */
  #recentCall(): number {
    return Math.max(1, this.#calls - this.#prng.below(this.#prng.chance(0.5) ? 2 : 8));
  }

  #handle(): number {
    const { handleCount, strangers } = this.#mix;
    return this.#prng.chance(strangers) ? handleCount : this.#prng.below(handleCount);
  }

  #position(): { readonly position?: number } {
    return this.#prng.chance(0.5) ? {} : { position: this.#prng.below(FILE_BYTES_MAX) };
  }

  #name(): string {
    if (this.#prng.chance(0.1)) return this.#one(FIFO_PATHS);
    if (this.#prng.chance(0.2)) return DIRECTORY_PATH;
    return this.#one(this.#prng.chance(0.5) ? FILE_PATHS : OTHER_PATHS);
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#prng.below(list.length)] as T;
  }
}
