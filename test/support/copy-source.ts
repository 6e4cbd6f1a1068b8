// A file that is big enough to be interrupted while it is copied, and looks at its copy.

import {
  closeSync,
  type FSWatcher,
  openSync,
  readdirSync,
  statSync,
  watch,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { Random } from "./tree.ts";

const MIB = 1024 * 1024;

/** Every block is different. */
export function makeSource(path: string, byteCount: number): void {
  const block = Buffer.alloc(MIB);
  new Random(1).fill(block);
  const fd = openSync(path, "wx");
  for (let position = 0; position < byteCount; position += MIB) {
    block.writeUInt32LE(position / MIB, 1000);
    writeSync(fd, block, 0, Math.min(MIB, byteCount - position));
  }
  closeSync(fd);
}

export function partsIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".part"));
}

/** Waits until the one part file in the folder is so big, or the copy has ended. */
export async function grown(
  copy: { ended(): Promise<unknown> },
  folder: string,
  byteCount: number,
): Promise<void> {
  let watcher: FSWatcher | undefined;
  const isGrown = new Promise<void>((resolve) => {
    const look = (): void => {
      if (sizeOfPart(folder) >= byteCount) resolve();
    };
    watcher = watch(folder, look);
    look();
  });
  await Promise.race([isGrown, copy.ended()]);
  watcher?.close();
}

/** -1 if there is none. */
function sizeOfPart(folder: string): number {
  const [part] = partsIn(folder);
  if (part === undefined) return -1;
  return statSync(join(folder, part), { throwIfNoEntry: false })?.size ?? -1;
}
