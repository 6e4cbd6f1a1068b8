// A scope on the fake backend, whose kernel answers when the test says so.

import type { ScopeOptions } from "../../../src/index.ts";
import { type File, type Io, IoBuffer, type Operation, Scope } from "../../../src/index.ts";
import { type FakeIo, makeFakeIo } from "../../support/fake-kernel-backend.ts";
import { reactions } from "./fake-file.ts";

export class ScopeBed {
  readonly fake: FakeIo = makeFakeIo();
  readonly scope: Scope;
  /** What has happened, in order. */
  readonly log: string[] = [];
  #lastFd = 20;

  constructor(options: Omit<ScopeOptions, "io"> = {}) {
    this.scope = new Scope({ ...options, io: this.io });
  }

  get io(): Io {
    return this.fake.io;
  }

  /** Opens a stream with descriptors 21, 22 and so on. */
  async open(calls: Pick<Io, "open"> = this.scope): Promise<File> {
    const opening = calls.open("/file", "r+");
    this.answer("open");
    return opening;
  }

  /** Begins to leave, and logs when that is over. */
  leave(scope: Scope = this.scope): Promise<void> {
    const leaving = scope.leave();
    void leaving.then(
      () => this.log.push("left"),
      () => this.log.push("left with an error"),
    );
    return leaving;
  }

  /** The kernel's last word on the oldest pending request of a kind. */
  answer(kind: "open" | "close" | "read" | "write" | "stat", how: How = "done"): void {
    const { backend } = this.fake;
    this.log.push(`${kind} ${how}`);
    if (how === "canceled") backend.answerKind(kind, { kind: "canceled" });
    else if (how === "EIO") backend.answerKind(kind, { kind: "failed", errno: 5 });
    else if (kind === "open") {
      backend.answerKind(kind, { kind: "opened", fd: ++this.#lastFd, isStream: true });
    } else backend.answerKind(kind, { kind: "done", value: 1 });
  }

  /** Kinds of the requests that the kernel has, oldest first. */
  get pending(): string[] {
    return this.fake.backend.kinds;
  }

  /** How many requests the kernel was ever given. */
  get submissions(): number {
    return this.fake.backend.log.length;
  }
}

type How = "done" | "canceled" | "EIO";

export function readOf(file: File): Operation<number> {
  return file.read(new IoBuffer(8));
}

/** What everybody would do who has something to do by now has been done. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await reactions();
}

/** The error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It did not reject");
}

/** The code of an error, and of its cause. */
export function codesOf(error: unknown): (string | undefined)[] {
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  return [code, cause?.code];
}
