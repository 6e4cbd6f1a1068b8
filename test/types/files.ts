// Files: what each method takes and gives, and what must not compile. Never run.

import {
  type AllocateOptions,
  type CallOptions,
  File,
  FileAttributes,
  type FileStat,
  type HandleState,
  type Io,
  type IoBuffer,
  type IoError,
  Operation,
  type OperationState,
  type Outcome,
  type TransferOptions,
  type VectorOptions,
  type Writable,
} from "../../src/index.ts";
import { same } from "./same.ts";

const options: CallOptions = { signal: AbortSignal.abort(), timeoutMs: 5 };
const transfer: TransferOptions = { position: 0, offset: 0, length: 1, ...options };
const vector: VectorOptions = { position: 0, ...options };
const allocate: AllocateOptions = { keepSize: true, ...options };

export function gives(file: File, buffer: IoBuffer, data: Writable): void {
  same<string>()(file.path);
  same<HandleState>()(file.state);
  same<boolean>()(file.isStream);
  same<Operation<number>>()(file.read(buffer, transfer));
  same<Operation<number>>()(file.readFully(buffer, transfer));
  same<Operation<number>>()(file.write(data, transfer));
  same<Operation<number>>()(file.writeAll(data, transfer));
  same<Operation<number>>()(file.readv([buffer], vector));
  same<Operation<number>>()(file.writev([buffer] as const, vector));
  same<Operation<FileStat>>()(file.stat(options));
  same<Operation<void>>()(file.truncate(0, options));
  same<Operation<void>>()(file.allocate(0, 1, allocate));
  same<Operation<void>>()(file.chmod(0o644, options));
  same<Operation<void>>()(file.chown(0, 0, options));
  same<Operation<void>>()(file.utimes(0, 0n, options));
  same<Operation<void>>()(file.sync(options));
  same<Operation<void>>()(file.datasync(options));
  same<Operation<void>>()(file.close(options));
  same<Promise<void>>()(file.cancelAll());
  same<File>()(file.ref());
  same<File>()(file.unref());
  const attributes: FileAttributes = file;
  same<Operation<FileStat>>()(attributes.stat());
}

export async function operations(operation: Operation<number>): Promise<void> {
  same<number>()(await operation);
  same<OperationState>()(operation.state);
  same<Operation<number>>()(operation.cancel());
  same<Operation<number>>()(operation.abandon());
  same<Promise<Outcome<number>>>()(operation.outcome());
  const derived: Promise<string> = operation.then(String);
  const outcome = await operation.outcome();
  same<number>()(outcome.bytesTransferred);
  if (outcome.status === "completed") same<number>()(outcome.value);
  else same<IoError>()(outcome.error);
  // @ts-expect-error only what completed has a value
  outcome.value;
  // @ts-expect-error only what did not complete has an error
  outcome.error;
  // @ts-expect-error what is derived from an operation is a plain promise
  derived.cancel();
  // @ts-expect-error the cause of a cancel is told with a signal
  operation.cancel("reason");
  // @ts-expect-error it gives up waiting for all of it, and takes nothing
  operation.abandon(5);
  // @ts-expect-error it waits as long as it takes
  operation.outcome({ timeoutMs: 5 });
  // @ts-expect-error operations are made by calls
  new Operation(() => {});
}

export async function refuses(file: File, io: Io, buffer: IoBuffer): Promise<void> {
  // @ts-expect-error files are made by open()
  new File();
  // @ts-expect-error they are a part of a file
  new FileAttributes(file);
  // @ts-expect-error memory that the language can take away is not read into
  file.read(new Uint8Array(8));
  // @ts-expect-error neither is a pooled buffer
  file.read(Buffer.alloc(8));
  // @ts-expect-error a position is a number
  file.read(buffer, { position: "0" });
  // @ts-expect-error no file is longer than a safe integer can tell
  file.read(buffer, { position: 0n });
  // @ts-expect-error options come in an object
  file.read(buffer, 0, 8, 0);
  // @ts-expect-error the option is called position
  file.readFully(buffer, { offest: 1 });
  // @ts-expect-error null is not absent
  file.write("text", { position: null });
  // @ts-expect-error a number is no data
  file.write(5);
  // @ts-expect-error several pieces are written by writev()
  file.writeAll(["text"]);
  // @ts-expect-error several buffers come in an array
  file.readv(buffer, buffer);
  // @ts-expect-error text has no buffer: write() copies it
  file.writev(["text"]);
  // @ts-expect-error the file of a descriptor follows nothing
  file.stat({ followSymlinks: true });
  // @ts-expect-error a length must be there
  file.truncate();
  // @ts-expect-error a length must be there
  file.allocate(0);
  // @ts-expect-error a mode is a number
  file.chmod("0644");
  // @ts-expect-error by number, not by name
  file.chown("root", 0);
  // @ts-expect-error two times must be there
  file.utimes(0);
  // @ts-expect-error datasync() is a call of its own
  file.sync("data");
  // @ts-expect-error options come in an object
  file.datasync(5);
  // @ts-expect-error a limit of time is a number
  file.close({ timeoutMs: "5" });
  // @ts-expect-error it takes no reason
  file.cancelAll("reason");
  // @ts-expect-error it takes nothing
  file.ref(true);
  // @ts-expect-error it takes nothing
  file.unref(true);
  // @ts-expect-error the state is the library's to change
  file.state = "closed";
  // @ts-expect-error a count is no promise any more
  (await file.read(buffer)).cancel();
  // @ts-expect-error closing has to be waited for: await using
  using _file = await io.open("/a");
}
