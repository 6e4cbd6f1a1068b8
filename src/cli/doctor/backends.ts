/** The backends in the order in which they are tried, and what became of each. */

import type { CandidateName, Rejection, RejectionCode, Status } from "../../index.ts";
import { remediesFor } from "./remedies.ts";

export interface BackendReport {
  readonly candidate: CandidateName;
  readonly title: string;
  readonly isUsed: boolean;
  /** Null if it is used, or if there was no need to try it. */
  readonly code: RejectionCode | null;
  readonly text: string;
  /** What the kernel answered, such as `"EPERM"`. */
  readonly errno: string | null;
  /** What somebody can do to have it. */
  readonly remedies: readonly string[];
}

const CANDIDATES: readonly (readonly [name: CandidateName, backend: string, title: string])[] = [
  ["uring", "uring", "io_uring"],
  ["portable-shim", "portable", "portable, with the native shim"],
  ["portable-node", "portable", "portable, with what Node has"],
];

export function reportBackends(
  status: Pick<Status, "backend" | "rejected">,
): readonly BackendReport[] {
  const used = CANDIDATES.find(
    ([name, backend]) => backend === status.backend && rejectionOf(name, status) === undefined,
  )?.[0];
  let isBehind = false;
  return CANDIDATES.flatMap(([candidate, , title]): BackendReport[] => {
    const rejection = rejectionOf(candidate, status);
    const common = { candidate, title, errno: null, remedies: [] };
    if (candidate === used) {
      isBehind = true;
      return [{ ...common, isUsed: true, code: null, text: "in use" }];
    }
    if (rejection !== undefined) {
      return [
        {
          ...common,
          isUsed: false,
          ...rejection,
          remedies: remediesFor(rejection, status.backend),
        },
      ];
    }
    const text = isBehind ? "not needed: a better one works" : "was not tried";
    return [{ ...common, isUsed: false, code: null, text }];
  });
}

function rejectionOf(
  candidate: CandidateName,
  { rejected }: Pick<Status, "rejected">,
): Rejection | undefined {
  return rejected.find((each) => each.candidate === candidate);
}
