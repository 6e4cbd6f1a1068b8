// The calls that bring pipes, terminals, devices and what else has no positions. The work is in
// files of their own.

import { type EventCounter, type EventCounterOptions, makeEventCounter } from "./event-counter.ts";
import { EverydayCalls } from "./everyday-calls.ts";
import { type FileWatcher, makeFileWatcher } from "./file-watcher.ts";
import { type FromFdOptions, fromFd, standardStream } from "./inherited.ts";
import { type KernelTimer, type KernelTimerOptions, makeKernelTimer } from "./kernel-timer.ts";
import type { Operation } from "./operation.ts";
import type { CallOptions } from "./options.ts";
import type { Path } from "./path.ts";
import { makePipe, openPipe, openStream, type Pipe, type PipeFlags } from "./pipe.ts";
import type { StreamHandle } from "./stream-handle.ts";
import { type OpenTtyOptions, openPty, openTty, type Pty } from "./tty/open-tty.ts";
import type { Tty } from "./tty/tty.ts";

/**
 * The calls for what has no positions, which an `Io` and a `Scope` have alike. In a scope, what
 * they bring is the scope's, which closes it when it is left.
 *
 * @example A function for either
 * ```ts
 * import { Io, Scope, type StreamCalls } from "overlapped";
 * const echo = async (calls: StreamCalls) => {
 *   const { reader, writer } = calls.pipe();
 *   await writer.writeAll("hello");
 *   const text = Buffer.from(await reader.readExactly(5)).toString();
 *   await Promise.all([reader.close(), writer.close()]);
 *   return text;
 * };
 * await using scope = new Scope();
 * console.log(await echo(new Io()), await echo(scope)); // hello hello
 * ```
 */
export class StreamCalls extends EverydayCalls {
  /**
   * Opens a FIFO.
   *
   * @param flags `"r"` if absent: gives it at once, and the first read waits for a writer. `"w"`
   *   waits for a reader. `"r+"` waits for nobody, and never sees an end.
   * @throws {TypeError} on a wrong argument; nothing was submitted.
   *
   * Rejects with `ERR_NOT_A_PIPE` if it is none, `ABORT_ERR`, `ETIMEDOUT`, `ERR_ABANDONED`, or what
   * the kernel said, such as `ENOENT`.
   *
   * @example Somebody who reads, within 50 ms or not at all
   * ```ts
   * import { execFileSync } from "node:child_process";
   * import { mkdtemp, openPipe, remove } from "overlapped";
   * const folder = await mkdtemp("/tmp/overlapped-");
   * execFileSync("mkfifo", [`${folder}/nobody-reads`]);
   * const opening = openPipe(`${folder}/nobody-reads`, "w", { timeoutMs: 50 });
   * console.log((await opening.outcome()).status); // timedOut
   * await remove(folder, { recursive: true });
   * ```
   */
  openPipe(path: Path, flags: PipeFlags = "r", options?: CallOptions): Operation<StreamHandle> {
    return openPipe(this, path, flags, options);
  }

  /**
   * Opens a device, or anything else, as a stream: its bytes come once and in order.
   *
   * @param flags As in `node:fs`: `"r"` if absent, `"w"`, `"r+"` …, or a number. A terminal does
   *   not become that of the process.
   * @throws {TypeError} or {RangeError} on a wrong argument; nothing was submitted.
   *
   * Rejects with `ABORT_ERR`, `ETIMEDOUT`, `ERR_ABANDONED`, or what the kernel said.
   *
   * @example
   * ```ts
   * import { openStream } from "overlapped";
   * await using random = await openStream("/dev/urandom");
   * console.log(Buffer.from(await random.readExactly(16)).toString("hex"));
   * ```
   */
  openStream(
    path: Path,
    flags: string | number = "r",
    options?: CallOptions,
  ): Operation<StreamHandle> {
    return openStream(this, path, flags, options);
  }

