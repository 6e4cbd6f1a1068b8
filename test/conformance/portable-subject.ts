// The portable backend with the shim, and the real file system, for the conformance suite.

import { chosenBackend, FileSystem, REAL_ABILITIES, realStage } from "./file-system.ts";
import type { Subject } from "./subject.ts";

// Before anybody chooses, here and in processes that load this.
process.env.OVERLAPPED_BACKEND = "portable";

export const subject: Subject = {
  name: "the portable backend with the shim",
  abilities: {
    ...REAL_ABILITIES,
    overtaking: "a cancel of what waits is done at once, before anybody looks for bytes",
  },
  module: new URL(import.meta.url),
  makeWorld: () => new FileSystem(),
  makeStage: realStage,
  openBackend: chosenBackend,
};
