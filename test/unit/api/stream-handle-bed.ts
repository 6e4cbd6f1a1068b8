// A stream's handle on the fake backend, whose kernel answers when the test says so.

import type { StepClock } from "../../../src/base/step-clock.ts";
import type { Io, StreamHandle } from "../../../src/index.ts";
import { type FakeBackend, type FakeIo, makeFakeIo } from "../../support/fake-kernel-backend.ts";
import { FakeDescriptors } from "./fake-descriptors.ts";
import { FD, reactions } from "./fake-file.ts";
import { endAll } from "./streams-harness.ts";

export interface FakeStream {
  readonly io: Io;
  readonly backend: FakeBackend;
  readonly clock: StepClock;
  readonly stream: StreamHandle;
}

export async function openFakeStream(fake: FakeIo = makeFakeIo()): Promise<FakeStream> {
  const opening = fake.io.openPipe("/fake", "r+");
  fake.backend.answer({ kind: "opened", fd: FD, isStream: true });
  return { ...fake, stream: await opening };
}

/** What makes descriptors is a fake, too. */
export interface Bed extends FakeIo {
  readonly descriptors: FakeDescriptors;
}

export function makeBed(): Bed {
  const descriptors = new FakeDescriptors();
  return { ...makeFakeIo(descriptors), descriptors };
}

/** Closes, with whatever the kernel has to say to that. */
export async function close({ backend }: FakeIo, stream: StreamHandle): Promise<void> {
  const closing = stream.close();
  await endAll(backend);
  await closing;
}

/** What became of a promise of bytes: the text, or the error's code, bytes and reason. */
export function told(promise: Promise<Uint8Array>): Promise<string> {
  return promise.then(
    (bytes) => Buffer.from(bytes).toString(),
    ({ code, bytesTransferred, cause }) => {
      const reason = (cause as { code?: unknown } | undefined)?.code;
      return `${code} ${bytesTransferred}${typeof reason === "string" ? ` for ${reason}` : ""}`;
    },
  );
}

/** Each of them as soon as it has settled, in that order. */
export class Log {
  readonly lines: string[] = [];

  note(name: string, promise: Promise<Uint8Array>): void {
    void told(promise).then((text) => this.lines.push(`${name}: ${text}`));
  }

  /** What has been noted since the last look. */
  async take(): Promise<string[]> {
    await reactions();
    return this.lines.splice(0);
  }
}
