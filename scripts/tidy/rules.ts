// All rules, in the order in which their findings are printed.

import * as bans from "./bans.ts";
import * as docs from "./docs.ts";
import { kindsAreComplete } from "./kinds.ts";
import * as layers from "./layers.ts";
import { promisesHaveCases } from "./promises.ts";
import * as reach from "./reach.ts";
import * as shape from "./shape.ts";
import type { Finding, Rule, Tree } from "./tree.ts";

export const RULES: readonly Rule[] = [
  layers.importsPointDown,
  layers.outsidersUseEntries,
  layers.noRuntimeDependencies,
  layers.guardedModulesStayInside,
  reach.importsExist,
  reach.noCycles,
  reach.noDeadFiles,
  bans.bannedCalls,
  bans.addonHasOneLoader,
  bans.noDefaultExports,
  bans.noBarrels,
  bans.noLooseEnds,
  bans.noMachinePlaces,
  shape.linesAreShort,
  shape.functionsAreShort,
  shape.filesAreShort,
  docs.codesHaveHeadings,
  docs.limitsHaveReasons,
  docs.publicSymbolsHaveDocs,
  kindsAreComplete,
  promisesHaveCases,
];

export function tidy(tree: Tree): Finding[] {
  return RULES.flatMap((rule) => rule(tree));
}

export function format({ path, line, what, remedy }: Finding): string {
  return `${path}:${line}: ${what}; ${remedy}`;
}
