// The everyday calls, each with what it works on, what must then be true, and what may be true if
// it was asked to stop.

import assert from "node:assert/strict";

import { type CallOptions, type EverydayCalls, IoBuffer } from "../../src/index.ts";
import type { Stage, World } from "./subject.ts";

/** What a call works on. */
export interface Props {
  readonly world: World;
  /** What it contains is `CONTENT`. */
  readonly file: string;
  readonly fresh: string;
  /** With a file and a directory in it, which has a file, too. */
  readonly directory: string;
}

export interface Everyday {
  readonly name: string;
  start(calls: EverydayCalls, props: Props, options: CallOptions): Promise<unknown>;
  /** What is true after it came to `value`. */
  check(props: Props, value: never): void;
  /** What is true whatever became of it. */
  checkAnyway(props: Props): void;
}

export const CONTENT = "0123456789abcdef";
export const NEW = "something else";

export async function makeProps({ io, world }: Stage): Promise<Props> {
  const directory = world.makeDirectory();
  await io.writeFile(`${directory}/file`, "in a directory");
  await io.mkdir(`${directory}/inner`);
  await io.writeFile(`${directory}/inner/file`, "in a directory of a directory");
  return { world, file: world.makeFile(CONTENT), fresh: world.fresh(), directory };
}

export function contentOf(world: World, path: string): string {
  return Buffer.from(world.contentOf(path)).toString();
}

const nothing = (): void => {};
const unchanged = ({ world, file }: Props): void => assert.equal(contentOf(world, file), CONTENT);

const files: readonly Everyday[] = [
  {
    name: "readFile",
    start: (calls, { file }, options) => calls.readFile(file, { ...options, encoding: "utf8" }),
    check: (_props, text: string) => assert.equal(text, CONTENT),
    checkAnyway: unchanged,
  },
  {
    name: "writeFile",
    start: (calls, { file }, options) => calls.writeFile(file, NEW, { ...options, sync: true }),
    check: ({ world, file }) => assert.equal(contentOf(world, file), NEW),
    checkAnyway: ({ world, file }) => {
      assert.ok(["", CONTENT, NEW].includes(contentOf(world, file)));
    },
  },
  {
    name: "appendFile",
    start: (calls, { file }, options) => calls.appendFile(file, IoBuffer.from(NEW), options),
    check: ({ world, file }) => assert.equal(contentOf(world, file), CONTENT + NEW),
    checkAnyway: ({ world, file }) => {
      assert.ok([CONTENT, CONTENT + NEW].includes(contentOf(world, file)));
    },
  },
  {
    name: "writeFileAtomic",
    start: (calls, { directory }, options) =>
      calls.writeFileAtomic(`${directory}/file`, NEW, options),
    check: ({ world, directory }) => assert.equal(contentOf(world, `${directory}/file`), NEW),
    checkAnyway: ({ world, directory }) => {
      const content = contentOf(world, `${directory}/file`);
      assert.ok([NEW, "in a directory"].includes(content));
      assert.deepEqual(world.namesIn(directory).sort(), ["file", "inner"]);
    },
  },
];

const directories: readonly Everyday[] = [
  {
    name: "readdir",
    start: (calls, { directory }, options) =>
      calls.readdir(directory, { ...options, recursive: true }),
    check: ({ directory }, entries: { path: string; type: string }[]) => {
      const found = entries.map(({ path, type }) => `${path.slice(directory.length)} ${type}`);
      assert.deepEqual(found.sort(), ["/file file", "/inner directory", "/inner/file file"]);
    },
    checkAnyway: nothing,
  },
  {
    name: "walk",
    start: async (calls, { directory }, options) => {
      let count = 0;
      for await (const { name } of calls.walk(directory, options)) count += name.length;
      return count;
    },
    check: (_props, count: number) => assert.equal(count, "fileinnerfile".length),
    checkAnyway: nothing,
  },
  {
    name: "remove",
    start: (calls, { directory }, options) =>
      calls.remove(directory, { ...options, recursive: true }),
    check: ({ world, directory }) => assert.equal(world.exists(directory), false),
    checkAnyway: unchanged,
  },
  {
    name: "exists",
    start: (calls, { file }, options) => calls.exists(file, options),
    check: (_props, isThere: boolean) => assert.equal(isThere, true),
    checkAnyway: nothing,
  },
  {
    name: "mkdir",
    start: (calls, { fresh }, options) =>
      calls.mkdir(`${fresh}/a/b`, { ...options, recursive: true }),
    check: ({ world, fresh }) => assert.equal(world.exists(`${fresh}/a/b`), true),
    checkAnyway: nothing,
  },
  {
    name: "mkdtemp",
    start: (calls, { fresh }, options) => calls.mkdtemp(fresh, options),
    check: ({ world, fresh }, path: string) => {
      assert.match(path.slice(fresh.length), /^[\w-]{8}$/);
      assert.equal(world.attributesOf(path).mode, 0o700);
    },
    checkAnyway: nothing,
  },
];

export const EVERYDAY: readonly Everyday[] = [...files, ...directories];
