// Which backend a thread uses, and why not another: the first of the candidates that works, or the
// one that was asked for by name and no other.
import type { Clock } from "../base/clock.ts";
import { shown } from "../base/errors.ts";
import { type Descriptors, loadDescriptors } from "../kernel/descriptors.ts";
import { agree, agreed, type Choice, warnOnce } from "./agreement.ts";
import { CANDIDATES, type Candidate, isRejection, type Opened } from "./candidates.ts";
import type { Backend, CompletionSink } from "./contract.ts";
import { RefusingBackend } from "./refusing.ts";
import {
  BACKEND_NAMES,
  type BackendName,
  type CandidateName,
  type Rejection,
} from "./rejection.ts";
import { whyRingFailed } from "./why-no-ring.ts";

export type Selection =
  | {
      readonly backend: Backend;
      readonly reason: null;
      /** Of the kernel that the backend works on; null if that is not this process's. */
      readonly descriptors?: Descriptors | null;
      readonly candidate?: CandidateName;
      /** Those that were to be tried before it, and why they are not used. */
      readonly rejected?: readonly Rejection[];
    }
  | {
      readonly backend: null;
      readonly reason: string;
      readonly rejected?: readonly Rejection[];
    };

export interface SelectOptions {
  /** No other than this one; if null, what the environment says. */
  readonly wanted?: BackendName | null | undefined;
  /** The backend has failed, and another takes its place. */
  readonly onReplaced?: (selection: Selection) => void;
}

/** Reasons that somebody can do something about, and would not expect. The others are usual. */
const WORTH_A_WARNING: readonly Rejection["code"][] = ["shim-broken", "shim-version", "failed"];

const VARIABLE = "OVERLAPPED_BACKEND";

/** Never throws: a backend that is not there is told by the selection. */
export function selectBackend(
  sink: CompletionSink,
  clock: Clock,
  { wanted = null, onReplaced = () => {} }: SelectOptions = {},
): Selection {
  const fromEnvironment = wanted === null ? wantedByEnvironment() : null;
  if (fromEnvironment !== null && !isBackendName(fromEnvironment)) {
    const names = BACKEND_NAMES.map((name) => `"${name}"`).join(" or ");
    const reason = `${VARIABLE} is ${shown(fromEnvironment)}, wanted ${names}`;
    return { backend: null, reason, rejected: [] };
  }
  return new Selector(sink, clock, wanted ?? fromEnvironment, onReplaced).select();
}

function wantedByEnvironment(): string | null {
  const value = process.env[VARIABLE] ?? "";
  return value === "" ? null : value;
}

function isBackendName(name: string): name is BackendName {
  return (BACKEND_NAMES as readonly string[]).includes(name);
}

class Selector {
  readonly #sink: CompletionSink;
  readonly #clock: Clock;
  readonly #wanted: BackendName | null;
  readonly #onReplaced: (selection: Selection) => void;

  constructor(
    sink: CompletionSink,
    clock: Clock,
    wanted: BackendName | null,
    onReplaced: (selection: Selection) => void,
  ) {
    this.#sink = sink;
    this.#clock = clock;
    this.#wanted = wanted;
    this.#onReplaced = onReplaced;
  }

  /** What other threads and earlier calls found to be of no use is not tried again. */
  select(): Selection {
    const choice = this.#wanted === null ? agreed() : null;
    return this.#selectFrom(choice);
  }

  #selectFrom(choice: Choice | null): Selection {
    const rejected = [...(choice?.rejected ?? [])];
    for (const candidate of CANDIDATES) {
      if (rejected.some((each) => each.candidate === candidate.name)) continue;
      const opened = this.#open(candidate);
      if (isRejection(opened)) {
        rejected.push(opened);
        continue;
      }
      if (this.#wanted === null) this.#settle({ candidate: candidate.name, rejected });
      return {
        ...opened,
        reason: null,
        candidate: candidate.name,
        rejected,
      };
    }
    return { backend: null, reason: this.#reasonOf(rejected), rejected };
  }

  #open(candidate: Candidate): Opened | Rejection {
    const { name, backend } = candidate;
    if (this.#wanted !== null && backend !== this.#wanted) {
      const text = `the backend "${this.#wanted}" was asked for`;
      return { candidate: name, code: "not-wanted", text, errno: null };
    }
    const onFailed = (errno: number): Backend => this.#replace(name, whyRingFailed(errno));
    return candidate.open(this.#sink, this.#clock, onFailed);
  }

  #settle(choice: Choice): void {
    agree(choice);
    const reason = choice.rejected.find(({ code }) => WORTH_A_WARNING.includes(code));
    if (reason === undefined) return;
    warnOnce(`Working without io_uring: ${reason.text}. See \`npx overlapped doctor\`.`);
  }

  /** Who does new work from now on. */
  #replace(name: CandidateName, reason: Rejection): Backend {
    const before = this.#wanted === null ? (agreed()?.rejected ?? []) : [];
    const rejected = [...before.filter((each) => each.candidate !== name), reason];
    const next = this.#selectFrom({ candidate: name, rejected });
    this.#onReplaced(next);
    if (next.backend !== null) return next.backend;
    const descriptors = loadDescriptors();
    return new RefusingBackend(this.#sink, descriptors, next.reason);
  }

  #reasonOf(rejected: readonly Rejection[]): string {
    const texts = rejected.filter(({ code }) => code !== "not-wanted").map(({ text }) => text);
    const all = [...new Set(texts)].join("; ");
    return this.#wanted === null ? all : `the backend "${this.#wanted}" was asked for; ${all}`;
  }
}
