// Each request kind of the contract is encoded, decoded, declared as a capability and tested.

import { type Finding, lineAt, type Rule, type SourceFile, type Tree } from "./tree.ts";

const CONTRACT = "src/backend/contract.ts";

const PLACES: readonly (readonly [place: RegExp, remedy: string])[] = [
  [
    /^src\/backend\/(?:uring|threads)\/(?:encode(?:-\w+)?|file-steps)\.ts$/,
    "add its arm to an encode.ts",
  ],
  [
    /^src\/backend\/(?:uring\/(?:decode(?:-\w+)?|file-steps)|threads\/encode)\.ts$/,
    "add its arm to uring/decode.ts",
  ],
  [/^src\/backend\/sim\/execute\.ts$/, "add its arm to src/backend/sim/execute.ts"],
  [
    /^src\/backend\/(?:capabilities|uring\/(?!encode|decode)[\w-]+)\.ts$/,
    "declare its capability in src/backend/",
  ],
  [/^test\/conformance\/.*\.ts$/, "name it in a case of test/conformance/"],
];

export const kindsAreComplete: Rule = (tree) => {
  const contract = tree.get(CONTRACT);
  if (contract === undefined) return [];
  const kinds = kindsOf(contract);
  if (kinds.size === 0) {
    const remedy = 'keep the requests a union with `kind: "…"`';
    return [{ path: CONTRACT, line: 1, what: "no request kind found", remedy }];
  }
  return PLACES.flatMap(([place, remedy]): Finding[] => {
    const files = filesAt(tree, place);
    return [...kinds]
      .filter(([kind]) => !files.some((file) => mentions(file, kind)))
      .map(([kind, line]) => {
        return { path: CONTRACT, line, what: `request kind "${kind}" is incomplete`, remedy };
      });
  });
};

/** The values of `kind` in the declaration of Request and of those that end in Request. */
function kindsOf(contract: SourceFile): Map<string, number> {
  const { code, strings } = contract.masked;
  const kinds = new Map<string, number>();
  for (const { start, value } of strings) {
    const before = code.slice(0, start);
    // One value, or one of a union of values.
    if (!/\bkind:\s*(?:\|?\s*"\s*"\s*\|\s*)*\|?\s*$/.test(before)) continue;
    const name = [...before.matchAll(/\b(?:type|interface)\s+(\w+)/g)].at(-1)?.[1];
    if (name?.endsWith("Request")) kinds.set(value, lineAt(contract.text, start));
  }
  return kinds;
}

function filesAt(tree: Tree, place: RegExp): SourceFile[] {
  return [...tree.values()].filter((file) => place.test(file.path));
}

/** As a string or as a key of a table. */
function mentions(file: SourceFile, kind: string): boolean {
  if (file.masked.strings.some(({ value }) => value === kind)) return true;
  return new RegExp(`(?<![\\w.])${kind}\\s*[:(]`).test(file.masked.code);
}
