// Who may import whom.

import { type Import, importsOf } from "./import-list.ts";
import { type Finding, isCode, type Rule, type SourceFile, type Tree } from "./tree.ts";

/** From the bottom. A layer may import itself and those before it, `base` only itself. */
const LAYERS = ["base", "kernel", "backend", "operation", "api", "testing"] as const;
const ENTRIES = new Set(["src/index.ts", "src/testing.ts"]);
const OWN_NAME = /^overlapped(?:\/testing)?$/;

/** Parts of test/ and bench/ that look inside: each with the folders of src/ that it may import. */
const INSIDERS: readonly (readonly [prefix: string, allowed: readonly string[]])[] = [
  ["test/unit/", ["src/", "scripts/"]],
  ["test/native/", ["src/"]],
  ["test/teardown/", ["src/kernel/"]],
  ["test/soak/", ["src/kernel/"]],
  ["test/support/", ["src/"]],
  ["test/conformance/describe.ts", ["src/", "scripts/runtimes/"]],
  ["test/conformance/", ["src/backend/", "src/base/"]],
  ["test/regress/", ["src/"]],
  ["test/denial/", ["src/cli/"]],
  ["test/sim/", ["src/"]],
  ["bench/runtimes.ts", ["scripts/runtimes/"]],
  ["scripts/fuzz.ts", ["src/testing/"]],
  ["scripts/hazards", ["src/cli/hazards/"]],
  ["scripts/soak.ts", ["test/soak/"]],
  ["bench/micro/", ["src/"]],
];

export const importsPointDown: Rule = (tree) =>
  eachImport(tree, (file, imported) => {
    const { target } = imported;
    if (target === undefined || !target.startsWith("src/")) return undefined;
    if (!file.path.startsWith("src/")) return undefined;
    return complainInSource(file.path, target);
  });

function complainInSource(path: string, target: string): Complaint | undefined {
  if (ENTRIES.has(path)) {
    if (!target.startsWith("src/cli/")) return undefined;
    return { what: `${path} imports the tool`, remedy: "move what both need below the entry" };
  }
  const from = path.split("/")[1] ?? "";
  const to = target.split("/")[1] ?? "";
  if (from === "cli") {
    if (to === "cli" || to === "testing" || ENTRIES.has(target)) return undefined;
    return { what: `the tool imports ${target}`, remedy: "use what the entries export" };
  }
  const fromRank = (LAYERS as readonly string[]).indexOf(from);
  const toRank = (LAYERS as readonly string[]).indexOf(to);
  if (fromRank === -1) {
    return { what: `${path} is in no layer`, remedy: `move it into one of ${LAYERS.join(", ")}` };
  }
  if (toRank === -1 || toRank > fromRank) {
    return {
      what: `${from} imports ${target}, which is above it`,
      remedy: "pass it in from above, or move the shared part down",
    };
  }
  return complainAboutNeighbor(path, target);
}

/** `backend/uring/` and `backend/sim/` stay strangers. */
function complainAboutNeighbor(path: string, target: string): Complaint | undefined {
  const from = /^src\/backend\/([^/]+)\//.exec(path)?.[1];
  const to = /^src\/backend\/([^/]+)\//.exec(target)?.[1];
  // The shim's threads are for every backend.
  if (from === undefined || to === undefined || from === to || to === "threads") return undefined;
  return {
    what: `backend ${from} imports backend ${to}`,
    remedy: "move the shared part to src/backend/",
  };
}

export const outsidersUseEntries: Rule = (tree) =>
  eachImport(tree, (file, imported) => {
    const { target } = imported;
    if (target === undefined || !/^(?:test|bench|examples|scripts)\//.test(file.path)) {
      return undefined;
    }
    const own = `${file.path.split("/")[0]}/`;
    const insider = INSIDERS.find(([prefix]) => file.path.startsWith(prefix))?.[1] ?? [];
    const isAllowed = ENTRIES.has(target) || [own, ...insider].some((it) => target.startsWith(it));
    if (isAllowed && !file.path.startsWith("examples/")) return undefined;
    if (isAllowed && ENTRIES.has(target)) return undefined;
    return {
      what: `${own} imports ${target}`,
      remedy: "import from src/index.ts or src/testing.ts",
    };
  });

export const noRuntimeDependencies: Rule = (tree) =>
  eachImport(tree, (file, { specifier, target }) => {
    if (!file.path.startsWith("src/") || file.path.startsWith("src/cli/")) return undefined;
    if (target !== undefined || specifier.startsWith("node:")) return undefined;
    const what = OWN_NAME.test(specifier) ? "the package imports itself" : `import of ${specifier}`;
    return { what, remedy: "the library has no dependency; write it, or move it to src/cli/" };
  });

const GUARDED_MODULES = /^node:(?:fs|net|dgram)(?:\/|$)/;

/** Guarded modules that a file may import all the same, with the names it may take. */
const GUARDED_NAMES: Readonly<Record<string, readonly string[]>> = {
  "src/kernel/open-flags.ts": ["constants"],
  // The reason that a failed build left behind.
  "src/kernel/addon.ts": ["existsSync", "readFileSync"],
  "src/kernel/sysctl.ts": ["readFileSync"],
  // What others have opened, where no shim can tell: none of it waits.
  "src/kernel/node-descriptors.ts": [
    "closeSync",
    "constants",
    "fstatSync",
    "openSync",
    "readFileSync",
    "readlinkSync",
    "Socket",
  ],
};

export const guardedModulesStayInside: Rule = (tree) =>
  eachImport(tree, (file, { specifier, names, isTypeOnly }) => {
    if (!GUARDED_MODULES.test(specifier) || isTypeOnly) return undefined;
    if (!file.path.startsWith("src/")) return undefined;
    if (/^src\/(?:backend\/portable|cli)\//.test(file.path)) return undefined;
    const allowed = GUARDED_NAMES[file.path] ?? [];
    if (names.length > 0 && names.every((name) => allowed.includes(name))) return undefined;
    return {
      what: `import of ${specifier}`,
      remedy: "only src/backend/portable/ and src/cli/ use it; submit a request instead",
    };
  });

interface Complaint {
  readonly what: string;
  readonly remedy: string;
}

function eachImport(
  tree: Tree,
  judge: (file: SourceFile, imported: Import) => Complaint | undefined,
): Finding[] {
  const findings: Finding[] = [];
  for (const file of tree.values()) {
    if (!isCode(file.path)) continue;
    for (const imported of importsOf(file)) {
      const complaint = judge(file, imported);
      if (complaint !== undefined) {
        findings.push({ path: file.path, line: imported.line, ...complaint });
      }
    }
  }
  return findings;
}
