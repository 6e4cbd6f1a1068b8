/** All hazards, in the order in which they are told. */

import type { Hazard } from "../hazard.ts";
import { abortedFile } from "./aborted-file.ts";
import { awaitedWrite } from "./awaited-write.ts";
import { eatenBytes } from "./eaten-bytes.ts";
import { exitBesideWorker } from "./exit-beside-worker.ts";
import { freedMemory } from "./freed-memory.ts";
import { hungExit } from "./hung-exit.ts";
import { idleProcess } from "./idle-process.ts";
import { ignoredSignal } from "./ignored-signal.ts";
import { lateBytes } from "./late-bytes.ts";
import { newOwner } from "./new-owner.ts";
import { pendingClose } from "./pending-close.ts";
import { reusedDescriptor } from "./reused-descriptor.ts";
import { starvedFile } from "./starved-file.ts";
import { terminatedWorker } from "./terminated-worker.ts";

export const HAZARDS: readonly Hazard[] = [
  lateBytes,
  newOwner,
  freedMemory,
  awaitedWrite,
  reusedDescriptor,
  eatenBytes,
  ignoredSignal,
  abortedFile,
  pendingClose,
  starvedFile,
  idleProcess,
  hungExit,
  terminatedWorker,
  exitBesideWorker,
];
