// What can be seen, and draining: what must and must not compile. Never run.

import { tracingChannel } from "node:diagnostics_channel";

import {
  captureStacks,
  type DrainOptions,
  type DrainReport,
  drain,
  type InFlight,
  Io,
  type IoError,
  inFlight,
  type OperationCounts,
  type OperationState,
  type OperationTrace,
  type Status,
  status,
} from "../../src/index.ts";
import { same } from "./same.ts";

const options: DrainOptions = { deadlineMs: 5 };

export async function gives(io: Io, trace: OperationTrace): Promise<void> {
  same<DrainReport>()(await drain(options));
  same<readonly InFlight[]>()((await io.drain()).held);
  same<InFlight[]>()(inFlight());
  same<OperationState | undefined>()(inFlight()[0]?.state);
  same<Status>()(status());
  same<OperationCounts>()(io.status().counts);
  same<void>()(captureStacks(true));
  same<IoError | undefined>()(trace.error);
  same<"filehandle" | "promise">()(trace.api);
  same<Io>()(new Io());
  tracingChannel<unknown, OperationTrace>("overlapped.operation").subscribe({
    start: ignore,
    end: ignore,
    asyncStart: ignore,
    asyncEnd: ({ durationMs }) => same<number | undefined>()(durationMs),
    error: ignore,
  });
}

const ignore = (): void => {};

export function refuses(counts: OperationCounts, trace: OperationTrace): void {
  // @ts-expect-error its limit is a deadline
  drain({ timeoutMs: 5 });
  // @ts-expect-error it lists all
  inFlight({ kind: "read" });
  // @ts-expect-error it takes nothing
  status(true);
  // @ts-expect-error on or off
  captureStacks(1);
  // @ts-expect-error counts are told
  counts.failed = 0;
  // @ts-expect-error an operation has no buffer to show
  trace.buffer;
  // @ts-expect-error a clock is no number
  new Io(5);
}
