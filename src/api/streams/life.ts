// The end of a stream, which comes once, whoever asks for it: what is in flight stops, then the
// file is closed, unless its owner wants to go on with it.

import { isAborted, reasonOf } from "../../base/abort-signal.ts";
import { type IoError, ownError } from "../../base/errors.ts";
import { type SignalLink, watchSignal } from "../../operation/cancel.ts";
import type { Handle } from "../handle.ts";
import type { StreamPlan } from "./options.ts";
import { NOTHING_GIVEN } from "./transfer.ts";

/** Of an error that is told already, or that nobody is left to be told. */
export const ignore = (): void => {};

export class Life {
  readonly #handle: Handle;
  readonly #plan: StreamPlan;
  readonly #syscall: "read" | "write";
  #link: SignalLink | null = null;
  #stopping: Promise<void> | null = null;
  #isStopped = false;
  /** Bytes that went through the stream, which is what its errors tell. */
  bytesTransferred = 0;

  constructor(handle: Handle, plan: StreamPlan, syscall: "read" | "write") {
    this.#handle = handle;
    this.#plan = plan;
    this.#syscall = syscall;
  }

  /** From the moment that somebody asked for the end. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Calls with the error that the stream should end with when its signal has aborted. */
  watch(onAbort: (error: IoError) => void): void {
    const { signal } = this.#plan;
    if (signal === undefined) return;
    const cancel = (): void => onAbort(this.aborted(reasonOf(signal)));
    if (isAborted(signal)) cancel();
    else this.#link = watchSignal(signal, { cancel });
  }

  aborted(cause: unknown): IoError {
    const { path } = this.#handle;
    const { bytesTransferred } = this;
    return ownError("ABORT_ERR", { syscall: this.#syscall, path, bytesTransferred, cause });
  }

  /** The error of one operation becomes that of the stream. */
  counted(error: IoError): IoError {
    return Object.assign(error, { bytesTransferred: this.bytesTransferred });
  }

  /** `letGo` begins at once, resolves when the kernel has let go, and never rejects. */
  stop(letGo: () => Promise<void>): Promise<void> {
    this.#stopping ??= this.#stop(letGo);
    return this.#stopping;
  }

  async #stop(letGo: () => Promise<void>): Promise<void> {
    this.#isStopped = true;
    this.#link?.unlink();
    const released = letGo();
    // It refuses new work at once, and comes after the last operation by itself.
    if (this.#plan.closes) await this.#handle.close(NOTHING_GIVEN);
    await released;
  }
}
