// The everyday calls: what each takes and gives, and what must not compile. Never run.

import {
  appendFile,
  DirectoryEntry,
  EverydayCalls,
  exists,
  type FileType,
  type Io,
  type MakeDirectoryOptions,
  mkdir,
  mkdtemp,
  type Operation,
  type ReadDirectoryOptions,
  type ReadFileOptions,
  type RemoveOptions,
  readdir,
  readFile,
  remove,
  type Scope,
  type WriteFileAtomicOptions,
  type WriteFileOptions,
  walk,
  writeFile,
  writeFileAtomic,
} from "../../src/index.ts";
import { same } from "./same.ts";

const reading: ReadFileOptions = { maxBytes: 5, timeoutMs: 5 };
const writing: WriteFileOptions = { flags: "wx", mode: 0o600, sync: true };
const atomic: WriteFileAtomicOptions = { mode: 0o600, sync: false };
const listing: ReadDirectoryOptions = { recursive: true };
const removing: RemoveOptions = { recursive: true, force: true };
const making: MakeDirectoryOptions = { recursive: true, mode: 0o700 };

export function gives(io: Io, scope: Scope, text: ReadFileOptions["encoding"]): void {
  same<Promise<Uint8Array>>()(readFile("/a"));
  same<Promise<Uint8Array>>()(readFile("/a", { maxBytes: 5 }));
  same<Promise<string>>()(readFile("/a", { encoding: "utf8" }));
  same<Promise<string | Uint8Array>>()(readFile("/a", { ...reading, encoding: text }));
  same<Promise<void>>()(writeFile("/a", "text", writing));
  same<Promise<void>>()(appendFile("/a", new Uint8Array(1), writing));
  same<Promise<void>>()(writeFileAtomic("/a", "text", atomic));
  same<Promise<DirectoryEntry[]>>()(readdir("/a", listing));
  same<AsyncGenerator<DirectoryEntry, void, void>>()(walk("/a", listing));
  same<Promise<void>>()(remove("/a", removing));
  same<Promise<boolean>>()(exists("/a", { followSymlinks: false }));
  same<Operation<void>>()(mkdir("/a", 0o700, { timeoutMs: 5 }));
  same<Promise<void>>()(mkdir("/a", making));
  same<Promise<string>>()(mkdtemp("/tmp/a-", { timeoutMs: 5 }));
  const all: readonly EverydayCalls[] = [io, scope];
  for (const calls of all) same<Promise<string>>()(calls.mkdtemp("/tmp/a-"));
}

export function tells(entry: DirectoryEntry): void {
  same<string>()(entry.name);
  same<string>()(entry.path);
  same<FileType>()(entry.type);
  same<Uint8Array>()(entry.nameBytes);
  same<Uint8Array>()(entry.pathBytes);
  // @ts-expect-error what is in a directory is told, not given
  new DirectoryEntry("/", { name: "a", type: "file" });
}

export async function refuses(io: Io): Promise<void> {
  // @ts-expect-error text is UTF-8 always
  readFile("/a", { encoding: "latin1" });
  // @ts-expect-error options come in an object
  readFile("/a", "utf8");
  // @ts-expect-error data must be there
  writeFile("/a");
  // @ts-expect-error the option is called flags
  writeFile("/a", "text", { flag: "wx" });
  // @ts-expect-error a stream is no data: createWriter() takes one
  appendFile("/a", new ReadableStream());
  // @ts-expect-error what it replaces is not opened
  writeFileAtomic("/a", "text", { flags: "wx" });
  // @ts-expect-error types are told always
  readdir("/a", { withFileTypes: true });
  // @ts-expect-error it is asked for one by one: for await
  for (const _entry of walk("/a")) break;
  // @ts-expect-error it tries as often as it takes
  remove("/a", { maxRetries: 5 });
  // @ts-expect-error the option is called maxBytes
  readFile("/a", { maxByteLength: 5 });
  // @ts-expect-error a path is no number
  exists(5);
  // @ts-expect-error a mode is a number
  mkdir("/a", "0700");
  // @ts-expect-error a prefix is text
  mkdtemp(new Uint8Array(1));
  // @ts-expect-error not an operation: it is ended by its signal
  readFile("/a").cancel();
  // @ts-expect-error what lets operations begin is the library's own
  new EverydayCalls(io);
}
