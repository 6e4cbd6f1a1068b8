// Tests of the shim need a kernel that gives out rings.

import { status } from "../../src/index.ts";

/** For the `skip` option: false, or why there is no ring. */
export const noRing: string | false =
  status().backend === null ? `no ring: ${status().reason}` : false;
