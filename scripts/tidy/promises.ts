// docs/promises.md lists the cases of each promise, all of them and no others: a promise without a
// case is a hope.

import { type Finding, findAll, lineAt, type Rule, type SourceFile, type Tree } from "./tree.ts";

const PAGE = "docs/promises.md";
const FOLDER = "test/conformance/";
const PROMISES: readonly string[] = Array.from({ length: 12 }, (_, at) => `P${at + 1}`);

/** A name says first which promise it is a case of. */
const NAME = /^(P\d+): \S/;
const ROW = /^\| (P\d+: .+) \| `([\w.-]+)` \|$/;

interface Case {
  readonly promise: string;
  readonly name: string;
  readonly path: string;
  readonly line: number;
}

interface Row {
  /** The heading above it. */
  readonly section: string | undefined;
  readonly text: string;
  readonly line: number;
}

export const promisesHaveCases: Rule = (tree) => {
  const files = [...tree.values()].filter(({ path }) => path.startsWith(FOLDER));
  if (files.length === 0) return [];
  const cases = files.flatMap(casesOf);
  const rows = rowsOf(tree);
  const wanted = new Set(cases.map((each) => `${each.promise} ${rowOf(each)}`));
  const given = new Set(rows.map(({ section, text }) => `${section} ${text}`));
  return [
    ...files.flatMap(complainAboutTemplates),
    ...PROMISES.flatMap((promise) => complainAboutPromise(promise, cases)),
    ...cases
      .filter((each) => !given.has(`${each.promise} ${rowOf(each)}`))
      .map((each): Finding => {
        const { path, line, promise } = each;
        const remedy = `add "${rowOf(each)}" below ## ${promise} in ${PAGE}`;
        return { path, line, what: `a case of ${promise} that ${PAGE} does not list`, remedy };
      }),
    ...rows
      .filter(({ section, text }) => !wanted.has(`${section} ${text}`))
      .map(({ line }): Finding => {
        const remedy = "correct the name, file or heading, or remove the row";
        return { path: PAGE, line, what: `a row that is no case in ${FOLDER}`, remedy };
      }),
  ];
};

/** Cases are found by their names, be they in a call of test() or in a table of tests. */
function casesOf(file: SourceFile): Case[] {
  return file.masked.strings.flatMap(({ start, value }): Case[] => {
    const promise = NAME.exec(value)?.[1];
    if (promise === undefined) return [];
    return [{ promise, name: value, path: file.path, line: lineAt(file.text, start) }];
  });
}

function rowOf({ name, path }: Case): string {
  return `| ${name} | \`${path.slice(FOLDER.length)}\` |`;
}

function rowsOf(tree: Tree): Row[] {
  let section: string | undefined;
  return (tree.get(PAGE)?.lines ?? []).flatMap((text, at): Row[] => {
    if (text.startsWith("## ")) section = /^## (P\d+)\b/.exec(text)?.[1];
    return ROW.test(text) ? [{ section, text, line: at + 1 }] : [];
  });
}

function complainAboutPromise(promise: string, cases: readonly Case[]): Finding[] {
  if (cases.some((each) => each.promise === promise)) return [];
  const remedy = `write one in ${FOLDER} whose name begins with "${promise}: "`;
  return [{ path: PAGE, line: 1, what: `${promise} has no case`, remedy }];
}

function complainAboutTemplates(file: SourceFile): Finding[] {
  return findAll(file, file.text, /`P\d+: /g, () => ({
    what: "the name of a case is put together",
    remedy: "write it out as a string, so that it can be found",
  }));
}
