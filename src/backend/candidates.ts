// The backends that may be had, best first, and how each is opened.
import type { Clock } from "../base/clock.ts";
import { IoError } from "../base/errors.ts";
import { loadAddon } from "../kernel/addon.ts";
import { type Descriptors, loadDescriptors } from "../kernel/descriptors.ts";
import { kernelFacts } from "../kernel/sysctl.ts";
import type { Backend, CompletionSink } from "./contract.ts";
import { keepPrivate, openWithShim } from "./portable/with-shim.ts";
import { openWithoutShim } from "./portable/without-shim.ts";
import type { BackendName, CandidateName, Rejection } from "./rejection.ts";
import type { OnFailed } from "./uring/kernel.ts";
import { openUring } from "./uring/open.ts";
import { RingRefusal } from "./uring/refusal.ts";
import { whyNoReadiness, whyNoRing, whyNoShim } from "./why-no-ring.ts";

export interface Opened {
  readonly backend: Backend;
  /** Of the kernel that it works on; null where nobody can make any. */
  readonly descriptors: Descriptors | null;
}

export interface Candidate {
  readonly name: CandidateName;
  readonly backend: BackendName;
  open(sink: CompletionSink, clock: Clock, onFailed: OnFailed): Opened | Rejection;
}

export const CANDIDATES: readonly Candidate[] = [
  { name: "uring", backend: "uring", open: openRing },
  { name: "portable-shim", backend: "portable", open: openPortableWithShim },
  { name: "portable-node", backend: "portable", open: openPortableOfNode },
];

export function isRejection(opened: Opened | Rejection): opened is Rejection {
  return "candidate" in opened;
}

function openRing(sink: CompletionSink, clock: Clock, onFailed: OnFailed): Opened | Rejection {
  const { addon, reason, problem } = loadAddon();
  if (addon === null) return whyNoShim("uring", problem, reason);
  try {
    return { backend: openUring(addon, sink, clock, onFailed), descriptors: loadDescriptors() };
  } catch (error) {
    if (!(error instanceof RingRefusal)) throw error;
    return whyNoRing(error, kernelFacts());
  }
}

function openPortableWithShim(sink: CompletionSink, clock: Clock): Opened | Rejection {
  const { addon, reason, problem } = loadAddon();
  if (addon === null) return whyNoShim("portable-shim", problem, reason);
  try {
    const backend = openWithShim(addon, sink, clock);
    const descriptors = loadDescriptors();
    return { backend, descriptors: keepPrivate(addon, descriptors) };
  } catch (error) {
    if (!(error instanceof IoError) || error.code !== "ERR_NO_BACKEND") throw error;
    return whyNoReadiness(error.cause, kernelFacts());
  }
}

function openPortableOfNode(sink: CompletionSink, clock: Clock): Opened {
  return { backend: openWithoutShim(sink, clock), descriptors: loadDescriptors() };
}
