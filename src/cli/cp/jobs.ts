// From the operands of the command line to jobs: which source gets which name.

import { type FileStat, IoError, stat } from "../../index.ts";
import { Claims } from "./claims.ts";
import { eachOf } from "./each.ts";
import { SOURCES_AT_ONCE } from "./limits.ts";
import { type Failure, isTooLong, reasonOf } from "./messages.ts";
import { baseName, joinPath, quotePath } from "./paths.ts";
import type { CopyRequest } from "./request.ts";

/** How much of a job is done, and how much there is. */
export interface Share {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly isTotalKnown: boolean;
}

/** One source, and the name that its copy gets. */
export interface Job {
  readonly source: Buffer;
  readonly destination: Buffer;
  readonly isDirectory: boolean;
  /** Bytes of a regular file. */
  readonly size: number;
  share: Share;
}

/** What is to be done. */
export interface Plan {
  readonly jobs: readonly Job[];
  /** Destinations that are taken; null for a single source, which is in nobody's way. */
  readonly claims: Claims | null;
}

type OnFailure = (failure: Failure) => void;

/** What cannot be done is told, and left out. */
export async function planJobs(request: CopyRequest, onFailure: OnFailure): Promise<Plan> {
  const { sources, destination } = request;
  const claims = sources.length > 1 ? new Claims() : null;
  const jobs: Job[] = [];
  const isFolder = await isIntoFolder(request, onFailure);
  if (isFolder === null) return { jobs, claims };
  const found: (FileStat | null)[] = [];
  await eachOf(sources.entries(), SOURCES_AT_ONCE, async ([index, source]) => {
    found[index] = await findSource(source, request, onFailure);
  });
  for (const [index, source] of sources.entries()) {
    const status = found[index] ?? null;
    if (status === null) continue;
    const name = isFolder ? nameIn(destination, source) : destination;
    const isFree = status.type === "directory" || claims?.take(name) !== false;
    if (isFree) jobs.push(newJob(source, name, status));
    else onFailure(conflict(source, name));
  }
  return { jobs, claims };
}

/** Two sources of one run have the same destination. */
export function conflict(source: string | Uint8Array, path: string | Uint8Array): Failure {
  const [name, from] = [quotePath(path), quotePath(source)];
  const message = `cannot overwrite ${name} with ${from}: it was just copied`;
  return { code: "EEXIST", path, message };
}

/** Whether the destination is a directory to copy into; null if it must be, and is not. */
async function isIntoFolder(request: CopyRequest, onFailure: OnFailure): Promise<boolean | null> {
  const { sources, destination, target, signal } = request;
  if (target === "name") return false;
  const found = await lookAt(destination, true, signal);
  const why = found !== null && "reason" in found ? found : NO_DIRECTORY;
  if (found === null || ("type" in found && found.type === "directory")) return true;
  // What is not there, or is a file, is the name of a single copy; copy() says whether it can be.
  if (target === "either" && sources.length === 1 && destination.length > 0) return false;
  const { code, reason } = why;
  const message = `cannot copy into ${quotePath(destination)}: ${reason}`;
  onFailure({ code, path: destination, message });
  return null;
}

const NO_DIRECTORY = { code: "ENOTDIR", reason: "it is no directory" } as const;

async function findSource(
  source: Buffer,
  { recursive, signal }: CopyRequest,
  onFailure: OnFailure,
): Promise<FileStat | null> {
  const found = await lookAt(source, !recursive, signal);
  if (found === null) return null;
  if ("reason" in found) {
    const message = `cannot open ${quotePath(source)}: ${found.reason}`;
    onFailure({ code: found.code, path: source, message });
    return null;
  }
  if (recursive || found.type !== "directory") return found;
  const message = `cannot copy ${quotePath(source)}: it is a directory, and -r was not given`;
  onFailure({ code: "EISDIR", path: source, message });
  return null;
}

/** Its status, or why it has none; null after an abort. */
async function lookAt(
  path: Buffer,
  followSymlinks: boolean,
  signal: AbortSignal,
): Promise<FileStat | { readonly code: string; readonly reason: string } | null> {
  if (path.length === 0) return { code: "ENOENT", reason: "no such file or directory" };
  try {
    return await stat(path, { followSymlinks, signal });
  } catch (error) {
    if (signal.aborted) return null;
    const reason = reasonOf(error);
    if (error instanceof IoError) return { code: error.code, reason };
    if (isTooLong(error)) return { code: "ENAMETOOLONG", reason };
    throw error;
  }
}

function newJob(source: Buffer, destination: Buffer, { type, size }: FileStat): Job {
  const isDirectory = type === "directory";
  const bytesTotal = type === "file" ? size : 0;
  const filesTotal = isDirectory ? 0 : 1;
  const share = { bytesDone: 0, bytesTotal, filesDone: 0, filesTotal, isTotalKnown: !isDirectory };
  return { source, destination, isDirectory, size: bytesTotal, share };
}

/** `cp -r tree/. there` copies what is in the tree, not a directory named `.`. */
function nameIn(folder: Buffer, source: Buffer): Buffer {
  const name = baseName(source);
  const isName = ![".", "..", "/"].includes(name.toString("latin1"));
  return isName ? joinPath(folder, name) : folder;
}
