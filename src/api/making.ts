// Handles that are made at once, without an operation: whose they are, and what they are made with.

import { bug } from "../base/assert.ts";
import { IoError, ownError } from "../base/errors.ts";
import { loadAddon } from "../kernel/addon.ts";
import type { DescriptorDescription, Descriptors } from "../kernel/descriptors.ts";
import { EOPNOTSUPP, errnoMeaning, errnoName } from "../kernel/errno.ts";
import { Core } from "./core.ts";
import { Handle } from "./handle.ts";
import { type PathCalls, type Starter, starterFor } from "./path-calls.ts";
import { ScopeState } from "./scope-state.ts";

/** What they are made with, once it is known that they may be made. */
export class Making {
  readonly descriptors: Descriptors;
  readonly core: Core;
  readonly #starter: Starter;
  readonly #call: string;

  /**
   * @throws {TypeError} `ERR_SCOPE_LEFT` if the calls are those of a scope that has been left.
   * @throws {IoError} `ERR_NO_BACKEND`, or `ERR_NOT_SUPPORTED` on a simulated kernel.
   */
  constructor(calls: PathCalls, call: string) {
    this.#call = call;
    this.#starter = starterFor(calls, call);
    if (this.#starter instanceof ScopeState) this.#starter.checkNotLeft(call);
    this.core = coreOf(this.#starter);
    this.core.checkBackend(call);
    const { descriptors } = this.core;
    if (descriptors === null) throw ownError("ERR_NOT_SUPPORTED", { syscall: call });
    this.descriptors = descriptors;
  }

  /** What the shim answered. @throws {IoError} if that is an errno. */
  checked<T>(answer: T | number, path?: string): T {
    if (typeof answer !== "number" || answer >= 0) return answer as T;
    if (answer === -EOPNOTSUPP) {
      const cause = new Error(loadAddon().reason ?? errnoMeaning(EOPNOTSUPP));
      throw ownError("ERR_NOT_SUPPORTED", { syscall: this.#call, path, cause });
    }
    throw errnoError(-answer, this.#call, path);
  }

  describe(fd: number): DescriptorDescription {
    return this.checked(this.descriptors.describe(fd));
  }

  /** The handle of a descriptor that has just been made: in a scope, it is the scope's. */
  handle(fd: number, path: string): Handle {
    const opened = { kind: "opened", fd, isStream: true } as const;
    const handle = new Handle(this.core.table, opened, path, false);
    if (this.#starter instanceof ScopeState) this.#starter.take(handle);
    return handle;
  }
}

/** An error of the kernel's. `errno` is positive. */
export function errnoError(errno: number, syscall: string, path?: string): IoError {
  return new IoError(errnoMeaning(errno), {
    code: errnoName(errno),
    errno: -errno,
    syscall,
    path,
  });
}

/** That which a scope's operations begin in, however deep it is. */
export function coreOf(starter: Starter): Core {
  if (starter instanceof Core) return starter;
  return starter instanceof ScopeState ? coreOf(starter.parent) : bug("making: no core");
}
