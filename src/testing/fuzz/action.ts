// What a program does in a session, as plain data: so that it can be drawn, left out by the
// shrinker, printed, and kept. Actions mean each other by names that stay when others are left out.

/** What every call has. */
export interface CallPlan {
  /** Its name. */
  readonly call: number;
  readonly signal?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** Nobody listens to its promise: its rejection must be told of, unless it was asked for. */
  readonly isBlind?: boolean | undefined;
}

export interface OpenAction extends CallPlan {
  readonly kind: "open";
  readonly path: string;
  readonly flags: string;
  /** Where the file is put. */
  readonly handle: number;
}

export interface TransferAction extends CallPlan {
  readonly kind: "read" | "readFully" | "write" | "writeAll";
  readonly handle: number;
  /** A buffer by its number, one of the pool, or bytes that are copied. */
  readonly from: number | "pool" | "bytes";
  readonly position?: number | undefined;
  readonly offset: number;
  readonly length: number;
}

export interface VectorAction extends CallPlan {
  readonly kind: "readv" | "writev";
  readonly handle: number;
  readonly from: readonly number[];
  readonly position?: number | undefined;
}

/** Its numbers are whatever the call needs: bytes, permissions, owners, times. */
export interface FileAction extends CallPlan {
  readonly kind:
    | ("stat" | "sync" | "datasync" | "truncate" | "allocate")
    | ("chmod" | "chown" | "utimes" | "seek");
  readonly handle: number;
  readonly offset: number;
  readonly length: number;
  readonly keepSize: boolean;
}

/** From one open file to another, or within one. */
export interface PairAction extends CallPlan {
  readonly kind: "copyRange" | "clone";
  readonly handle: number;
  readonly source: number;
  readonly toPosition: number;
  readonly fromPosition: number;
  readonly length: number;
}

/** The next entries of a directory. */
export interface ListAction extends CallPlan {
  readonly kind: "list";
  readonly handle: number;
  readonly from: number;
}

export interface PathAction extends CallPlan {
  readonly kind:
    | ("stat path" | "lstat" | "readlink" | "chmod path" | "chown path" | "utimes path")
    | ("rename" | "link" | "symlink" | "unlink" | "rmdir" | "mkdir");
  readonly path: string;
  readonly to: string;
}

/** Small files, from one directory to another. */
export interface CopyFilesAction extends CallPlan {
  readonly kind: "copyFiles";
  readonly path: string;
  readonly to: string;
  readonly names: readonly string[];
}

export interface CloseAction extends CallPlan {
  readonly kind: "close";
  readonly handle: number;
}

export type CallAction =
  | OpenAction
  | TransferAction
  | VectorAction
  | FileAction
  | PairAction
  | ListAction
  | PathAction
  | CopyFilesAction
  | CloseAction;

/** What happens around the calls. */
export type OtherAction =
  | { readonly kind: "cancel" | "abandon"; readonly call: number }
  | { readonly kind: "cancel all" | "ref" | "unref"; readonly handle: number }
  | { readonly kind: "abort"; readonly signal: number }
  | { readonly kind: "drain"; readonly deadlineMs: number }
  /** Somebody outside, at the other end of a FIFO. */
  | { readonly kind: "connect" | "leave" | "take"; readonly fifo: number }
  | { readonly kind: "put"; readonly fifo: number; readonly length: number; readonly seed: number };

/** Something that the program does from within: when a call has settled, or a signal aborts. */
export interface WhenAction {
  readonly kind: "when settled" | "when aborted";
  /** The name of the call, or of the signal. */
  readonly of: number;
  readonly does: CallAction | OtherAction;
}

/** What moves the world on: without any of them, all happens in one turn of the event loop. */
export type MoveAction =
  | { readonly kind: "turn" }
  | { readonly kind: "steps"; readonly count: number; readonly perTurn: number }
  | { readonly kind: "pass"; readonly ms: number }
  /** The thread ends, and its ring with it; nothing follows. */
  | { readonly kind: "teardown" };

export type Action = CallAction | OtherAction | WhenAction | MoveAction;

export function isCall(action: Action): action is CallAction {
  return "call" in action && action.kind !== "cancel" && action.kind !== "abandon";
}

/** How traces and findings name a call; the kernel's requests are `#1`, the library's a number. */
export function nameOf(kind: Action["kind"], call: number): string {
  return kind === "cancel" || kind === "abandon" ? `${kind} call ${call}` : `call ${call}, ${kind}`;
}

/** One line for people. */
export function describeAction(action: Action): string {
  if ("does" in action) return `${action.kind} ${action.of}, ${describeAction(action.does)}`;
  const { kind, ...rest } = action;
  const { call, isBlind, ...more } = { call: undefined, isBlind: undefined, ...rest };
  const details = Object.entries(more)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join("+") : value}`);
  if (isBlind === true) details.push("nobody listens");
  const name = call === undefined ? kind : nameOf(kind, call);
  return details.length === 0 ? name : `${name}: ${details.join(", ")}`;
}
