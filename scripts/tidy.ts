// Checks the rules of the code base that no compiler knows: `npm run tidy`. Each finding is one
// line, `file:line: what; remedy`. A rule worth keeping belongs in scripts/tidy/.

import { fileURLToPath } from "node:url";
import { format, tidy } from "./tidy/rules.ts";
import { readTree } from "./tidy/tree.ts";

// This file runs as dist/scripts/tidy.js.
const tree = readTree(fileURLToPath(new URL("../../", import.meta.url)));
const findings = tidy(tree);
for (const finding of findings) console.error(format(finding));
if (findings.length === 0) {
  console.log(`tidy: ${tree.size} files, nothing to do`);
} else {
  console.error(`tidy: ${findings.length} findings in ${tree.size} files`);
  process.exitCode = 1;
}
