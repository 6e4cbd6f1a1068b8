// The portable backend without the shim, and the real file system, for the conformance suite.

import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { wakeWhenReadable } from "../../src/backend/portable/node-wakes.ts";
import { pathsAreText } from "../../src/backend/portable/runtimes.ts";
import { makeFifo } from "../support/fifo.ts";
import { chosenBackend, FileSystem, REAL_ABILITIES, realStage } from "./file-system.ts";
import type { Subject } from "./subject.ts";

/** Asked of a FIFO: whether the runtime's sockets tell of bytes, as libuv's do. */
function knowsOfBytes(): boolean {
  const directory = mkdtempSync(join(tmpdir(), "overlapped-wakes-"));
  const fd = openSync(makeFifo(directory, "fifo"), constants.O_RDWR | constants.O_NONBLOCK);
  try {
    const stop = wakeWhenReadable(fd, () => {});
    stop?.();
    return stop !== null;
  } finally {
    closeSync(fd);
    rmSync(directory, { recursive: true });
  }
}

// Before anybody chooses, here and in processes that load this.
process.env.OVERLAPPED_SHIM = "off";

export const subject: Subject = {
  name: "the portable backend without the shim",
  abilities: {
    ...REAL_ABILITIES,
    overtaking: "a cancel of what waits is done at once, before anybody looks for bytes",
    waitingPolls: knowsOfBytes() || "the runtime has no socket that tells of bytes",
    bytePaths: !pathsAreText || "the runtime makes text of every path",
    writablePolls: "Node can only tell by writing",
    nanoseconds: "Node takes a time as a number of seconds, exact to less than a microsecond",
  },
  absent: {
    allocate: "Node has no fallocate(2)",
    clone: "Node clones by path, and changes the mode",
    copyFiles: "it is for threads of the shim; copy() does it by other means",
  },
  module: new URL(import.meta.url),
  makeWorld: () => new FileSystem(),
  makeStage: realStage,
  openBackend: chosenBackend,
};