  /**
   * Makes a pipe: what is written to `writer` is read from `reader`.
   *
   * @throws {TypeError} `ERR_SCOPE_LEFT` if it is the call of a scope that has been left.
   * @throws {IoError} `ERR_NO_BACKEND`, `ERR_NOT_SUPPORTED` on a simulated kernel, or what the
   *   kernel said: `EMFILE`.
   *
   * @example
   * ```ts
   * import { pipe } from "overlapped";
   * const { reader, writer } = pipe();
   * await writer.writeAll("one\ntwo\n");
   * await writer.close();
   * for await (const line of reader.lines()) console.log(line);
   * ```
   */
  pipe(): Pipe {
    return makePipe(this);
  }

  /**
   * What the program reads from: its descriptor 0. The same handle each time, until that is closed;
   * what it had read and not used then is in the next one. A scope closes it if it was made there.
   *
   * It works with a duplicate of the descriptor and leaves the flags as they are, so that others
   * who have it, such as `process.stdin` or a child process, do not notice. But each byte is read
   * by one of them only, and a read may bring more than is asked for in a call like `readUntil`.
   *
   * A pending read keeps the process alive; `unref()` lets it go.
   *
   * @throws {TypeError} `ERR_SCOPE_LEFT` if it is the call of a scope that has been left.
   * @throws {IoError} `ERR_NO_BACKEND`, `ERR_NOT_SUPPORTED` on a simulated kernel, or what the
   *   kernel said: `EBADF` if the program has no such descriptor.
   *
   * @example A line, for no longer than a second
   * ```ts
   * import { stdin } from "overlapped";
   * const line = await stdin().readUntil("\n", { timeoutMs: 1000 }).catch(() => null);
   * console.log(line === null ? "nothing" : Buffer.from(line).toString());
   * ```
   */
  stdin(): StreamHandle {
    return standardStream(this, 0, "stdin");
  }

  /**
   * What the program writes to: its descriptor 1. Otherwise like `stdin`. `process.stdout` and
   * `console.log` may have bytes of their own that are not written yet.
   *
   * @throws As `stdin` does.
   *
   * @example
   * ```ts
   * import { stdout } from "overlapped";
   * await stdout().writeAll("Hello\n");
   * ```
   */
  stdout(): StreamHandle {
    return standardStream(this, 1, "stdout");
  }

  /**
   * What the program complains to: its descriptor 2. Otherwise like `stdout`.
   *
   * @throws As `stdin` does.
   *
   * @example
   * ```ts
   * import { stderr } from "overlapped";
   * await stderr().writeAll("Something is odd\n", { timeoutMs: 1000 });
   * ```
   */
  stderr(): StreamHandle {
    return standardStream(this, 2, "stderr");
  }

  /**
   * A handle for a descriptor that the program has already, from whoever started it or by other
   * means. It works with a duplicate; that is closed by `close()`, and the given one is not, unless
   * `takeOver`. Flags of the open file stay as they are. A terminal comes as a `Tty`.
   *
   * A regular file works, too: from where the open file is, which moves along for everybody.
   *
   * @param fd 0 to 2_147_483_647.
   * @throws {TypeError} or {RangeError} on a wrong argument, or `ERR_SCOPE_LEFT`.
   * @throws {IoError} As `stdin` does.
   *
   * @example Write to what the program has as descriptor 2
   * ```ts
   * import { fromFd } from "overlapped";
   * await using log = fromFd(2);
   * console.log(log.kind, log.path); // Such as "tty /dev/pts/1".
   * await log.writeAll("begins\n", { timeoutMs: 1000 });
   * ```
   */
  fromFd(fd: number, options?: FromFdOptions): StreamHandle {
    return fromFd(this, fd, options);
  }

