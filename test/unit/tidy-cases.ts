// Trees of a few lines, each with one thing wrong, and their neighbors that are right.

import * as bans from "../../scripts/tidy/bans.ts";
import * as docs from "../../scripts/tidy/docs.ts";
import { kindsAreComplete } from "../../scripts/tidy/kinds.ts";
import * as layers from "../../scripts/tidy/layers.ts";
import { promisesHaveCases } from "../../scripts/tidy/promises.ts";
import * as reach from "../../scripts/tidy/reach.ts";
import * as shape from "../../scripts/tidy/shape.ts";
import type { Rule } from "../../scripts/tidy/tree.ts";

export interface Case {
  readonly rule: Rule;
  readonly bad: Readonly<Record<string, string>>;
  readonly good: Readonly<Record<string, string>>;
  /** The only finding in `bad`, as `file:line`. */
  readonly at: string;
}

/** A function whose block has that many lines. */
function functionOf(lines: number, head: string): string {
  return `${head} {\n${"  work();\n".repeat(lines - 2)}}\n`;
}

const contract = `export type Request = { readonly kind: "read" } | SyncRequest;
export interface SyncRequest {
  readonly kind: "fsync" | "fdatasync";
}
export type Completion = { readonly kind: "done" };
`;
const threeKinds = `switch (kind) { case "read": case "fsync": case "fdatasync": break; }\n`;

const PROMISES = Array.from({ length: 12 }, (_, at) => `P${at + 1}`);

/** One case for each promise. */
const promiseCases = PROMISES.map((promise) => `test("${promise}: holds");\n`).join("");

/** Line 3 is the row of P1, line 6 that of P2, and so on. */
function promisePage(change: (row: string) => string = (row) => row): string {
  return PROMISES.map((promise) => {
    return `\n## ${promise}\n${change(`| ${promise}: holds | \`all.ts\` |`)}\n`;
  }).join("");
}

const layerCases: readonly Case[] = [
  {
    rule: layers.importsPointDown,
    bad: { "src/base/a.ts": `import { b } from "../api/b.ts";\n` },
    good: { "src/api/b.ts": `import { a } from "../base/a.ts";\n` },
    at: "src/base/a.ts:1",
  },
  {
    rule: layers.importsPointDown,
    bad: { "src/backend/a.ts": `// Why.\nimport type { B } from "../operation/b.ts";\n` },
    good: { "src/operation/b.ts": `import type { A } from "../backend/a.ts";\n` },
    at: "src/backend/a.ts:2",
  },
  {
    rule: layers.importsPointDown,
    bad: { "src/cli/main.ts": `import {\n  open,\n} from "../api/open.ts";\n` },
    good: { "src/cli/main.ts": `import { open } from "../index.ts";\nimport "./copy.ts";\n` },
    at: "src/cli/main.ts:3",
  },
  {
    rule: layers.importsPointDown,
    bad: { "src/backend/uring/a.ts": `import { b } from "../sim/b.ts";\n` },
    good: { "src/backend/uring/a.ts": `import { b } from "../contract.ts";\n` },
    at: "src/backend/uring/a.ts:1",
  },
  {
    rule: layers.importsPointDown,
    bad: { "src/api/a.ts": `const b = await import("../cli/b.ts");\n` },
    good: { "src/index.ts": `export { a } from "./api/a.ts";\n` },
    at: "src/api/a.ts:1",
  },
  {
    rule: layers.outsidersUseEntries,
    bad: { "test/cli/a.test.ts": `import { b } from "../../src/api/b.ts";\n` },
    good: {
      "test/cli/a.test.ts": `import { b } from "../../src/index.ts";\n`,
      "test/unit/a.test.ts": `import { b } from "../../src/api/b.ts";\n`,
      "test/conformance/a.ts": `import { b } from "../../src/backend/contract.ts";\n`,
    },
    at: "test/cli/a.test.ts:1",
  },
  {
    rule: layers.noRuntimeDependencies,
    bad: { "src/api/a.ts": `import { Command } from "commander";\n` },
    good: { "src/cli/a.ts": `import { Command } from "commander";\nimport "node:os";\n` },
    at: "src/api/a.ts:1",
  },
  {
    rule: layers.guardedModulesStayInside,
    bad: { "src/api/a.ts": `import { open } from "node:fs/promises";\n` },
    good: {
      "src/cli/a.ts": `import { open } from "node:fs/promises";\n`,
      "src/kernel/open-flags.ts": `import { constants } from "node:fs";\n`,
    },
    at: "src/api/a.ts:1",
  },
];

