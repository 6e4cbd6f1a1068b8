// Whole files, in turn, by what each implementation calls the simplest way to read one.

import { readFile as callbackReadFile, readFileSync } from "node:fs";
import { readFile as promisesReadFile } from "node:fs/promises";
import { join } from "node:path";
import type { Implementation, SampleSpec } from "../protocol.ts";
import { SMALL_FILES, smallFileBytes, smallFileName } from "../small-files.ts";
import type { Quota, Reader } from "./reader.ts";

type ReadFile = (path: string) => Promise<Uint8Array>;

interface BunFile {
  bytes(): Promise<Uint8Array>;
}

/** Each loads what it needs, so that no peer pays for another's modules. */
const READERS: Readonly<Partial<Record<Implementation, () => Promise<ReadFile>>>> = {
  overlapped: () => loadOverlapped("uring"),
  "overlapped-portable": () => loadOverlapped("portable"),
  "overlapped-without-shim": () => loadOverlapped("portable"),
  promises: async () => (path) => promisesReadFile(path),
  callback: async () => (path) =>
    new Promise((resolve, reject) => {
      callbackReadFile(path, (error, bytes) => {
        if (error === null) resolve(bytes);
        else reject(error);
      });
    }),
  sync: async () => async (path) => readFileSync(path),
  "bun-file": async () => {
    const { Bun } = globalThis as unknown as { Bun: { file(path: string): BunFile } };
    return (path) => Bun.file(path).bytes();
  },
};

async function loadOverlapped(wanted: "uring" | "portable"): Promise<ReadFile> {
  const { readFile, status } = await import("../../src/index.ts");
  const { backend, reason } = status();
  if (backend !== wanted) throw new Error(`No ${wanted} to measure: ${backend ?? reason}`);
  return (path) => readFile(path);
}

export async function openFileReader({
  implementation,
  path,
  parameters,
}: SampleSpec): Promise<Reader> {
  const load = READERS[implementation];
  if (load === undefined) throw new Error(`No way of ${implementation} to read a file`);
  const readFile = await load();
  const paths = Array.from({ length: SMALL_FILES }, (_, at) => join(path, smallFileName(at)));
  for (const each of paths) readFileSync(each);
  let last = 0;
  const lane = async (quota: Quota): Promise<void> => {
    while (quota.left > 0) {
      quota.left -= 1;
      last = (last + 1) % SMALL_FILES;
      const at = last;
      const { byteLength } = await readFile(paths[at] ?? "");
      if (byteLength !== smallFileBytes(at)) throw new Error(`File ${at} had ${byteLength} bytes`);
    }
  };
  return {
    run: async (quota) => {
      await Promise.all(Array.from({ length: parameters.depth }, () => lane(quota)));
    },
    close: () => Promise.resolve(),
  };
}
