// Modes that a program has set with a terminal's handle. They stay until the handle is closed, or
// until nothing is left to be given back.

import { ownError } from "../../base/errors.ts";
import type { Handle } from "../handle.ts";
import { changed, isRaw, missing, raw, type TtyModeChanges } from "./modes.ts";
import { ModesHold, readModes } from "./modes-hold.ts";
import type { Subject } from "./terminal-calls.ts";

export class OwnModes {
  readonly #handle: Handle;
  #hold: ModesHold | null = null;
  /** The modes without raw, while that is set. */
  #beforeRaw: Uint32Array | null = null;
  #hasChanges = false;

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  isRaw(subject: Subject): boolean {
    return isRaw(readModes(this.#handle.fd, subject));
  }

  setRaw(isWanted: boolean, subject: Subject): void {
    const before = this.#beforeRaw;
    if (isWanted) {
      const hold = this.#held(subject);
      this.#beforeRaw ??= hold.read();
      hold.set(raw(this.#beforeRaw));
    } else if (before !== null) {
      this.#beforeRaw = null;
      if (this.#hasChanges) this.#hold?.set(before);
      else this.#end();
    }
  }

  /** All or nothing. */
  change(changes: TtyModeChanges, subject: Subject): void {
    if (Object.keys(changes).length === 0) return;
    const hold = this.#held(subject);
    const before = hold.read();
    hold.set(changed(before, changes));
    const names = missing(hold.read(), changes);
    if (names.length > 0) {
      hold.set(before);
      if (this.#beforeRaw === null && !this.#hasChanges) this.#end();
      const cause = new Error(`It does not take: ${names.join(", ")}`);
      const { call, path } = subject;
      throw ownError("ERR_MODES_REFUSED", { syscall: call, path, cause });
    }
    this.#hasChanges = true;
    if (this.#beforeRaw !== null) this.#beforeRaw = changed(this.#beforeRaw, changes);
  }

  #held(subject: Subject): ModesHold {
    this.#hold ??= new ModesHold(this.#handle, subject);
    return this.#hold;
  }

  #end(): void {
    this.#hold?.end();
    this.#hold = null;
  }
}
