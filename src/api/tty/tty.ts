// A terminal, serial line or pseudo-terminal: a stream with modes, a size, and people.

import { shown, typeError } from "../../base/errors.ts";
import { BREAK_MS, TIMEOUT_MS_MAX } from "../../base/limits.ts";
import type { WaitingBytes } from "../../kernel/terminal.ts";
import type { Handle } from "../handle.ts";
import { type CallOptions, checkNumber, takeOptions } from "../options.ts";
import { StreamHandle } from "../stream-handle.ts";
import { startAsk } from "./ask.ts";
import type { AskOptions } from "./ask-options.ts";
import { sendBreak } from "./break.ts";
import { changeModemLines, type ModemLines, modemLinesOf } from "./modem-lines.ts";
import { modesOf, type TtyModeChanges, type TtyModes, takeChanges } from "./modes.ts";
import { readModes } from "./modes-hold.ts";
import { OwnModes } from "./own-modes.ts";
import { hear } from "./process-signals.ts";
import { isSame, readSize, sizeIfKnown, type TtySize } from "./size.ts";
import { answer, type Subject, terminalsFor } from "./terminal-calls.ts";

const CELLS_MAX = 65_535;

/**
 * A terminal, serial line or pseudo-terminal. Made by `openTty()`, `openPty()`, and by `stdin()`
 * and others if they are one.
 *
 * Modes that were changed are given back when it is closed, when the process ends in any way that
 * can be caught, and while it is stopped. What waits for nobody is done at once: it throws.
 *
 * Each throws an `IoError` with what the kernel said: `EIO` if the terminal was hung up, `ENOTTY`
 * or `EINVAL` if it has no such thing; and a `TypeError` with `ERR_CLOSED` once `close()` was
 * called.
 *
 * @example One key
 * ```ts
 * import { openTty, IoBuffer } from "overlapped";
 * await using tty = await openTty().catch(() => null);
 * if (tty !== null) {
 *   tty.setRaw(true);
 *   const key = new IoBuffer(16);
 *   const outcome = await tty.read(key, { timeoutMs: 10 }).outcome();
 *   console.log(outcome.status, tty.size);
 * }
 * ```
 */
export class Tty extends StreamHandle {
  readonly #handle: Handle;
  readonly #modes: OwnModes;
  /** Each stops what goes on with the terminal: a listener to resizes, a break. */
  readonly #stops: Set<() => void> = new Set();

