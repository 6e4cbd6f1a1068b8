// What a program sees with --json: one JSON object on each line of stdout. People still have
// their messages on stderr.

import { isUtf8 } from "node:buffer";
import type { CopyEntry } from "../../index.ts";
import type { Account } from "./account.ts";
import type { Verified } from "./compare.ts";
import { UPDATE_MS } from "./limits.ts";
import { type Failure, reasonOf } from "./messages.ts";
import { bytesOf } from "./paths.ts";
import type { End, Reporter } from "./reporter.ts";

export class JsonReporter implements Reporter {
  readonly wantsEntries = true;
  readonly #stream: NodeJS.WriteStream;
  readonly #account: Account;
  readonly #people: Reporter;
  readonly #timer: NodeJS.Timeout;
  /** Why lines are missing. A reader that has gone wants no more: that is no failure. */
  #writeError: NodeJS.ErrnoException | null = null;

  constructor(stream: NodeJS.WriteStream, account: Account, people: Reporter) {
    this.#stream = stream;
    this.#account = account;
    this.#people = people;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") this.#writeError ??= error;
    });
    // Who reads slowly gets less of what is out of date by then.
    this.#timer = setInterval(() => {
      if (!stream.writableNeedDrain) this.#progress();
    }, UPDATE_MS);
    this.#timer.unref();
  }

  entry(entry: CopyEntry): void {
    const { stage, type, bytes, method } = entry;
    void this.#write("entry", { stage, type, ...namesOf(entry), bytes, method });
  }

  verified(entry: CopyEntry, { bytes, sha256, readFrom }: Verified): void {
    const what = { stage: "verified", type: entry.type, ...namesOf(entry) };
    void this.#write("entry", { ...what, bytes, sha256, readFrom });
  }

  failure(failure: Failure): void {
    const { code, path, message } = failure;
    void this.#write("error", { code, message, ...pathFields("path", path) });
    this.#people.failure(failure);
  }

  note(message: string): void {
    this.#people.note(message);
  }

  async finish(end: End): Promise<number> {
    clearInterval(this.#timer);
    this.#progress();
    const { sum, failures, verified, kept, durationMs } = this.#account;
    const { leftBehind, ...counts } = sum;
    const names = { kept: kept.map(textOf), leftBehind: leftBehind.map(textOf) };
    const written = this.#write("summary", {
      ...end,
      ...counts,
      failures,
      verified,
      ...names,
      durationMs: Math.round(durationMs),
    });
    await written;
    if (this.#writeError === null) return await this.#people.finish(end);
    this.note(`cannot write to stdout: ${reasonOf(this.#writeError)}`);
    return (await this.#people.finish(end)) || 1;
  }

  #progress(): void {
    const { current, bytesPerSecond, ...totals } = this.#account.snapshot();
    const rate = { bytesPerSecond: Math.round(bytesPerSecond) };
    if (current === null) {
      void this.#write("progress", { ...totals, ...rate });
      return;
    }
    const { bytesDone: fileBytesDone, bytesTotal: fileBytesTotal } = current;
    const file = { ...namesOf(current), fileBytesDone, fileBytesTotal };
    void this.#write("progress", { ...totals, ...rate, ...file });
  }

  #write(event: string, fields: object): Promise<void> {
    const line = `${JSON.stringify({ event, ...fields })}\n`;
    return new Promise((resolve) => this.#stream.write(line, () => resolve()));
  }
}

interface Names {
  readonly source: string | Uint8Array;
  readonly destination: string | Uint8Array;
}

function namesOf({ source, destination }: Names): Record<string, string> {
  return { ...pathFields("source", source), ...pathFields("destination", destination) };
}

/** JSON has no bytes: a path that is not UTF-8 is given twice, readable and true. */
function pathFields(name: string, path: string | Uint8Array): Record<string, string> {
  const fields = { [name]: textOf(path) };
  if (typeof path === "string" || isUtf8(path)) return fields;
  return { ...fields, [`${name}Base64`]: bytesOf(path).toString("base64") };
}

function textOf(path: string | Uint8Array): string {
  return typeof path === "string" ? path : bytesOf(path).toString();
}
