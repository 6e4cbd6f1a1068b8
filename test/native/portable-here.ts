// Tests of the portable backend with the shim, and their workers, import this before anything is
// asked of the library.

import { status } from "../../src/index.ts";

process.env.OVERLAPPED_BACKEND = "portable";

/** For the `skip` option: false, or why it is not there. */
export const noShim: string | false =
  status().backend === "portable" ? false : `no shim: ${status().reason}`;
