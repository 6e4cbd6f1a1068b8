// The second entry, `overlapped/testing`: help for tests of code that uses the library.
import { inFlight } from "./api/default.ts";

/**
 * Throws if an operation of this thread has not ended: call it at the end of a test.
 *
 * @throws {Error} that lists what is held: kind, path, state and, if captured, where it was called.
 *
 * @example
 * ```ts
 * import { assertQuiet } from "overlapped/testing";
 * assertQuiet();
 * ```
 */
export function assertQuiet(): void {
  const held = inFlight();
  if (held.length === 0) return;
  const lines = held.map((each) => {
    const subject = each.path ?? (each.fd === undefined ? "" : `descriptor ${each.fd}`);
    const where = each.stack === undefined ? "" : `\n${each.stack}`;
    return `  ${each.kind} ${subject}: ${each.state}, ${each.byteLength} bytes${where}`;
  });
  throw new Error(`Operations are in flight still: ${held.length}\n${lines.join("\n")}`);
}
