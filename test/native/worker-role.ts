// What the main thread and the worker of the worker tests tell each other.

export const MEBIBYTE: number = 1024 * 1024;
export const READS_IN_FLIGHT = 64;
export const READ_BYTES: number = MEBIBYTE;
export const FILE_BYTES: number = READS_IN_FLIGHT * READ_BYTES;

/** How the worker ends; "terminated" means that it goes on until it is. */
export type Ending = "terminated" | "natural" | "process.exit" | "throw";

/** Whether the end of the worker waits for the kernel, as it does, or gives up at once. */
export type Patience = "patient" | "impatient";

export interface WorkerRole {
  readonly ending: Ending;
  readonly patience: Patience;
  readonly path: string;
  readonly flags: number;
  /** A FIFO to read from as well, and one to open that nobody writes to; empty for neither. */
  readonly fifo: string;
  readonly blockedFifo: string;
}

/** Sent once all reads are in flight, and then after every eighth one that has completed. */
export interface Progress {
  readonly submissions: number;
  readonly completed: number;
}

/** What the main thread saw in all rounds. */
export interface WorkersReport {
  /** Blocks of memory that somebody wrote to who had no right to. */
  readonly touched: number;
  /** Sum of reads that had no answer yet when the worker last said something. */
  readonly readsInFlight: number;
  readonly completed: number;
  readonly bytesLeaked: number;
  /** After each tenth of the rounds, without those that were leaked on purpose. */
  readonly bytesAlive: readonly number[];
  readonly descriptors: readonly number[];
  readonly residentMiB: readonly number[];
}
