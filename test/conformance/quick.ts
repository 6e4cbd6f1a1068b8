// Every public call that the kernel answers by itself, on plain files and directories: how to call
// it, what must then be true, and what must be true if it never happened.

import assert from "node:assert/strict";

import type { RequestKind } from "../../src/backend/contract.ts";
import { type CallOptions, File, type Io, IoBuffer, type Operation } from "../../src/index.ts";
import {
  type Attributes,
  needs,
  needsKind,
  type Stage,
  type Subject,
  type World,
} from "./subject.ts";

/** What a call works on. */
export interface Props {
  readonly io: Io;
  readonly world: World;
  /** Open for reading and writing; what it contains is `CONTENT`. */
  readonly file: File;
  readonly fresh: string;
  readonly directory: string;
  readonly buffer: IoBuffer;
  readonly second: IoBuffer;
}

export interface Quick {
  readonly name: string;
  readonly kind: RequestKind;
  /** As its errors call it, if not by its kind. */
  readonly syscall?: string;
  /** It belongs to a file, and so is refused once that is closing. */
  readonly isOfFile: boolean;
  start(props: Props, options: CallOptions): Operation<unknown>;
  /** What is true after it completed with `value`. */
  check(props: Props, value: never): void | Promise<void>;
  /** What is true if it never happened. */
  checkUndone(props: Props): void;
}

export const CONTENT = "0123456789abcdef";

export async function makeProps({ io, world }: Stage): Promise<Props> {
  const file = await io.open(world.makeFile(CONTENT), "r+");
  const buffer = IoBuffer.from("BUFFER");
  const second = IoBuffer.from("second");
  const directory = world.makeDirectory();
  return { io, world, file, fresh: world.fresh(), directory, buffer, second };
}

function contentOf({ world, file }: Props): string {
  return Buffer.from(world.contentOf(file.path)).toString();
}

const textOf = (buffer: IoBuffer): string => Buffer.from(buffer.bytes).toString();

const unchanged = (props: Props): void => assert.equal(contentOf(props), CONTENT);
const nothing = (): void => {};
const freshIsMissing = ({ world, fresh }: Props): void => assert.equal(world.exists(fresh), false);

const reads: readonly Quick[] = [
  {
    name: "read",
    kind: "read",
    isOfFile: true,
    start: ({ file, buffer }, options) => file.read(buffer, { ...options, position: 3 }),
    check: ({ buffer }, count: number) => {
      assert.equal(count, 6);
      assert.equal(textOf(buffer), CONTENT.slice(3, 9));
    },
    checkUndone: ({ buffer }) => assert.equal(textOf(buffer), "BUFFER"),
  },
  {
    name: "readFully",
    kind: "read",
    isOfFile: true,
    start: ({ file, buffer }, options) => file.readFully(buffer, options),
    check: ({ buffer }, count: number) => {
      assert.equal(count, 6);
      assert.equal(textOf(buffer), CONTENT.slice(0, 6));
    },
    checkUndone: ({ buffer }) => assert.equal(textOf(buffer), "BUFFER"),
  },
  {
    name: "readv",
    kind: "readv",
    isOfFile: true,
    start: ({ file, buffer, second }, options) =>
      file.readv([buffer, second], { ...options, position: 1 }),
    check: ({ buffer, second }, count: number) => {
      assert.equal(count, 12);
      assert.equal(textOf(buffer) + textOf(second), CONTENT.slice(1, 13));
    },
    checkUndone: ({ buffer, second }) => {
      assert.equal(textOf(buffer) + textOf(second), "BUFFERsecond");
    },
  },
  {
    name: "file.stat",
    kind: "stat",
    isOfFile: true,
    start: ({ file }, options) => file.stat(options),
    check: (_props, stat: { type: string; size: number }) => {
      assert.deepEqual([stat.type, stat.size], ["file", CONTENT.length]);
    },
    checkUndone: nothing,
  },
];

