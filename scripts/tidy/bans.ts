// Calls, words and forms that do not occur, or only in a few named places.

import { importsOf } from "./import-list.ts";
import { type Finding, findAll, isCode, type Rule, type SourceFile, type Tree } from "./tree.ts";

interface Ban {
  readonly call: RegExp;
  /** Beginnings of the paths below src/ that may use it. */
  readonly allowed: readonly string[];
  readonly remedy: string;
}

const CLOCK = ["src/base/clock.ts", "src/cli/", "src/backend/portable/"];
const TOOL = ["src/cli/"];
const TURN = ["src/backend/uring/", "src/testing/", ...CLOCK];
const ADDON = ["src/kernel/addon.ts"];

const BANS: readonly Ban[] = [
  { call: /\bDate\.now\b|\bnew Date\(\)/g, allowed: CLOCK, remedy: "take a Clock as argument" },
  { call: /\bperformance\.now\b/g, allowed: CLOCK, remedy: "take a Clock as argument" },
  { call: /\bprocess\.hrtime\b/g, allowed: CLOCK, remedy: "take a Clock as argument" },
  { call: /\bset(?:Timeout|Interval)\b/g, allowed: CLOCK, remedy: "take a Clock as argument" },
  { call: /\bMath\.random\b/g, allowed: TOOL, remedy: "take a seeded generator as argument" },
  { call: /\bsetImmediate\b/g, allowed: TURN, remedy: "let the backend's reaper schedule it" },
  { call: /\bqueueMicrotask\b/g, allowed: TURN, remedy: "let the backend's flush schedule it" },
  { call: /\bprocess\.nextTick\b/g, allowed: TOOL, remedy: "settle a promise instead" },
  { call: /\bprocess\.exit\b/g, allowed: TOOL, remedy: "throw, and let the caller decide" },
  { call: /\bconsole\b/g, allowed: TOOL, remedy: "throw, or report through status()" },
  { call: /\bcreateRequire\b/g, allowed: ADDON, remedy: "let src/kernel/addon.ts load it" },
  { call: /\bprocess\.dlopen\b/g, allowed: ADDON, remedy: "let src/kernel/addon.ts load it" },
];

export const bannedCalls: Rule = (tree) =>
  inSource(tree).flatMap((file) =>
    BANS.filter(({ allowed }) => !allowed.some((start) => file.path.startsWith(start))).flatMap(
      ({ call, remedy }) =>
        findAll(file, file.masked.code, call, (match) => ({ what: `${match} is banned`, remedy })),
    ),
  );

export const addonHasOneLoader: Rule = (tree) =>
  inSource(tree)
    .filter((file) => !ADDON.includes(file.path))
    .flatMap((file) =>
      findAll(file, file.text, /["'`/][\w-]+\.node["'`]/g, (match) => ({
        what: `${match} names the addon`,
        remedy: "only src/kernel/addon.ts loads it; import its functions from there",
      })),
    );

function inSource(tree: Tree): SourceFile[] {
  return [...tree.values()].filter((file) => /^src\/.*\.ts$/.test(file.path));
}

export const noDefaultExports: Rule = (tree) =>
  [...tree.values()].flatMap((file) =>
    findAll(file, file.masked.code, /\bexport\s+default\b|\bas\s+default\b/g, () => ({
      what: "default export",
      remedy: "export it by name",
    })),
  );

const BARRELS = new Set(["src/index.ts", "src/testing.ts"]);

export const noBarrels: Rule = (tree) => {
  const findings: Finding[] = [];
  for (const file of tree.values()) {
    if (!isCode(file.path)) continue;
    for (const { isReexport, names, line } of importsOf(file)) {
      if (!isReexport || (BARRELS.has(file.path) && names.length > 0)) continue;
      const what = names.length === 0 ? "export of everything in a file" : "re-export";
      const remedy = "import from the file itself; only the two entries re-export, by name";
      findings.push({ path: file.path, line, what, remedy });
    }
  }
  return findings;
};

// In brackets, so that this file does not hold the words.
const LOOSE = /\b(?:FIX(?:ME)|TO(?:DO)|X(?:XX))\b/g;

export const noLooseEnds: Rule = (tree) =>
  [...tree.values()]
    .filter((file) => /\.(?:ts|mjs|c|h|md|gyp)$/.test(file.path))
    .flatMap((file) =>
      findAll(file, file.text, LOOSE, (match) => ({
        what: `${match} left behind`,
        remedy: "do it now, or file an issue and remove the mark",
      })),
    );

const PLACES: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [/(?<![\w.~-])\/(?:work|root|home)\/[\w.-]+/g, "use a path relative to the repository"],
  [/\bregistry\.[a-z]+[a-z.]*\.[a-z]{2,}\b/g, "leave the registry to the user's npm settings"],
  [/"resolved": ?"https?:/g, "set omit-lockfile-registry-resolved and make the lockfile again"],
];

export const noMachinePlaces: Rule = (tree) =>
  [...tree.values()].flatMap((file) =>
    PLACES.flatMap(([pattern, remedy]) =>
      findAll(file, file.text, pattern, (match) => ({
        what: `${match} belongs to one machine`,
        remedy,
      })),
    ),
  );
