// Orphans do not hold the event loop (decision 9), but a test that waits for one has to.

import { after } from "node:test";

/** Until the tests of this file have ended. */
export function keepAlive(): void {
  const timer = setInterval(() => {}, 1000);
  after(() => clearInterval(timer));
}
