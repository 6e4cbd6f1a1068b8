// A file system of FUSE for a test, which is gone when the test has ended, however it ended.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { writeFile } from "../../src/index.ts";
import { buildFuseServer, FuseServer } from "../support/fuse.ts";
import { makeTemporary } from "../support/temp.ts";
import { assertNothingHeld } from "./variant.ts";

/** Bytes of the file that is there. */
export const FILE_BYTES = 300_000;

export function contentOf(start: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = ((start + at) * 31) % 251;
  return bytes;
}

const builds: string = makeTemporary("fuse-server");
let built: ReturnType<typeof buildFuseServer> | undefined;

/** Once for a process: it takes longer than most tests. */
function builtServer(): ReturnType<typeof buildFuseServer> {
  built ??= buildFuseServer(builds);
  return built;
}

export interface Served {
  readonly server: FuseServer;
  /** Where it is mounted. */
  readonly directory: string;
  /** Of FILE_BYTES of `contentOf(0, …)`. */
  readonly path: string;
  /** A directory that no server can hold up. */
  readonly elsewhere: string;
}

/** What is held when `act` ends is answered, and nothing of it may be left. */
export async function withServer(act: (served: Served) => Promise<void>): Promise<void> {
  const temporary = mkdtempSync(join(tmpdir(), "overlapped-faults-"));
  // What hangs may be abandoned, and orphans hold no process.
  const holding = setInterval(() => {}, 1000);
  let server: FuseServer | null = null;
  try {
    server = await FuseServer.start(builtServer().path, join(temporary, "mounted"));
    const { directory } = server;
    const path = join(directory, "file");
    await writeFile(path, contentOf(0, FILE_BYTES));
    await act({ server, directory, path, elsewhere: temporary });
    assertNothingHeld();
  } finally {
    await server?.stop();
    clearInterval(holding);
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** For the `skip` option: false, or why no such file system can be had here. */
export async function noServer(): Promise<string | false> {
  const temporary = mkdtempSync(join(tmpdir(), "overlapped-faults-"));
  try {
    const { path, skip } = builtServer();
    return skip === false ? await FuseServer.refusal(path, join(temporary, "mounted")) : skip;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
