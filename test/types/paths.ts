// Calls by path: what each takes and gives, and what must not compile. Never run.

import {
  type CallOptions,
  chmod,
  chown,
  type File,
  type FileStat,
  type FileType,
  type Io,
  link,
  lstat,
  type Operation,
  open,
  type Path,
  PathCalls,
  readlink,
  readlinkBytes,
  rename,
  rmdir,
  type StatOptions,
  stat,
  symlink,
  type Time,
  unlink,
  utimes,
} from "../../src/index.ts";
import { same } from "./same.ts";

const options: CallOptions = { signal: AbortSignal.abort(), timeoutMs: 5 };
const absent: CallOptions = { signal: undefined, timeoutMs: undefined };
const paths: readonly Path[] = ["/a", new Uint8Array(1), Buffer.from("/a"), new URL("file:///a")];
const times: readonly Time[] = [new Date(0), 0, 0n];
const followed: StatOptions = { followSymlinks: false, ...options };

export function gives(io: Io, [path = "/"]: typeof paths, [time = 0]: typeof times): void {
  same<Operation<File>>()(open(path));
  same<Operation<File>>()(open(path, "r+", 0o644, options));
  same<Operation<File>>()(open(path, 0));
  same<Operation<File>>()(io.open(path, undefined, undefined, absent));
  same<Operation<FileStat>>()(stat(path, followed));
  same<Operation<FileStat>>()(lstat(path, options));
  same<Operation<string>>()(readlink(path, options));
  same<Operation<Uint8Array>>()(readlinkBytes(path, options));
  same<Operation<void>>()(chmod(path, 0o644, options));
  same<Operation<void>>()(chown(path, 0, 0, followed));
  same<Operation<void>>()(utimes(path, time, time, followed));
  same<Operation<void>>()(rename(path, path, options));
  same<Operation<void>>()(link(path, path, options));
  same<Operation<void>>()(symlink(path, path, options));
  same<Operation<void>>()(unlink(path, options));
  same<Operation<void>>()(rmdir(path, options));
  const calls: PathCalls = io;
  same<Operation<FileStat>>()(calls.stat(path));
}

type Described = Readonly<
  Record<"mode" | "size" | "nlink" | "uid" | "gid" | "blksize" | "blocks", number> &
    Record<"atimeMs" | "mtimeMs" | "ctimeMs" | "birthtimeMs", number> &
    Record<"dev" | "ino" | "rdev" | "atimeNs" | "mtimeNs", bigint> & { type: FileType }
>;

export function tells(described: FileStat): void {
  same<Described>()(described);
  // @ts-expect-error what the kernel told stays as it is
  described.size = 0;
}

export async function refuses(io: Io): Promise<void> {
  // @ts-expect-error a path is no number
  open(1);
  // @ts-expect-error flags are a name or a number
  open("/a", true);
  // @ts-expect-error a mode is a number
  open("/a", "w", "0644");
  // @ts-expect-error a limit of time has its unit in its name
  open("/a", "r", 0o666, { timeout: 5 });
  // @ts-expect-error a promise of a file is no file: await it
  open("/a").read;
  // @ts-expect-error closing has to be waited for: await using
  using _file = await open("/a");
  // @ts-expect-error a path must be there
  stat();
  // @ts-expect-error the option is called followSymlinks
  stat("/a", { followSymlink: false });
  // @ts-expect-error a limit of time is a number
  stat("/a", { timeoutMs: "5" });
  // @ts-expect-error a signal, not its controller
  stat("/a", { signal: new AbortController() });
  // @ts-expect-error it never follows
  lstat("/a", { followSymlinks: true });
  // @ts-expect-error text always: readlinkBytes gives bytes
  readlink("/a", "utf8");
  // @ts-expect-error null is no path
  readlinkBytes(null);
  // @ts-expect-error a mode is a number
  chmod("/a", "0644");
  // @ts-expect-error by number, not by name
  chown("/a", "root", "root");
  // @ts-expect-error a time is no text
  utimes("/a", "1970-01-01", 0);
  // @ts-expect-error a second path must be there
  rename("/a");
  // @ts-expect-error a second path must be there
  link("/a", { timeoutMs: 5 });
  // @ts-expect-error there are no types of links
  symlink("/a", "/b", "dir");
  // @ts-expect-error a path is no number
  unlink(3);
  // @ts-expect-error it removes an empty directory: remove() can do more
  rmdir("/a", { recursive: true });
  // @ts-expect-error what lets operations begin is the library's own
  new PathCalls(io);
}
