// Records on a table whose backend and owner do as the test says.

import type { Completion, Request } from "../../../src/backend/contract.ts";
import type { IoError } from "../../../src/base/errors.ts";
import { StepClock } from "../../../src/base/step-clock.ts";
import { type IoBuffer, memoryOf } from "../../../src/operation/buffer.ts";
import { OperationRecord, type Owner } from "../../../src/operation/operation.ts";
import type { Outcome } from "../../../src/operation/outcome.ts";
import { OperationTable } from "../../../src/operation/table.ts";
import { FakeBackend } from "../../support/fake-kernel-backend.ts";

export class Bed {
  readonly clock: StepClock = new StepClock();
  readonly table: OperationTable = new OperationTable(this.clock);
  readonly backend: FakeBackend = new FakeBackend(this.table);

  constructor() {
    this.table.connect(this.backend);
  }

  start(options: Partial<StartOptions> = {}): Started {
    return new Started(this, { ...DEFAULTS, ...options });
  }
}

export interface StartOptions {
  readonly request: Request;
  readonly owner: Owner | null;
  readonly buffers: readonly IoBuffer[];
  readonly isWhole: boolean;
  readonly isCopy: boolean;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
}

const DEFAULTS: StartOptions = {
  request: { kind: "fsync", fd: 3 },
  owner: null,
  buffers: [],
  isWhole: false,
  isCopy: false,
  signal: undefined,
  timeoutMs: undefined,
};

/** A record that has begun, and all that its caller has heard of it. */
export class Started {
  readonly record: OperationRecord;
  readonly resolved: unknown[] = [];
  readonly rejected: { readonly error: IoError; readonly isOwn: boolean }[] = [];
  readonly outcomes: Outcome<unknown>[] = [];

  constructor(bed: Bed, options: StartOptions) {
    this.record = new OperationRecord(
      bed.table,
      { ...options, path: "/path" },
      {
        finish: (completion: Completion, bytes: number) => [completion.kind, bytes],
        resolve: (value) => void this.resolved.push(value),
        reject: (error, isOwn) => void this.rejected.push({ error, isOwn }),
      },
    );
    this.record.whenEnded((outcome) => this.outcomes.push(outcome));
    this.record.begin(options.signal, options.timeoutMs);
  }

  get state(): string {
    return this.record.state;
  }

  get status(): string | undefined {
    return this.outcomes[0]?.status;
  }

  /** The code of its only rejection. */
  get code(): string | undefined {
    return this.rejected[0]?.error.code;
  }
}

/** A handle that lets nobody have a turn until the test says so. */
export class PatientOwner implements Owner {
  isHolding = true;
  readonly waiting: OperationRecord[] = [];
  readonly log: string[] = [];
  onCancelRequested: (record: OperationRecord) => boolean = () => false;

  onBegun(): void {
    this.log.push("begun");
  }

  onAdmitted(record: OperationRecord): void {
    this.log.push("admitted");
    this.waiting.push(record);
  }

  onAbandoned(): void {
    this.log.push("abandoned");
  }

  onOrphanEnded(): void {
    this.log.push("orphan ended");
  }

  onEnded(record: OperationRecord, completion: Completion, isOrphan: boolean): void {
    this.log.push(`ended ${completion.kind}${isOrphan ? " as orphan" : ""}`);
    const at = this.waiting.indexOf(record);
    if (at >= 0) this.waiting.splice(at, 1);
  }
}

export function readInto(buffer: IoBuffer, length: number = buffer.byteLength): Request {
  const memory = memoryOf(buffer);
  return { kind: "read", fd: 3, memory, offset: 0, length, position: 0 };
}

export function writeOf(buffer: IoBuffer, length: number = buffer.byteLength): Request {
  const memory = memoryOf(buffer);
  return { kind: "write", fd: 3, memory, offset: 0, length, position: 100 };
}