  constructor(handle: Handle) {
    super(handle, "tty");
    this.#handle = handle;
    this.#modes = new OwnModes(handle);
    handle.whenClosed(() => {
      for (const stop of [...this.#stops]) stop();
    });
  }

  /** Whether each key comes at once, unseen, and none makes a signal; whoever has set it so. */
  get isRaw(): boolean {
    return this.#modes.isRaw(this.#subject("get isRaw"));
  }

  /**
   * Raw: each key comes at once, nothing shows it, and none makes a signal; output is translated
   * as before. With false the terminal is as it was before `setRaw(true)`.
   *
   * A process in the background is stopped by it until it is in the foreground, as everywhere.
   *
   * @throws {TypeError} on a wrong argument, or `ERR_CLOSED`.
   * @throws {IoError} `EIO`; `ENOSPC` if 16 other terminals have changed modes already.
   *
   * @example
   * ```ts
   * import { openPty, openTty } from "overlapped";
   * const { controller, path } = openPty();
   * await using tty = await openTty(path);
   * console.log(tty.setRaw(true).isRaw, tty.setRaw(false).isRaw); // true false
   * await controller.close();
   * ```
   */
  setRaw(isRaw: boolean): this {
    if (typeof isRaw !== "boolean") {
      throw typeError(`Cannot setRaw: isRaw is ${shown(isRaw)}, wanted a boolean`);
    }
    this.#modes.setRaw(isRaw, this.#subject("setRaw"));
    return this;
  }

  /**
   * The modes as they are, whoever has set them.
   *
   * @throws {TypeError} `ERR_CLOSED`.
   * @throws {IoError} `EIO`.
   *
   * @example
   * ```ts
   * import { openPty, openTty } from "overlapped";
   * const { controller, path } = openPty();
   * await using tty = await openTty(path);
   * const { canonical, echo, signals } = tty.modes();
   * console.log(canonical, echo, signals); // true true true
   * await controller.close();
   * ```
   */
  modes(): TtyModes {
    const subject = this.#subject("get modes");
    return modesOf(readModes(this.#handle.fd, subject));
  }

  /**
   * Changes modes, at once: all of what is given, or nothing.
   *
   * @throws {TypeError} or {RangeError} on a wrong or unknown mode, or `ERR_CLOSED`.
   * @throws {IoError} `ERR_MODES_REFUSED` if the terminal cannot do some of it, such as parity on a
   *   pseudo-terminal; its cause tells which. Otherwise as `setRaw`.
   *
   * @example A serial line
   * ```ts
   * import { openPty, openTty } from "overlapped";
   * const { controller, path } = openPty(); // Instead of "/dev/ttyUSB0".
   * await using line = await openTty(path);
   * line.setModes({ transparent: true, speed: 115_200, stopBits: 1, flow: "none" });
   * console.log(line.modes().speed);
   * await controller.close();
   * ```
   */
  setModes(changes: TtyModeChanges): this {
    const taken = takeChanges(changes, "setModes");
    this.#modes.change(taken, this.#subject("setModes"));
    return this;
  }

  /** Rows and columns; 0 where nobody has said. */
  get size(): TtySize {
    return readSize(this.#handle.fd, this.#subject("get size"));
  }

  /**
   * Says how big the terminal is, as who shows it does: with a controller, the processes at the
   * other end are told (SIGWINCH).
   *
   * @param rows 0 to 65_535; the same for `columns`.
   * @throws {TypeError} or {RangeError} on a wrong argument, or `ERR_CLOSED`.
   * @throws {IoError} `EIO`.
   *
   * @example
   * ```ts
   * import { openPty, openTty } from "overlapped";
   * const { controller, path } = openPty();
   * await using tty = await openTty(path);
   * controller.setSize(24, 80);
   * console.log(tty.size); // { rows: 24, columns: 80 }
   * await controller.close();
   * ```
   */
  setSize(rows: number, columns: number): this {
    checkNumber(rows, "rows", "setSize", 0, CELLS_MAX);
    checkNumber(columns, "columns", "setSize", 0, CELLS_MAX);
    const subject = this.#subject("setSize");
    answer(terminalsFor(subject).setSize(this.#handle.fd, rows, columns), subject);
    return this;
  }

  /**
   * Calls with the new size when it changes, until the result is disposed of or the terminal is
   * closed. Only the terminal that controls the process tells it, and only to the main thread.
   * It does not keep the process alive.
   *
   * @throws {TypeError} on a wrong argument, or `ERR_CLOSED`.
   * @throws {IoError} `EIO`.
   *
   * @example
   * ```ts
   * import { stdout, Tty } from "overlapped";
   * const screen = stdout();
   * if (screen instanceof Tty) {
   *   using watch = screen.onResize(({ rows, columns }) => console.log(rows, columns));
   * }
   * ```
   */
  onResize(listener: (size: TtySize) => void): Disposable {
    if (typeof listener !== "function") {
      throw typeError(`Cannot onResize: listener is ${shown(listener)}, wanted a function`);
    }
    let last = this.size;
    const stopHearing = hear("SIGWINCH", () => {
      if (this.state !== "open") return;
      const size = sizeIfKnown(this.#handle.fd);
      if (size === null || isSame(size, last)) return;
      last = size;
      listener(size);
    });
    const stop = (): void => {
      stopHearing();
      this.#stops.delete(stop);
    };
    this.#stops.add(stop);
    return { [Symbol.dispose]: stop };
  }

  /**
   * Whether nobody but root can open the terminal any more: others get `EBUSY`. It stays so until
   * it is taken back, or until everybody has closed the terminal.
   *
   * @throws {TypeError} on a wrong argument, or `ERR_CLOSED`.
   * @throws {IoError} `EIO`.
   *
   * @example
   * ```ts
   * import { openPty, openTty } from "overlapped";
   * const { controller, path } = openPty(); // Instead of "/dev/ttyUSB0".
   * await using line = await openTty(path);
   * line.setExclusive(true);
   * await line.writeAll("Nobody comes between.\n");
   * line.setExclusive(false);
   * await controller.close();
   * ```
   */
  setExclusive(isExclusive: boolean): this {
    if (typeof isExclusive !== "boolean") {
      const given = shown(isExclusive);
      throw typeError(`Cannot setExclusive: isExclusive is ${given}, wanted a boolean`);
    }
    const subject = this.#subject("setExclusive");
    answer(terminalsFor(subject).exclusive(this.#handle.fd, isExclusive), subject);
    return this;
  }

  /**
   * Sends a break: the line is held for so long. Canceled or closed, it ends sooner.
   *
   * @param durationMs 1 to 2_147_483_647; 250 if absent. A pseudo-terminal takes the time, too, but
   *   has no break.
   * @throws {TypeError} or {RangeError} on a wrong argument, or `ERR_CLOSED`.
   *
   * Rejects with `ABORT_ERR`, `ETIMEDOUT`, or what the kernel said.
   *
   * @example
   * ```ts
   * import { openPty, openTty } from "overlapped";
   * const { controller, path } = openPty(); // Instead of "/dev/ttyUSB0".
   * await using line = await openTty(path);
   * await line.sendBreak(10);
   * await controller.close();
   * ```
   */
  sendBreak(durationMs: number = BREAK_MS, options?: CallOptions): Promise<void> {
    checkNumber(durationMs, "durationMs", "sendBreak", 1, TIMEOUT_MS_MAX);
    const given = takeOptions(options, "sendBreak");
    return sendBreak(this.#handle, durationMs, given, this.#subject("sendBreak"), this.#stops);
  }

  /**
   * The modem's lines, of which a pseudo-terminal has none.
   *
   * @throws {TypeError} `ERR_CLOSED`.
   * @throws {IoError} `ENOTTY` or `EINVAL` if it has none; `EIO`.
   *
   * @example
   * ```ts
   * import { IoError, openPty, openTty } from "overlapped";
   * const { controller, path } = openPty(); // With "/dev/ttyUSB0" there are some.
   * await using line = await openTty(path);
   * try {
   *   console.log(line.modemLines().carrier ? "connected" : "not connected");
   * } catch (error) {
   *   if (error instanceof IoError) console.log(error.code); // ENOTTY
   * }
   * await controller.close();
   * ```
   */
  modemLines(): ModemLines {
    const subject = this.#subject("get modemLines");
    return modemLinesOf(answer(terminalsFor(subject).lines(this.#handle.fd), subject));
  }

  /**
   * Sets those of our own lines that are given.
   *
   * @throws {TypeError} on a wrong or unknown line, or `ERR_CLOSED`.
   * @throws {IoError} As `modemLines`.
   *
   * @example
   * ```ts
   * import { type Tty, openPty, openTty } from "overlapped";
   * const hangUp = (line: Tty) => line.setModemLines({ dtr: false, rts: false });
   * const { controller, path } = openPty(); // With "/dev/ttyUSB0" it would.
   * await using line = await openTty(path);
   * try {
   *   hangUp(line);
   * } catch {
   *   console.log("It has none."); // It has none.
   * }
   * await controller.close();
   * ```
   */
  setModemLines(lines: Partial<Pick<ModemLines, "dtr" | "rts">>): this {
    const [on, off] = changeModemLines(lines, "setModemLines");
    const subject = this.#subject("setModemLines");
    answer(terminalsFor(subject).setLines(this.#handle.fd, on, off), subject);
    return this;
  }

  /**
   * Bytes that have come and were not read, and that were written and not sent.
   *
   * @throws {TypeError} `ERR_CLOSED`.
   * @throws {IoError} `EIO`.
   *
   * @example
   * ```ts
   * import { openPty, openTty } from "overlapped";
   * const { controller, path } = openPty();
   * await using tty = await openTty(path);
   * await controller.writeAll("four\n");
   * await tty.ready("readable");
   * console.log(tty.waiting()); // { input: 5, output: 0 }
   * await controller.close();
   * ```
   */
  waiting(): WaitingBytes {
    const subject = this.#subject("get waiting");
    const { input, output } = answer(terminalsFor(subject).waiting(this.#handle.fd), subject);
    return { input: input + this.#handle.putBackBytes, output };
  }

  /**
   * Discards what has come and was not read, what was written and not sent, or both.
   *
   * @throws {TypeError} on a wrong argument, or `ERR_CLOSED`.
   * @throws {IoError} `EIO`.
   *
   * @example Nothing that was typed before the question counts
   * ```ts
   * import { openPty, openTty } from "overlapped";
   * const { controller, path } = openPty();
   * await using tty = await openTty(path);
   * await controller.writeAll("y\n");
   * await tty.ready("readable");
   * console.log(tty.discard("input").waiting().input); // 0
   * await controller.close();
   * ```
   */
  discard(what: "input" | "output" | "both"): this {
    if (what !== "input" && what !== "output" && what !== "both") {
      const wanted = 'wanted "input", "output" or "both"';
      throw typeError(`Cannot discard: what is ${shown(what)}, ${wanted}`, "ERR_INVALID_ARG_VALUE");
    }
    const subject = this.#subject("discard");
    answer(terminalsFor(subject).discard(this.#handle.fd, what), subject);
    if (what !== "output") this.#handle.take(Number.POSITIVE_INFINITY);
    return this;
  }

  /**
   * Asks for a line, which can be edited as in a shell; see `ask()`, which asks the standard input.
   * Questions of one terminal come one after the other.
   *
   * @param prompt Shown before the line; may have several lines, and colors.
   * @returns The line; null if the user typed Ctrl-D on an empty line, or the terminal hung up.
   * @throws {TypeError} or {RangeError} on a wrong option, or `ERR_CLOSED`.
   *
   * Rejects with `ABORT_ERR` (also if the user typed Ctrl-C: then its cause is `ERR_INTERRUPTED`),
   * `ETIMEDOUT`, `ERR_LINE_TOO_LONG`, or what the kernel said.
   *
   * @example
   * ```ts
   * import { openPty, openTty } from "overlapped";
   * const { controller, path } = openPty(); // Somebody at a terminal.
   * await using tty = await openTty(path);
   * const answer = tty.ask("Go on? ", { timeoutMs: 1000 });
   * await controller.writeAll("yes\r");
   * console.log(await answer); // yes
   * await controller.close();
   * ```
   */
  ask(prompt: string, options?: AskOptions): Promise<string | null> {
    return startAsk({ handle: this.#handle, tty: this }, prompt, options);
  }

  #subject(call: string): Subject {
    this.#handle.checkOpen(call);
    return { call, path: this.#handle.path };
  }
}
