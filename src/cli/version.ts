/** The version of this package, from its package.json: written once, read where it is shown. */

import { existsSync, readFileSync } from "node:fs";

export function packageVersion(): string {
  // Sources and compiled files lie at different depths below the package's root.
  let directory = new URL("./", import.meta.url);
  for (let depth = 0; depth < 6; depth += 1) {
    const file = new URL("package.json", directory);
    if (existsSync(file)) {
      const parsed = JSON.parse(readFileSync(file, "utf8")) as { name?: string; version?: string };
      if (parsed.name === "overlapped") return parsed.version ?? "unknown";
    }
    directory = new URL("../", directory);
  }
  return "unknown";
}
