// The kernel would not give a ring, or gave one that is of no use. What it means for a user is
// found out by `backend/why-no-ring.ts`.
import { errnoMeaning, errnoName } from "../../kernel/errno.ts";
import type { RequestKind } from "../contract.ts";

/** What was asked when the kernel refused; "open" is the operation that tries the ring out. */
export type RefusedCall = "io_uring_setup" | "io_uring_register" | "io_uring_enter" | "open";

export class RingRefusal extends Error {
  readonly call: RefusedCall;
  /** Positive. */
  readonly errno: number;
  /** What the kernel would have to know besides; empty if that is not the reason. */
  readonly missingKinds: readonly RequestKind[];

  constructor(call: RefusedCall, errno: number, missingKinds: readonly RequestKind[] = []) {
    super(`${call}: ${errnoMeaning(errno)} (${errnoName(errno)})`);
    this.call = call;
    this.errno = errno;
    this.missingKinds = missingKinds;
  }
}
