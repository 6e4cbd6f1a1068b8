/** The thread of a worker that reads: told which library to use, and which FIFO. */

import { parentPort, workerData } from "node:worker_threads";
import { libraryOf } from "./libraries/by-name.ts";
import type { LibraryName } from "./library.ts";

const { library: name, path } = workerData as { library: LibraryName; path: string };
const library = await libraryOf(name);
const file = await library.open(path);
file.read(library.memory(16)).catch(() => {});
parentPort!.postMessage("reading");
