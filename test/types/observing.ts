// What can be seen, and draining: what must and must not compile. Never run.

import { tracingChannel } from "node:diagnostics_channel";

import {
  type BackendName,
  type CandidateName,
  captureStacks,
  type DrainOptions,
  type DrainReport,
  drain,
  type InFlight,
  Io,
  type IoError,
  type IoOptions,
  inFlight,
  type OperationCounts,
  type OperationState,
  type OperationTrace,
  type Outcome,
  type Rejection,
  type RejectionCode,
  type Status,
  status,
} from "../../src/index.ts";
import type { RequestKind } from "../../src/testing.ts";
import { same } from "./same.ts";

const options: DrainOptions = { deadlineMs: 5 };
const chosen: IoOptions = { backend: "portable" };

type Held = Readonly<{
  id: number;
  kind: RequestKind;
  path: string | undefined;
  fd: number | undefined;
  state: OperationState;
  ageMs: number;
  byteLength: number;
  stack: string | undefined;
}>;

type Ends = Readonly<
  Record<"completed" | "canceled" | "canceledTooLate" | "timedOut" | "abandoned" | "failed", number>
>;

type Seen = Readonly<{
  backend: string | null;
  reason: string | null;
  rejected: readonly Rejection[];
  capabilities: Readonly<Record<RequestKind, "native" | "emulated" | "absent">> | null;
  inFlight: number;
  queued: number;
  counts: OperationCounts;
  quarantinedOperations: number;
  quarantinedBytes: number;
  bytesAlive: number;
  bytesLeaked: number;
  blocksAlive: number;
  statistics: Readonly<Record<string, number>>;
}>;

export async function gives(io: Io, trace: OperationTrace): Promise<void> {
  same<DrainReport>()(await drain(options));
  same<readonly InFlight[]>()((await io.drain()).held);
  same<InFlight[]>()(inFlight());
  same<OperationState | undefined>()(inFlight()[0]?.state);
  same<Status>()(status());
  same<Seen>()(status());
  same<OperationCounts>()(io.status().counts);
  same<Ends>()(io.status().counts);
  for (const held of io.inFlight()) same<Held>()(held);
  same<void>()(captureStacks(true));
  same<IoError | undefined>()(trace.error);
  same<"filehandle" | "promise">()(trace.api);
  same<number>()(trace.id);
  same<string | Uint8Array | undefined>()(trace.path);
  same<string | Uint8Array | undefined>()(trace.source);
  same<string | Uint8Array | undefined>()(trace.destination);
  same<number | undefined>()(trace.fd);
  same<number | undefined>()(trace.bytes);
  same<Outcome<unknown>["status"] | undefined>()(trace.outcome);
  same<number | undefined>()(trace.result);
  same<Io>()(new Io());
  same<Io>()(new Io(chosen));
  same<BackendName | undefined>()(chosen.backend);
  for (const { candidate, code, text, errno } of status().rejected) {
    same<CandidateName>()(candidate);
    same<"uring" | "portable-shim" | "portable-node">()(candidate);
    same<RejectionCode>()(code);
    same<string>()(text);
    same<string | null>()(errno);
  }
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
  // @ts-expect-error what is asked is told, not given
  trace.operation = "read";
  // @ts-expect-error options are no number
  new Io(5);
  // @ts-expect-error there is no such backend
  new Io({ backend: "iocp" });
  // @ts-expect-error what was found is told
  status().rejected.push();
}
