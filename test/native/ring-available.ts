// Tests of the shim need a kernel that gives out rings.

import { status } from "../../src/index.ts";

const { backend, reason, rejected } = status();

/** For the `skip` option: false, or why there is no ring. */
export const noRing: string | false =
  backend === "uring" ? false : `no ring: ${reason ?? rejected[0]?.text}`;

/** For tests of what only io_uring has, when another backend was asked for. */
export const ringOnly: string | false =
  noRing === false && status().backend !== "uring" ? `${status().backend} has no ring` : noRing;
