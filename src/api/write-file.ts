// writeFile and appendFile: open, write all, sync if wanted, close. And what is to be written, for
// writeFileAtomic, too.

import { giveBackBuffer, type IoBuffer, isIoBuffer, lendBuffer } from "../operation/buffer.ts";
import { copyToNative, returnCopy } from "../operation/copy.ts";
import { checkBuffer, takeBytes, type Writable } from "./data.ts";
import type { File } from "./file.ts";
import { type CallOptions, checkFlags, checkMode, takeFlag, takeOptions } from "./options.ts";
import { checkPath, type Path } from "./path.ts";
import type { PathCalls } from "./path-calls.ts";
import { beginWhole, closing, counted, type Whole } from "./whole.ts";

/** Options of `writeFile` and `appendFile`. */
export interface WriteFileOptions extends CallOptions {
  /** As in `open`: `"w"` if absent, or `"a"` for `appendFile`. */
  readonly flags?: string | number | undefined;
  /** Permissions of a file that is made, less the process's umask; 0o666 if absent. */
  readonly mode?: number | undefined;
  /** Whether the bytes are on the device when the promise resolves; they need not be if absent. */
  readonly sync?: boolean | undefined;
}

export function writeFile(
  calls: PathCalls,
  path: Path,
  data: Writable,
  options: WriteFileOptions | undefined,
  call: "writeFile" | "appendFile",
): Promise<void> {
  const { raw, shown: name } = checkPath(path, call);
  const given = takeOptions(options, call);
  const { flags = call === "writeFile" ? "w" : "a", mode = 0o666 } = options ?? {};
  checkFlags(flags, call);
  checkMode(mode, call);
  const sync = takeFlag(options, "sync", false, call);
  const payload = new Payload(data, call);
  return beginWhole(calls, {
    call,
    path: name,
    given,
    release: () => payload.release(),
    work: async (whole) => {
      const file = await whole.calls.open(raw, flags, mode, whole.options);
      await closing(file, async () => {
        await payload.writeTo(file, whole);
        if (sync) await file.sync(whole.options);
      });
    },
  });
}

/**
 * What is to be written, as it is when the call is made: the caller's buffer, lent from then on, or
 * a copy of bytes or text.
 */
export class Payload {
  readonly #buffer: IoBuffer;
  readonly #length: number;
  readonly #isCopy: boolean;
  /** Whether the buffer is lent by us, and not by an operation. */
  #isHeld: boolean;

  constructor(data: Writable, call: string) {
    if (isIoBuffer(data)) {
      checkBuffer(data, call);
      lendBuffer(data);
      this.#buffer = data;
      this.#length = data.byteLength;
    } else {
      const bytes = takeBytes(data, call);
      this.#buffer = copyToNative(bytes);
      this.#length = bytes.byteLength;
    }
    this.#isCopy = !isIoBuffer(data);
    this.#isHeld = !this.#isCopy;
  }

  async writeTo(file: File, whole: Whole): Promise<void> {
    this.#giveBack(); // To the write, in the same turn.
    if (this.#length === 0) return;
    const { options } = whole;
    const range = this.#isCopy ? { length: this.#length } : {};
    await counted(whole, file.writeAll(this.#buffer, { ...options, ...range }));
  }

  /** The call is over: the buffer is the caller's again. */
  release(): void {
    this.#giveBack();
    if (this.#isCopy) returnCopy(this.#buffer);
  }

  #giveBack(): void {
    if (this.#isHeld) giveBackBuffer(this.#buffer);
    this.#isHeld = false;
  }
}
