/** Loads one library and no other. */

import type { Library, LibraryName } from "../library.ts";

const LOADERS: Readonly<Record<LibraryName, () => Promise<Library>>> = {
  "node:fs": async () => (await import("./node.ts")).nodeLibrary,
  bun: async () => (await import("./bun.ts")).bunLibrary,
  deno: async () => (await import("./deno.ts")).denoLibrary,
  overlapped: async () => (await import("./overlapped.ts")).overlappedLibrary,
};

export function libraryOf(name: LibraryName): Promise<Library> {
  return LOADERS[name]();
}