const writes: readonly Quick[] = [
  {
    name: "write",
    kind: "write",
    isOfFile: true,
    start: ({ file, buffer }, options) => file.write(buffer, { ...options, position: 2 }),
    check: (props, count: number) => {
      assert.equal(count, 6);
      assert.equal(contentOf(props), "01BUFFER89abcdef");
    },
    checkUndone: unchanged,
  },
  {
    name: "writeAll",
    kind: "write",
    isOfFile: true,
    start: ({ file }, options) => file.writeAll("TEXT", options),
    check: (props, count: number) => {
      assert.equal(count, 4);
      assert.equal(contentOf(props), "TEXT456789abcdef");
    },
    checkUndone: unchanged,
  },
  {
    name: "writev",
    kind: "writev",
    isOfFile: true,
    start: ({ file, buffer, second }, options) => file.writev([second, buffer], options),
    check: (props, count: number) => {
      assert.equal(count, 12);
      assert.equal(contentOf(props), "secondBUFFERcdef");
    },
    checkUndone: unchanged,
  },
  {
    name: "truncate",
    kind: "truncate",
    isOfFile: true,
    start: ({ file }, options) => file.truncate(5, options),
    check: (props) => assert.equal(contentOf(props), "01234"),
    checkUndone: unchanged,
  },
  {
    name: "allocate",
    kind: "allocate",
    isOfFile: true,
    start: ({ file }, options) => file.allocate(10, 10, options),
    check: (props) => assert.equal(contentOf(props), `${CONTENT}\0\0\0\0`),
    checkUndone: unchanged,
  },
  {
    name: "allocate with keepSize",
    kind: "allocate",
    isOfFile: true,
    start: ({ file }, options) => file.allocate(0, 100, { ...options, keepSize: true }),
    check: unchanged,
    checkUndone: unchanged,
  },
  {
    name: "sync",
    kind: "fsync",
    isOfFile: true,
    start: ({ file }, options) => file.sync(options),
    check: (_props, value) => assert.equal(value, undefined),
    checkUndone: nothing,
  },
  {
    name: "datasync",
    kind: "fdatasync",
    isOfFile: true,
    start: ({ file }, options) => file.datasync(options),
    check: (_props, value) => assert.equal(value, undefined),
    checkUndone: nothing,
  },
];

const paths: readonly Quick[] = [
  {
    name: "open",
    kind: "open",
    isOfFile: false,
    start: ({ io, fresh }, options) => io.open(fresh, "wx+", 0o600, options),
    check: async ({ world, fresh }, opened: File) => {
      assert.ok(opened instanceof File);
      assert.deepEqual(
        [opened.path, opened.state, opened.isStream, world.exists(fresh)],
        [fresh, "open", false, true],
      );
      await opened.close();
    },
    checkUndone: freshIsMissing,
  },
  {
    name: "stat",
    kind: "stat",
    isOfFile: false,
    start: ({ io, directory }, options) => io.stat(directory, options),
    check: (_props, stat: { type: string }) => assert.equal(stat.type, "directory"),
    checkUndone: nothing,
  },
  {
    name: "rename",
    kind: "rename",
    isOfFile: false,
    start: ({ io, directory, fresh }, options) => io.rename(directory, fresh, options),
    check: ({ world, directory, fresh }) => {
      assert.deepEqual([world.exists(directory), world.exists(fresh)], [false, true]);
    },
    checkUndone: freshIsMissing,
  },
  {
    name: "link",
    kind: "link",
    isOfFile: false,
    start: ({ io, file, fresh }, options) => io.link(file.path, fresh, options),
    check: ({ world, fresh }) => {
      assert.equal(Buffer.from(world.contentOf(fresh)).toString(), CONTENT);
    },
    checkUndone: freshIsMissing,
  },
  {
    name: "symlink",
    kind: "symlink",
    isOfFile: false,
    start: ({ io, fresh }, options) => io.symlink("some/where", fresh, options),
    check: ({ world, fresh }) => assert.equal(world.linkTargetOf(fresh), "some/where"),
    checkUndone: freshIsMissing,
  },
  {
    name: "mkdir",
    kind: "mkdir",
    isOfFile: false,
    start: ({ io, fresh }, options) => io.mkdir(fresh, 0o700, options),
    check: ({ world, fresh }) => assert.equal(world.exists(fresh), true),
    checkUndone: freshIsMissing,
  },
  {
    name: "unlink",
    kind: "unlink",
    isOfFile: false,
    start: ({ io, file }, options) => io.unlink(file.path, options),
    check: ({ world, file }) => assert.equal(world.exists(file.path), false),
    checkUndone: unchanged,
  },
  {
    name: "rmdir",
    kind: "unlink",
    syscall: "rmdir",
    isOfFile: false,
    start: ({ io, directory }, options) => io.rmdir(directory, options),
    check: ({ world, directory }) => assert.equal(world.exists(directory), false),
    checkUndone: ({ world, directory }) => assert.equal(world.exists(directory), true),
  },
];

