// What the library does not offer yet: these few calls go through node:fs, and only these. None
// moves file data. They run on libuv's threads and cannot be canceled.

import { chmod, readdir, readlink, realpath } from "node:fs/promises";

/** The names in a directory, as bytes. */
export function listDirectory(path: Buffer): Promise<Buffer[]> {
  return readdir(path, { encoding: "buffer" });
}

/** What a symbolic link points to, as bytes. */
export function readLink(path: Buffer): Promise<Buffer> {
  return readlink(path, { encoding: "buffer" });
}

/** The path without any symbolic link in it. */
export function realPath(path: Buffer): Promise<Buffer> {
  return realpath(path, { encoding: "buffer" });
}

/** Sets the permission bits, whatever the process's umask. */
export function changeMode(path: Buffer, mode: number): Promise<void> {
  return chmod(path, mode);
}
