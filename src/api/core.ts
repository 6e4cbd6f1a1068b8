// The composition root: one clock, one table, one backend, tied together here and nowhere else.

import type { BackendName } from "../backend/rejection.ts";
import { type Selection, type SelectOptions, selectBackend } from "../backend/select.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { ownError } from "../base/errors.ts";
import type { Descriptors } from "../kernel/descriptors.ts";
import type { IoBuffer } from "../operation/buffer.ts";
import { OperationTable } from "../operation/table.ts";
import { type Operation, startOperation } from "./operation.ts";
import type { Start, Starter } from "./path-calls.ts";

/** Chooses a backend for a sink; the simulated kernel's tests bring their own. */
export type Select = (sink: OperationTable, clock: Clock, options: SelectOptions) => Selection;

const NO_BUFFERS: readonly IoBuffer[] = [];

export class Core implements Starter {
  readonly table: OperationTable;
  readonly clock: Clock;
  readonly #select: Select;
  readonly #wanted: BackendName | null;
  #selection: Selection | null = null;

  constructor(
    wanted: BackendName | null = null,
    clock: Clock = systemClock,
    select: Select = selectBackend,
  ) {
    this.#wanted = wanted;
    this.clock = clock;
    this.#select = select;
    this.table = new OperationTable(clock);
  }

  /** The backend is chosen when it is first needed. */
  choose(): Selection {
    if (this.#selection === null) {
      this.#selection = this.#select(this.table, this.clock, {
        wanted: this.#wanted,
        // Those before it hand their work over by themselves.
        onReplaced: (selection) => {
          this.#selection = selection;
        },
      });
      if (this.#selection.backend !== null) this.table.connect(this.#selection.backend);
    }
    return this.#selection;
  }

  /** Of the kernel that the backend works on; null if that is a simulated one. */
  get descriptors(): Descriptors | null {
    const selection = this.choose();
    return selection.backend === null ? null : (selection.descriptors ?? null);
  }

  start<T>({ request, path, finish, given, call, buffers }: Start<T>): Operation<T> {
    this.checkBackend(call, path);
    // Written out: a literal that begins with a spread takes V8 several microseconds.
    const whole = {
      request,
      owner: null,
      path,
      buffers: buffers ?? NO_BUFFERS,
      isWhole: false,
      isCopy: buffers !== undefined,
      finish,
    };
    return startOperation(this.table, whole, given);
  }

  /** @throws {IoError} `ERR_NO_BACKEND`. */
  checkBackend(call: string, path?: string): void {
    const { backend, reason } = this.choose();
    if (backend !== null) return;
    throw ownError("ERR_NO_BACKEND", { syscall: call, path, cause: new Error(reason) });
  }
}
