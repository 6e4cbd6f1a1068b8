// A file on the fake backend, and buffers whose bytes "the kernel has written".

import type { StepClock } from "../../../src/base/step-clock.ts";
import type { File, Io, Operation } from "../../../src/index.ts";
import { IoBuffer } from "../../../src/index.ts";
import {
  type FakeBackend,
  type FakeIo,
  makeFakeIo,
  type Submission,
} from "../../support/fake-kernel-backend.ts";

export interface FakeFile {
  readonly io: Io;
  readonly backend: FakeBackend;
  readonly clock: StepClock;
  readonly file: File;
}

export const FD = 21;

export async function openFake(isStream: boolean, fake: FakeIo = makeFakeIo()): Promise<FakeFile> {
  const opening = fake.io.open("/fake", "r+");
  fake.backend.answer({ kind: "opened", fd: FD, isStream });
  return { ...fake, file: await opening };
}

/** A buffer that begins with `text`, which a read of so many bytes then seems to have brought. */
export function bufferWith(text: string, byteLength: number = text.length): IoBuffer {
  const buffer = new IoBuffer(byteLength);
  buffer.bytes.set(Buffer.from(text));
  return buffer;
}

export function textOf(buffer: IoBuffer, start = 0, end: number = buffer.byteLength): string {
  return Buffer.from(buffer.bytes.subarray(start, end)).toString();
}

/** Rejections that a test expects and looks at by other means. */
export function quiet<T>(operation: Operation<T>): Operation<T> {
  operation.catch(() => {});
  return operation;
}

/** Each pending request as `kind@position+length`. */
export function pendingOf(backend: FakeBackend): string[] {
  return backend.pending.map(({ request }: Submission) => {
    if (request.kind === "read" || request.kind === "write") {
      return `${request.kind}@${request.position}+${request.length}`;
    }
    if (request.kind === "readv" || request.kind === "writev") {
      return `${request.kind}@${request.position}`;
    }
    return request.kind;
  });
}

/** All reactions to what has been settled have run. */
export async function reactions(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