const reachCases: readonly Case[] = [
  {
    rule: reach.importsExist,
    bad: { "src/api/a.ts": `import { b } from "./b.js";\n`, "src/api/b.ts": "" },
    good: { "src/api/a.ts": `import { b } from "./b.ts";\n`, "src/api/b.ts": "" },
    at: "src/api/a.ts:1",
  },
  {
    rule: reach.noCycles,
    bad: {
      "src/api/a.ts": `import { b } from "./b.ts";\n`,
      "src/api/b.ts": `\nimport { a } from "./a.ts";\n`,
    },
    good: {
      "src/api/a.ts": `import { b } from "./b.ts";\n`,
      "src/api/b.ts": `import type { A } from "./a.ts";\n`,
    },
    at: "src/api/b.ts:2",
  },
  {
    rule: reach.noDeadFiles,
    bad: { "src/index.ts": `export { a } from "./a.ts";\n`, "src/a.ts": "", "src/b.ts": "" },
    good: {
      "src/index.ts": `export { a } from "./a.ts";\n`,
      "src/a.ts": `new URL("./b.js", import.meta.url);\n`,
      "src/b.ts": `const c = join(import.meta.dirname, "c.js");\n`,
      "src/c.ts": "",
    },
    at: "src/b.ts:1",
  },
];

const banCases: readonly Case[] = [
  {
    rule: bans.bannedCalls,
    bad: { "src/operation/a.ts": `const a = /["']/;\nconst b = Date.now();\n` },
    good: {
      "src/operation/a.ts": `// Date.now()\nconst b = "Date.now()" + \`Date.now()\`;\n`,
      "src/base/clock.ts": "export const now = () => Date.now();\n",
      "test/unit/a.test.ts": "const b = Date.now();\n",
    },
    at: "src/operation/a.ts:2",
  },
  {
    rule: bans.bannedCalls,
    bad: { "src/api/a.ts": ["const a = `", "{`", "{setTimeout(go, 1)}`}`;\n"].join("$") },
    good: {
      "src/cli/a.ts": "setTimeout(go, 1);\n",
      "src/backend/uring/a.ts": "setImmediate(f);\n",
    },
    at: "src/api/a.ts:1",
  },
  {
    rule: bans.addonHasOneLoader,
    bad: { "src/api/a.ts": `const name = "overlapped.node";\n` },
    good: { "src/kernel/addon.ts": `const name = "overlapped.node";\n` },
    at: "src/api/a.ts:1",
  },
  {
    rule: bans.noDefaultExports,
    bad: { "src/api/a.ts": "\n\nexport default 1;\n" },
    good: { "src/api/a.ts": "export const a = 1;\n" },
    at: "src/api/a.ts:3",
  },
  {
    rule: bans.noBarrels,
    bad: { "src/api/all.ts": `export { a } from "./a.ts";\n` },
    good: { "src/index.ts": `export { a } from "./api/a.ts";\n` },
    at: "src/api/all.ts:1",
  },
  {
    rule: bans.noBarrels,
    bad: { "src/index.ts": `export * from "./api/a.ts";\n` },
    good: { "src/index.ts": `export { a, type B } from "./api/a.ts";\n` },
    at: "src/index.ts:1",
  },
  {
    rule: bans.noLooseEnds,
    bad: { "native/a.c": `/* ${"TO"}${"DO"}: free it. */\n` },
    good: { "native/a.c": "/* Freed by the hook. */\n" },
    at: "native/a.c:1",
  },
  {
    rule: bans.noMachinePlaces,
    bad: { "docs/a.md": `Run it.\n\ncd ${"/ho"}me/someone/overlapped\n` },
    good: { "docs/a.md": "cd overlapped; see https://example.org/home/page and /dev/null\n" },
    at: "docs/a.md:3",
  },
];

const shapeCases: readonly Case[] = [
  {
    rule: shape.linesAreShort,
    bad: { "src/a.ts": `\n// ${"x".repeat(98)}\n` },
    good: { "src/a.ts": `// ${"é".repeat(97)}\n// https://${"x".repeat(98)}\n` },
    at: "src/a.ts:2",
  },
  {
    rule: shape.functionsAreShort,
    bad: { "src/a.ts": `\n${functionOf(71, "function f(a: { b: number }): Promise<{ c: 1 }>")}` },
    good: {
      "src/a.ts": functionOf(70, "function f(a: number): string"),
      "src/b.ts": functionOf(90, "const table ="),
      "test/c.test.ts": functionOf(90, 'describe("a", () =>').replace(/}\n$/, "});\n"),
    },
    at: "src/a.ts:2",
  },
  {
    rule: shape.functionsAreShort,
    bad: { "src/a.ts": functionOf(71, "const f = (a: number): void =>") },
    good: { "src/a.ts": functionOf(71, "if (f(a))").replace("work", "(work)") },
    at: "src/a.ts:1",
  },
  {
    rule: shape.functionsAreShort,
    bad: { "native/a.c": functionOf(71, "static int f(int a)") },
    good: { "native/a.c": functionOf(70, "static int f(int a)") },
    at: "native/a.c:1",
  },
  {
    rule: shape.filesAreShort,
    bad: { "src/a.ts": "a();\n".repeat(401) },
    good: { "src/a.ts": "a();\n".repeat(400) },
    at: "src/a.ts:401",
  },
];

