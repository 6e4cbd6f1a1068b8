/** What the checks need: a directory with FIFOs, and bounds on every wait. */

import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Far more than a check takes; what has not ended by then never does. */
const WAIT_MS_MAX = 3000;

const FIFOS = ["one", "two", "three"];

export class Bed {
  /** Empty if there is none. */
  readonly directory: string;
  /** Why there are no FIFOs; null if there are. */
  readonly why: string | null;

  constructor() {
    let directory = "";
    let why: string | null = null;
    try {
      directory = mkdtempSync(join(tmpdir(), "overlapped-doctor-"));
    } catch (error) {
      why = `there is no temporary directory: ${(error as Error).message}`;
    }
    this.directory = directory;
    this.why = why ?? this.#makeFifos();
  }

  /** One that nothing is in. */
  fifo(index: number): string {
    return join(this.directory, FIFOS[index] ?? "");
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** From outside; somebody must have it open. */
  write(fifo: string, text: string): void {
    const fd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      writeSync(fd, text);
    } finally {
      closeSync(fd);
    }
  }

  dispose(): void {
    if (this.directory !== "") rmSync(this.directory, { recursive: true, force: true });
  }

  #makeFifos(): string | null {
    try {
      const paths = FIFOS.map((name) => join(this.directory, name));
      execFileSync("mkfifo", paths, { stdio: "pipe", timeout: WAIT_MS_MAX });
      return null;
    } catch (error) {
      return `there is no mkfifo: ${(error as Error).message.split("\n")[0]}`;
    }
  }
}

/** Rejects if it takes too long. */
export function inTime<T>(work: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`it had not ended after ${WAIT_MS_MAX / 1000} s`)),
      WAIT_MS_MAX,
    );
    work.then(resolve, reject).then(() => clearTimeout(timer));
  });
}

/** The event loop has turned a few times: what was called is with the kernel. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The `code` of an error, or what it is instead. */
export function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : String(error);
}

/** What a promise that must reject rejects with. */
export function refusal(work: PromiseLike<unknown>): Promise<string> {
  return inTime(
    work.then(
      () => "it succeeded",
      (error: unknown) => codeOf(error),
    ),
  );
}

export function expect(isSo: boolean, complaint: string): void {
  if (!isSo) throw new Error(complaint);
}

export function expectEqual(found: unknown, wanted: unknown, what: string): void {
  expect(Object.is(found, wanted), `${what} is ${String(found)}, not ${String(wanted)}`);
}
