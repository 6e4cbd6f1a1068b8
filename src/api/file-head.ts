// The head of a file: opened, read, and closed again if that was all of it. This is where the time
// of reading small files goes, so there is no promise and no handle in between.
//
//   open ──► read, to the end or as much as wanted ──┬─ all ───► close ──► nothing is open
//                                                    └─ more ──► a file, to read on
//
// The descriptor is used by one operation after the other, and closed after the last (P3).

import { type Completion, NO_POSITION, type Request } from "../backend/contract.ts";
import { bug } from "../base/assert.ts";
import type { IoError } from "../base/errors.ts";
import { O_CLOEXEC, O_RDONLY } from "../kernel/open-flags.ts";
import { type IoBuffer, memoryOf } from "../operation/buffer.ts";
import type { Listener } from "../operation/operation.ts";
import { type CopyPath, shownPath } from "./copy/paths.ts";
import { type File, makeFile } from "./file.ts";
import { Handle } from "./handle.ts";
import { type Given, takeOptions } from "./options.ts";
import { type Starter, starterOf } from "./path-calls.ts";
import type { Whole } from "./whole.ts";

type Opened = Extract<Completion, { readonly kind: "opened" }>;

type Step = "opening" | "reading" | "closing";

const NO_BUFFERS: readonly IoBuffer[] = [];
const NOTHING_GIVEN: Given = takeOptions(undefined, "close");

/**
 * Reads the first `length` bytes. Resolves to the file if that many are there, and so there may be
 * more; else to null. Their number is `bytesTransferred` of the call.
 */
export function readHead(
  whole: Whole,
  path: CopyPath,
  buffer: IoBuffer,
  length: number,
): Promise<File | null> {
  return new Promise((resolve, reject) => {
    new Reading(whole, path, buffer, length, resolve, reject).open();
  });
}

/** Hears of one operation after the other. */
class Reading implements Listener {
  readonly #whole: Whole;
  readonly #path: CopyPath;
  readonly #buffer: IoBuffer;
  readonly #length: number;
  readonly #resolve: (file: File | null) => void;
  readonly #reject: (error: IoError) => void;
  readonly #starter: Starter;
  readonly #given: Given;
  #step: Step = "opening";
  #opened: Opened | null = null;
  #failure: IoError | null = null;

  constructor(
    whole: Whole,
    path: CopyPath,
    buffer: IoBuffer,
    length: number,
    resolve: (file: File | null) => void,
    reject: (error: IoError) => void,
  ) {
    this.#whole = whole;
    this.#path = path;
    this.#buffer = buffer;
    this.#length = length;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#starter = starterOf(whole.calls) ?? bug("head: calls without a starter");
    this.#given = takeOptions(whole.options, whole.call);
  }

  open(): void {
    const open = { kind: "open", path: this.#path, flags: O_RDONLY | O_CLOEXEC, mode: 0 } as const;
    this.#begin(this.#starter, open, NO_BUFFERS, this.#given);
  }

  finish(completion: Completion, bytesTransferred: number): void {
    if (completion.kind === "opened") this.#opened = completion;
    else this.#whole.bytesTransferred += bytesTransferred;
  }

  resolve(): void {
    if (this.#step === "opening") this.#read();
    else if (this.#step === "closing") this.#end();
    else if (this.#whole.bytesTransferred < this.#length) this.#close();
    else this.#resolve(this.#handOver());
  }

  reject(error: IoError): void {
    this.#failure ??= error;
    this.#whole.bytesTransferred += error.bytesTransferred;
    if (this.#step === "reading") this.#close();
    else this.#end();
  }

  #read(): void {
    this.#step = "reading";
    const { fd, isStream } = this.#opened ?? bug("head: read before it was open");
    const memory = memoryOf(this.#buffer);
    const position = isStream ? NO_POSITION : 0;
    const part = { memory, offset: 0, length: this.#length, position };
    this.#begin(this.#starter, { kind: "read", fd, ...part }, [this.#buffer], this.#given);
  }

  /** Whatever ends the call, and the scope that it is in. */
  #close(): void {
    this.#step = "closing";
    const { fd } = this.#opened ?? bug("head: closed before it was open");
    const starter = starterOf(this.#whole.cleanup) ?? bug("head: calls without a starter");
    this.#begin(starter, { kind: "close", fd }, NO_BUFFERS, NOTHING_GIVEN);
  }

  #end(): void {
    if (this.#failure === null) this.#resolve(null);
    else this.#reject(this.#failure);
  }

  #handOver(): File {
    const opened = this.#opened ?? bug("head: handed over before it was open");
    const handle = new Handle(this.#starter.table, opened, shownPath(this.#path), false);
    handle.moveTo(this.#whole.bytesTransferred);
    return makeFile(handle);
  }

  #begin(starter: Starter, request: Request, buffers: readonly IoBuffer[], given: Given): void {
    const { path } = this.#whole;
    const isWhole = request.kind === "read";
    const options = { request, owner: null, path, buffers, isWhole, isCopy: false };
    starter.begin(options, this, given);
  }
}
