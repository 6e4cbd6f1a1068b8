// What a request costs of a turn's budget: something for itself, and the bytes that it moves.

import { COMPLETION_CHARGE_BYTES } from "../../base/limits.ts";
import { bytesMoved } from "../bytes-moved.ts";
import type { RingRequest } from "../contract.ts";
import type { Entry } from "./entry.ts";

/** What it may come to. An open is charged with the content that is read at once after it. */
export function chargeOf({ request, steps }: Entry): number {
  const following = request.kind === "open" ? (steps?.length ?? 0) : 0;
  return COMPLETION_CHARGE_BYTES + bytesMoved(request) + following;
}

/** What it came to. */
export function chargeOfResult(request: RingRequest, result: number): number {
  return COMPLETION_CHARGE_BYTES + (bytesMoved(request) > 0 ? Math.max(0, result) : 0);
}