/** Nobody made anything with these. */
const MODE = 0o604;
const ACCESSED_NS = 1_234_567_890_123_456_789n;
const MODIFIED_NS = -1_000_000_001n;
/** Only root may give files away. */
const OWNER = process.getuid?.() === 0 ? 1234 : (process.getuid?.() ?? 0);
const GROUP = process.getuid?.() === 0 ? 5678 : (process.getgid?.() ?? 0);

const attributesOf = ({ world, file }: Props): Attributes => world.attributesOf(file.path);

const checkMode = (props: Props): void => assert.equal(attributesOf(props).mode, MODE);
const checkNoMode = (props: Props): void => assert.notEqual(attributesOf(props).mode, MODE);
const checkOwner = (props: Props): void => {
  const { uid, gid } = attributesOf(props);
  assert.deepEqual([uid, gid], [OWNER, GROUP]);
};
const checkTimes = (props: Props): void => {
  const { accessedNs, modifiedNs } = attributesOf(props);
  assert.deepEqual([accessedNs, modifiedNs], [ACCESSED_NS, MODIFIED_NS]);
};
const checkNoTimes = (props: Props): void => {
  assert.notEqual(attributesOf(props).modifiedNs, MODIFIED_NS);
};

const attributes: readonly Quick[] = [
  {
    name: "lstat",
    kind: "stat",
    syscall: "lstat",
    isOfFile: false,
    start: ({ io, world, directory }, options) => io.lstat(world.makeLink(directory), options),
    check: (_props, stat: { type: string }) => assert.equal(stat.type, "symlink"),
    checkUndone: nothing,
  },
  {
    name: "readlink",
    kind: "readlink",
    isOfFile: false,
    start: ({ io, world }, options) => io.readlink(world.makeLink("some/where"), options),
    check: (_props, target: string) => assert.equal(target, "some/where"),
    checkUndone: nothing,
  },
  {
    name: "readlinkBytes",
    kind: "readlink",
    isOfFile: false,
    start: ({ io, world }, options) => io.readlinkBytes(world.makeLink("some/where"), options),
    check: (_props, target: Uint8Array) => {
      assert.deepEqual(target, new Uint8Array(Buffer.from("some/where")));
    },
    checkUndone: nothing,
  },
  {
    name: "chmod",
    kind: "chmod",
    isOfFile: false,
    start: ({ io, file }, options) => io.chmod(file.path, MODE, options),
    check: checkMode,
    checkUndone: checkNoMode,
  },
  {
    name: "file.chmod",
    kind: "chmod",
    isOfFile: true,
    start: ({ file }, options) => file.chmod(MODE, options),
    check: checkMode,
    checkUndone: checkNoMode,
  },
  {
    name: "chown",
    kind: "chown",
    isOfFile: false,
    start: ({ io, file }, options) => io.chown(file.path, OWNER, GROUP, options),
    check: checkOwner,
    checkUndone: nothing,
  },
  {
    name: "file.chown",
    kind: "chown",
    isOfFile: true,
    start: ({ file }, options) => file.chown(OWNER, GROUP, options),
    check: checkOwner,
    checkUndone: nothing,
  },
  {
    name: "utimes",
    kind: "utimes",
    isOfFile: false,
    start: ({ io, file }, options) => io.utimes(file.path, ACCESSED_NS, MODIFIED_NS, options),
    check: checkTimes,
    checkUndone: checkNoTimes,
  },
  {
    name: "file.utimes",
    kind: "utimes",
    isOfFile: true,
    start: ({ file }, options) => file.utimes(ACCESSED_NS, MODIFIED_NS, options),
    check: checkTimes,
    checkUndone: checkNoTimes,
  },
];

export const QUICK: readonly Quick[] = [...reads, ...writes, ...paths, ...attributes];

/** The option of the tests of a call. */
export function needsCall(subject: Subject, { kind }: Quick): { skip: false | string } {
  return kind === "utimes" ? needs(subject, "nanoseconds") : needsKind(subject, kind);
}

/** Those that the subject has. */
export function quickOf(subject: Subject): readonly Quick[] {
  return QUICK.filter((call) => needsCall(subject, call).skip === false);
}
