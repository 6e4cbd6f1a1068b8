// SHA-256 of every file of a tree, eight at a time. Ctrl-C ends it, and so does the first file that
// cannot be read: whatever was begun is over, and every file closed, before the program goes on.
// node dist/examples/checksums.js DIRECTORY

import { createHash } from "node:crypto";
import { Scope } from "overlapped";

const FILES_AT_ONCE = 8;

async function sumOf(path: Uint8Array, scope: Scope): Promise<string> {
  const hash = createHash("sha256");
  const file = await scope.open(path);
  for await (const bytes of file.createReader()) hash.update(bytes);
  return hash.digest("hex");
}

async function printSums(directory: string, scope: Scope): Promise<number> {
  const entries = scope.walk(directory);
  let count = 0;
  // All take from the same walk, each the next entry that nobody has yet.
  const work = async (): Promise<void> => {
    for await (const { type, path, pathBytes } of entries) {
      if (type !== "file") continue;
      console.log(await sumOf(pathBytes, scope), path); // Bytes: a name may be no text.
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, () => scope.run(work)));
  return count;
}

const controller = new AbortController();
process.once("SIGINT", () => controller.abort(new Error("Ctrl-C")));
try {
  const { signal } = controller;
  const directory = process.argv[2] ?? import.meta.dirname;
  const count = await Scope.use({ signal }, (scope) => printSums(directory, scope));
  console.log(`${count} files`);
} catch (error) {
  // Several may have failed before the first failure could stop the others.
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  for (const each of errors) console.error(String(each));
  process.exitCode = 1;
}
