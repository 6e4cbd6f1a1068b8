// io_uring and the real file system, for the conformance suite.

import { chosenBackend, FileSystem, REAL_ABILITIES, realStage } from "./file-system.ts";
import type { Subject } from "./subject.ts";

// Before anybody chooses, here and in processes that load this.
process.env.OVERLAPPED_BACKEND = "uring";

export const subject: Subject = {
  name: "io_uring",
  abilities: REAL_ABILITIES,
  module: new URL(import.meta.url),
  makeWorld: () => new FileSystem(),
  makeStage: realStage,
  openBackend: chosenBackend,
};
