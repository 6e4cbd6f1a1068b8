// What this run has copied already. Of several sources with one name the first is copied, and none
// of the others takes its place.

import { pathKey } from "./paths.ts";

export class Claims {
  readonly #taken: Set<string> = new Set();

  /** False if something of this run has the destination already. */
  take(destination: string | Uint8Array): boolean {
    const size = this.#taken.size;
    return this.#taken.add(pathKey(destination)).size > size;
  }
}
