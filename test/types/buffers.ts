// Buffers and errors: what they take and give, and what must not compile. Never run.

import {
  BufferPool,
  type BufferPoolOptions,
  InvariantError,
  IoBuffer,
  IoError,
} from "../../src/index.ts";
import { same } from "./same.ts";

const options: BufferPoolOptions = { byteLength: 4096, count: 2 };

export function gives(pool: BufferPool): void {
  const buffer = new IoBuffer(4096);
  same<IoBuffer>()(IoBuffer.from("text"));
  same<IoBuffer>()(IoBuffer.from(new Uint8Array(1)));
  same<number>()(buffer.byteLength);
  same<boolean>()(buffer.isLent);
  same<Uint8Array>()(buffer.bytes);
  same<IoBuffer>()(pool.acquire());
  same<void>()(pool.release(buffer));
  same<number>()(pool.free + pool.quarantined);
  same<BufferPool>()(new BufferPool(options));
}

export function errors(error: unknown): void {
  if (error instanceof IoError) {
    same<string>()(error.code);
    same<number | undefined>()(error.errno);
    same<string>()(error.syscall);
    same<string | undefined>()(error.path);
    same<number>()(error.bytesTransferred);
    same<unknown>()(error.cause);
    // @ts-expect-error the code is told, not given
    error.code = "EIO";
  }
  if (error instanceof InvariantError) same<string>()(error.code);
}

export function refuses(buffer: IoBuffer, pool: BufferPool): void {
  // @ts-expect-error a buffer is never of nothing
  new IoBuffer();
  // @ts-expect-error bytes are copied by IoBuffer.from
  new IoBuffer(new Uint8Array(8));
  // @ts-expect-error a length is given to the constructor
  IoBuffer.from(4096);
  // @ts-expect-error its memory is its own
  buffer.bytes = new Uint8Array(8);
  // @ts-expect-error it is no array of bytes: those are in `bytes`
  buffer[0];
  // @ts-expect-error a pool has a size
  new BufferPool();
  // @ts-expect-error the option is called count
  new BufferPool({ byteLength: 4096, size: 2 });
  // @ts-expect-error all buffers of a pool are of one length
  pool.acquire(4096);
  // @ts-expect-error only its own buffers go back
  pool.release(new Uint8Array(8));
  // @ts-expect-error an error tells what it is about
  new IoError("no space");
  // @ts-expect-error it says what does not hold
  new InvariantError(5);
}
