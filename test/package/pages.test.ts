// Goal: pages are complete and lead somewhere: the README has every function and class and leads to
// every page, each page has all that it is about, and no link is dead.
// Method: names come from the published declarations, pages are searched for them.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { status } from "../../src/index.ts";
import { publicOf } from "../support/declarations.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const DOCS: readonly string[] = readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`);
const PAGES: readonly string[] = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "native/README.md",
  ...DOCS,
];
const PUBLIC: readonly { readonly name: string; readonly kind: string }[] = [
  ...publicOf("index"),
  ...publicOf("testing"),
];

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

/** Members of a class or interface. */
function membersOf(owner: string): string[] {
  const members = PUBLIC.filter(({ name }) => name.startsWith(`${owner}.`))
    .map(({ name }) => name.slice(owner.length + 1))
    .filter((name) => /^\w+$/.test(name) && name !== "constructor");
  assert.notEqual(members.length, 0, `${owner} has no members`);
  return members;
}

/** Names that the page has nowhere in code: `name`, `name(…)`, `x.name`, `name: value`. */
function missingIn(page: string, names: readonly string[]): string[] {
  const code = Array.from(textOf(page).matchAll(/`[^`\n]+`|^```[\s\S]*?^```/gm), ([it]) => it).join(
    "\n",
  );
  return names.filter((name) => !new RegExp(`\\b${name}\\b`).test(code));
}

/** As GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  return Array.from(textOf(page).matchAll(/^#+ (.*)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
}

describe("pages", () => {
  for (const page of PAGES) {
    test(`no link of ${page} is dead`, () => {
      const links = textOf(page).matchAll(/\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g);
      for (const [link, path = "", anchor] of links) {
        if (/^https?:/.test(path)) continue;
        const target = path === "" ? page : join(dirname(page), path);
        assert.ok(existsSync(join(ROOT, target)), `${link} leads nowhere`);
        if (anchor !== undefined) assert.ok(anchorsOf(target).includes(anchor), link);
      }
    });
  }

  test("the README leads to every page", () => {
    const links = Array.from(textOf("README.md").matchAll(/\]\(([^)#]+)/g), ([, path]) => path);
    assert.deepEqual(
      PAGES.filter((page) => page !== "README.md" && !links.includes(page)),
      [],
    );
  });

  test("the README has every function and method that there is", () => {
    const functions = PUBLIC.filter(({ kind }) => kind === "function").map(({ name }) => name);
    assert.ok(functions.length >= 30);
    const calls = [...functions, ...membersOf("Operation")];
    const file = membersOf("File").filter((name) => !["path", "state", "isStream"].includes(name));
    const classes = ["IoBuffer", "BufferPool", "Scope", "Io", "File", "Operation", "IoError"];
    classes.push("StreamHandle", "Tty");
    assert.deepEqual(missingIn("README.md", [...calls, ...file, ...classes]), []);
  });

  const ABOUT: Readonly<Record<string, readonly string[]>> = {
    "docs/files.md": ["EverydayCalls", "ReadFileOptions", "WriteFileOptions", "RemoveOptions"],
    "docs/streams.md": ["FileStreams", "LinesOptions", "ReadableOptions", "WriterOptions"],
    "docs/scopes.md": ["ScopeOptions"],
    "docs/copying.md": ["CopyOptions"],
    "docs/pipes.md": [
      ...["StreamHandle", "PartOptions", "ReadUntilOptions", "FromFdOptions"],
      ...["EventCounter", "EventCounterOptions", "KernelTimer", "KernelTimerOptions"],
      ...["FileWatcher", "FileEvent", "WatchOptions"],
    ],
    "docs/terminals.md": ["AskOptions", "AskHistory", "OpenTtyOptions", "TtyModeChanges", "Pty"],
    "docs/observing.md": ["Status", "OperationCounts", "OperationTrace"],
    "docs/testing.md": ["SimulateOptions", "ScriptedFault"],
  };
  for (const [page, owners] of Object.entries(ABOUT)) {
    test(`${page} has every member of ${owners.join(", ")}`, () => {
      assert.deepEqual(missingIn(page, owners.flatMap(membersOf)), []);
    });
  }

  test("docs/observing.md has every count of the backend", () => {
    const counts = Object.keys(status().statistics);
    if (status().backend !== null) assert.ok(counts.includes("overflows"));
    assert.deepEqual(missingIn("docs/observing.md", counts), []);
  });
});
