// One request inside the simulated kernel, from its submission to the last word on it.
//
//   ready ⇄ waiting ──► executed ──► (answered) ──► ended
//
// Executed is not ended: the effect is there, but the bytes have not been written into the buffer
// and nobody has been told. Much that goes wrong above goes wrong in between.

import { bug } from "../../base/assert.ts";
import type { Completion, OperationId, Part, RawPath, Request, RequestKind } from "../contract.ts";
import type { OpenFile } from "./descriptors.ts";
import type { Victim } from "./faults.ts";
import { Guard } from "./guard.ts";
import type { SimRing } from "./ring.ts";

/** `interrupted` is for the backend alone, which submits again or tells of a cancel. */
export type Answer = Completion | { readonly kind: "interrupted" };

/**
 * `ready` to be tried; `waiting` for somebody else; `executed`, and not told yet; `answered`, and
 * the buffer is still in use; `ended`.
 */
export type TaskState = "new" | "ready" | "waiting" | "executed" | "answered" | "ended";

const NOTHING = new Uint8Array(0);

export class Task implements Victim {
  readonly number: number;
  readonly ring: SimRing;
  readonly id: OperationId;
  readonly request: Request;
  readonly path: string | undefined;
  /** The kernel's own reference: what the number leads to later does not matter. */
  readonly file: OpenFile | undefined;
  readonly source: OpenFile | undefined;
  /** The kernel's hold on the memory of the request, once it has accepted it. */
  guard: Guard | null = null;
  state: TaskState = "new";
  /** How often its ring refused it. */
  refusals = 0;
  /** How often it was asked to stop. */
  cancels = 0;
  /** A cancel was acknowledged, and it completes all the same. */
  isStubborn = false;
  answer: Answer | null = null;
  /** Bytes on their way into the buffer. */
  brought: Uint8Array = NOTHING;
  /** What of a torn write is still to land. */
  landLater: (() => void) | null = null;

  constructor(
    number: number,
    ring: SimRing,
    id: OperationId,
    request: Request,
    file: OpenFile | undefined,
    source: OpenFile | undefined,
  ) {
    this.number = number;
    this.ring = ring;
    this.id = id;
    // The layer above goes on writing to its own.
    this.request = { ...request };
    this.file = file;
    this.source = source;
    this.path = pathOf(request) ?? file?.path;
  }

  /** From here to its end the memory is the kernel's. */
  hold(): void {
    this.state = "ready";
    const parts = partsOf(this.request);
    if (parts.length > 0) this.guard = new Guard(parts);
  }

  /** The files that it is at work on, if it is not their close. */
  get files(): OpenFile[] {
    if (this.kind === "close") return [];
    return [this.file, this.source].filter((file) => file !== undefined);
  }

  get kind(): RequestKind {
    return this.request.kind;
  }

  /** What the kernel has of it, for people. */
  get holds(): string {
    const bytes = this.guard === null ? "" : `, ${this.guard.byteLength} bytes of memory`;
    const file = this.file === undefined ? "" : `, ${this.file.path}`;
    return this.state === "ended" ? "has let go" : `${this.state}${file}${bytes}`;
  }

  toString(): string {
    return `${this.kind} #${this.number}`;
  }
}

/** The memory that a request lets the kernel have. */
export function partsOf(request: Request): readonly Part[] {
  if ("parts" in request) return request.parts;
  if (!("memory" in request)) return [];
  const { memory, offset, length } = request;
  return [{ memory, offset, length }];
}

/** The descriptor that a request is at work on; of a close, the one that is to go. */
export function descriptorOf(request: Request): number | undefined {
  if ("fd" in request) return request.fd;
  if (request.kind === "copyRange" || request.kind === "clone") return request.to;
  if (request.kind === "open" || request.kind === "unlink") return request.at;
  return "target" in request && typeof request.target === "number" ? request.target : undefined;
}

/** A second one, of which bytes are taken. */
export function sourceOf(request: Request): number | undefined {
  return request.kind === "copyRange" || request.kind === "clone" ? request.from : undefined;
}

function pathOf(request: Request): string | undefined {
  switch (request.kind) {
    case "rename":
    case "link":
      return shown(request.from);
    case "stat":
    case "chmod":
    case "chown":
    case "utimes":
      return typeof request.target === "number" ? undefined : shown(request.target);
    default:
      return "path" in request ? shown(request.path) : undefined;
  }
}

export function shown(path: RawPath): string {
  return typeof path === "string" ? path : Buffer.from(path).toString();
}

export function describe(answer: Answer): string {
  switch (answer.kind) {
    case "done":
      return String(answer.value);
    case "opened":
      return `descriptor ${answer.fd}`;
    case "content":
      return `${answer.bytes.byteLength} bytes`;
    case "failed":
      return `errno ${answer.errno}`;
    case "described":
    case "canceled":
    case "unsupported":
    case "refused":
    case "interrupted":
      return answer.kind;
    default:
      return bug("sim: an answer of no kind");
  }
}