const docCases: readonly Case[] = [
  {
    rule: docs.codesHaveHeadings,
    bad: {
      "src/base/errors.ts": `export const CODES = {\n  ERR_A: "a",\n  ERR_B: "b",\n} as const;\n`,
      "docs/errors.md": "# Errors\n\n## ERR_A\n",
    },
    good: {
      "src/base/errors.ts": `export const CODES = {\n  ERR_A: "a",\n} as const;\n`,
      "docs/errors.md": "# Errors\n\n## `ERR_A`\n\n## How to match\n",
    },
    at: "src/base/errors.ts:3",
  },
  {
    rule: docs.codesHaveHeadings,
    bad: {
      "src/base/errors.ts": `export const CODES = {\n  ERR_A: "a",\n} as const;\n`,
      "docs/errors.md": "## ERR_A\n\n## ERR_B\n",
    },
    good: {},
    at: "docs/errors.md:3",
  },
  {
    rule: docs.limitsHaveReasons,
    bad: { "src/base/limits.ts": "/** Bytes. */\nexport const A = 1;\n\nexport const B = 2;\n" },
    good: { "src/base/limits.ts": "/** Bytes: a page. */\nexport const A = 1;\n" },
    at: "src/base/limits.ts:4",
  },
  {
    rule: docs.publicSymbolsHaveDocs,
    bad: {
      "src/index.ts": `export { type A, b } from "./api/a.ts";\n`,
      "src/api/a.ts": "/** A. */\nexport interface A {}\n\nexport function b(): void {}\n",
    },
    good: {
      "src/index.ts": `export { type A, b as c } from "./api/a.ts";\n`,
      "src/api/a.ts": "/** A. */\nexport interface A {}\n\n/** B. */\nexport const b = 1;\n",
    },
    at: "src/api/a.ts:4",
  },
  {
    rule: kindsAreComplete,
    bad: {
      "src/backend/contract.ts": contract,
      "src/backend/uring/encode.ts": threeKinds,
      "src/backend/uring/decode.ts": threeKinds,
      "src/backend/sim/execute.ts": threeKinds,
      "src/backend/capabilities.ts": "const a = { read: 1, fdatasync: 1 };\n",
      "test/conformance/all.ts": threeKinds,
    },
    good: {
      "src/backend/contract.ts": contract,
      "src/backend/uring/encode.ts": threeKinds,
      "src/backend/uring/decode.ts": threeKinds,
      "src/backend/sim/execute.ts": threeKinds,
      "src/backend/capabilities.ts": "const a = { read: 1, fsync: 1, fdatasync: 1 };\n",
      "test/conformance/all.ts": threeKinds,
    },
    at: "src/backend/contract.ts:3",
  },
];

const casesOfPromises: readonly Case[] = [
  {
    rule: promisesHaveCases,
    bad: {
      "test/conformance/all.ts": `${promiseCases}test("P3: holds on");\n`,
      "docs/promises.md": promisePage(),
    },
    good: {
      "test/conformance/all.ts": promiseCases,
      "test/unit/more.ts": `test("P3: holds on");\n`,
      "docs/promises.md": `# Promises\n${promisePage()}`,
    },
    at: "test/conformance/all.ts:13",
  },
  {
    rule: promisesHaveCases,
    bad: {
      "test/conformance/all.ts": promiseCases,
      "docs/promises.md": `${promisePage()}| P12: held once | \`all.ts\` |\n`,
    },
    good: {
      "test/conformance/all.ts": `${promiseCases}const more = { "P3: holds on": 1 };\n`,
      "docs/promises.md": promisePage((row) =>
        row.startsWith("| P3") ? `${row}\n| P3: holds on | \`all.ts\` |` : row,
      ),
    },
    at: "docs/promises.md:37",
  },
  {
    rule: promisesHaveCases,
    bad: {
      "test/conformance/all.ts": promiseCases,
      "docs/promises.md": `${promisePage()}| P1: holds | \`all.ts\` |\n`,
    },
    good: { "docs/promises.md": promisePage() },
    at: "docs/promises.md:37",
  },
  {
    rule: promisesHaveCases,
    bad: {
      "test/conformance/all.ts": promiseCases.replace(`test("P8: holds");\n`, ""),
      "docs/promises.md": promisePage((row) => (row.startsWith("| P8") ? "" : row)),
    },
    good: { "docs/promises.md": "" },
    at: "docs/promises.md:1",
  },
  {
    rule: promisesHaveCases,
    bad: {
      "test/conformance/all.ts": `${promiseCases}test(\`P3: holds ${"$"}{on}\`);\n`,
      "docs/promises.md": promisePage(),
    },
    good: { "test/conformance/none.ts": promiseCases, "docs/promises.md": allAt("none.ts") },
    at: "test/conformance/all.ts:13",
  },
];

function allAt(file: string): string {
  return promisePage((row) => row.replace("all.ts", file));
}

export const CASES: readonly Case[] = [
  ...layerCases,
  ...reachCases,
  ...banCases,
  ...shapeCases,
  ...docCases,
  ...casesOfPromises,
];
