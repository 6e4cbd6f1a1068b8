// No import cycles, no files that nothing uses, no imports of files that are not there.

import { importsOf, referencesOf } from "./import-list.ts";
import { type Finding, isCode, type Rule, type Tree } from "./tree.ts";

const ROOT_NAMES = [
  /^src\/(?:index|testing)\.ts$/,
  /^src\/cli\/main\.ts$/,
  /^test\/.*\.test\.ts$/,
  /^bench\/index\.ts$/,
  /^examples\/[^/]+\.ts$/,
  /^scripts\/[^/]+\.(?:ts|mjs)$/,
];

export const noDeadFiles: Rule = (tree) => {
  const code = [...tree.keys()].filter(isCode);
  const reached = new Set(code.filter((path) => ROOT_NAMES.some((name) => name.test(path))));
  // A set may grow while it is walked: the walk then visits what was added.
  for (const path of reached) {
    for (const next of referencesOf(tree.get(path)!, tree)) reached.add(next);
  }
  return code
    .filter((path) => !reached.has(path))
    .map((path) => ({ path, line: 1, what: "nothing uses this file", remedy: "use or delete it" }));
};

export const importsExist: Rule = (tree) => {
  const findings: Finding[] = [];
  for (const file of tree.values()) {
    for (const { target, line } of importsOf(file)) {
      if (target === undefined || tree.has(target)) continue;
      const what = `import of ${target}, which does not exist`;
      findings.push({ path: file.path, line, what, remedy: "correct the path, with its .ts" });
    }
  }
  return findings;
};

/** Type-only imports vanish from the output, dynamic ones run later: both may point back. */
export const noCycles: Rule = (tree) => {
  const done = new Set<string>();
  const findings: Finding[] = [];
  for (const path of tree.keys()) visit(tree, path, [], done, findings);
  return findings;
};

function visit(
  tree: Tree,
  path: string,
  trail: readonly string[],
  done: Set<string>,
  findings: Finding[],
): void {
  const file = tree.get(path);
  if (file === undefined || done.has(path)) return;
  for (const { target, isTypeOnly, isDynamic, line } of importsOf(file)) {
    if (target === undefined || isTypeOnly || isDynamic) continue;
    const at = [...trail, path].indexOf(target);
    if (at === -1) {
      visit(tree, target, [...trail, path], done, findings);
    } else {
      const cycle = [...trail, path].slice(at).concat(target).join(" → ");
      const remedy = "move what both need into a third file";
      findings.push({ path, line, what: `import cycle ${cycle}`, remedy });
    }
  }
  done.add(path);
}