  /**
   * Opens a terminal or serial line, for reading and writing. It does not become the terminal of
   * the process. It does not wait for a modem's carrier.
   *
   * @param path The terminal of the process if absent, whatever its standard streams are.
   * @throws {TypeError} or {RangeError} on a wrong argument; nothing was submitted.
   * @throws {IoError} `ERR_NO_BACKEND`, or `ERR_NOT_SUPPORTED` on a simulated kernel.
   *
   * Rejects with `ENOTTY` if it is none, `ENXIO` if the process has none, `EBUSY` if somebody has
   * it for himself, `ERR_MODES_REFUSED`, `ABORT_ERR`, `ETIMEDOUT`, `ERR_ABANDONED`, or what else
   * the kernel said.
   *
   * @example A serial line
   * ```ts
   * import { openPty, openTty } from "overlapped";
   * const { controller, path } = openPty(); // Instead of a device, such as "/dev/ttyUSB0".
   * const modes = { transparent: true, speed: 9600 } as const;
   * await using line = await openTty(path, { modes, exclusive: true });
   * await controller.writeAll("OK\r\n");
   * console.log(Buffer.from(await line.readUntil("\r\n", { timeoutMs: 1000 })).toString());
   * await controller.close();
   * ```
   */
  openTty(path: Path = "/dev/tty", options?: OpenTtyOptions): Operation<Tty> {
    return openTty(this, path, options);
  }

  /**
   * Makes a pseudo-terminal: a terminal at a path, for a program that wants one, and its
   * controller, which types and sees what is shown. Once the terminal was opened and nobody has it
   * open any more, a read of the controller fails with `EIO`. When the controller is closed, the
   * terminal is hung up.
   *
   * @throws {TypeError} `ERR_SCOPE_LEFT`.
   * @throws {IoError} As `pipe` does; `ENOSPC` if there are too many.
   *
   * @example
   * ```ts
   * import { openPty, openTty } from "overlapped";
   * const { controller, path } = openPty();
   * controller.setSize(24, 80);
   * await using terminal = await openTty(path);
   * await controller.writeAll("typed\n");
   * for await (const line of terminal.lines({ close: false })) {
   *   console.log(line, terminal.size);
   *   break;
   * }
   * await controller.close();
   * ```
   */
  openPty(): Pty {
    return openPty(this);
  }

  /**
   * Makes a counter by which threads and processes wake each other: eventfd(2).
   *
   * @throws {TypeError} or {RangeError} on a wrong option, or `ERR_SCOPE_LEFT`.
   * @throws {IoError} As `pipe` does.
   *
   * @example
   * ```ts
   * import { eventfd } from "overlapped";
   * await using counter = eventfd({ initial: 3, semaphore: true }); // Three may come in.
   * console.log(await counter.wait()); // 1n
   * ```
   */
  eventfd(options?: EventCounterOptions): EventCounter {
    return makeEventCounter(this, options);
  }

  /**
   * Makes a timer of the kernel's, which counts how often it has expired: timerfd_create(2).
   *
   * @throws {TypeError} on a wrong option, or `ERR_SCOPE_LEFT`.
   * @throws {IoError} As `pipe` does.
   *
   * @example
   * ```ts
   * import { timer } from "overlapped";
   * await using alarm = timer();
   * alarm.set(10); // Once, in 10 ms.
   * console.log(await alarm.expirations()); // 1n
   * ```
   */
  timer(options?: KernelTimerOptions): KernelTimer {
    return makeKernelTimer(this, options);
  }

  /**
   * Makes a watcher of files and directories: inotify(7).
   *
   * @throws {TypeError} `ERR_SCOPE_LEFT`.
   * @throws {IoError} As `pipe` does; `EMFILE` also if the user has too many of them.
   *
   * @example
   * ```ts
   * import { inotify, unlink, writeFile } from "overlapped";
   * await writeFile("/tmp/overlapped-watched", "");
   * await using watcher = inotify();
   * watcher.add("/tmp/overlapped-watched");
   * await unlink("/tmp/overlapped-watched"); // It has one name less, which is an attribute.
   * console.log((await watcher.next()).events); // [ 'attributes' ]
   * ```
   */
  inotify(): FileWatcher {
    return makeFileWatcher(this);
  }
}
