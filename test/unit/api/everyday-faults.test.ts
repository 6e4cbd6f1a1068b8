// Goal: whatever a kernel does and whenever a call is asked to stop, each everyday call ends, tells
// the truth, and leaves nothing behind that its documentation does not mention.
// Method: each call on the simulated kernel with hundreds of seeds, which draw faults, the order of
// events, and what ends the call: nothing, a signal, a timeout, or the scope that it is in. The
// simulation fails if an operation or an open file is left, or if memory was touched while lent.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Prng } from "../../../src/base/prng.ts";
import { type EverydayCalls, IoError, Scope } from "../../../src/index.ts";
import { type FaultSet, type SimulatedWorld, simulateSeeds } from "../../../src/testing.ts";

const SEEDS = 300;
const OLD = "old content, which is all there or not there at all";
const NEW = new Uint8Array(20_000).map((_, at) => at % 251);

interface Ending {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

interface Ended<T> {
  readonly value?: T;
  readonly error?: IoError;
}

interface Case<T> {
  readonly name: string;
  readonly syscall: string;
  prepare(world: SimulatedWorld): void;
  call(calls: EverydayCalls, ending: Ending): Promise<T>;
  /** What is true in the end. */
  check(world: SimulatedWorld, ended: Ended<T>, faults: FaultSet): void;
}

/** Draws what ends the call, and runs it. */
async function run<T>(
  { call, syscall }: Case<T>,
  io: EverydayCalls,
  world: SimulatedWorld,
  prng: Prng,
): Promise<Ended<T>> {
  const way = prng.below(4);
  const ms = 1 + prng.below(60);
  const controller = new AbortController();
  const reason = new Error("enough");
  if (way === 1) void world.passTime(ms).then(() => controller.abort(reason));
  const ending = way === 1 ? { signal: controller.signal } : way === 2 ? { timeoutMs: ms } : {};
  try {
    if (way !== 3) return { value: await call(io, ending) };
    const limits = { io, deadlineMs: ms };
    return { value: await Scope.use(limits, (scope) => call(scope, ending)) };
  } catch (error) {
    if (way === 3 && !(error instanceof IoError)) assert.ok(error instanceof AggregateError);
    const own = error instanceof AggregateError ? error.errors[0] : error;
    assert.ok(own instanceof IoError, String(own));
    const isOfScope = way === 3 && own.syscall !== syscall;
    assert.equal(own.syscall, isOfScope ? "leave the scope" : syscall);
    if (own.code === "ABORT_ERR" && way === 1) assert.equal(own.cause, reason);
    if (own.code === "ETIMEDOUT") assert.ok(way === 2 || way === 3);
    return { error: own };
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const NEW_TEXT = textOf(NEW);

const readFileCase: Case<Uint8Array> = {
  name: "readFile",
  syscall: "readFile",
  prepare: (world) => world.makeFile("/a", NEW),
  call: (calls, ending) => calls.readFile("/a", ending),
  check: (_world, { value, error }) => {
    if (value !== undefined) assert.equal(textOf(value), NEW_TEXT);
    assert.ok((error?.bytesTransferred ?? 0) <= NEW.byteLength);
  },
};

const bigFileCase: Case<Uint8Array> = {
  name: "readFile of a big file",
  syscall: "readFile",
  prepare: (world) => world.makeFile("/a", new Uint8Array(200_000).fill(7)),
  call: (calls, ending) => calls.readFile("/a", ending),
  check: (_world, { value }) => {
    if (value === undefined) return;
    assert.equal(value.byteLength, 200_000);
    assert.ok(value.every((byte) => byte === 7));
  },
};

const writeFileCase: Case<void> = {
  name: "writeFile",
  syscall: "writeFile",
  prepare: (world) => world.makeFile("/a", OLD),
  call: (calls, ending) => calls.writeFile("/a", NEW, { ...ending, sync: true }),
  check: (world, { error }) => {
    const content = textOf(world.contentOf("/a"));
    if (error === undefined) assert.equal(content, NEW_TEXT);
    else if (content !== OLD) {
      assert.equal(content, NEW_TEXT.slice(0, content.length));
      assert.equal(content.length, error.bytesTransferred);
    }
  },
};

const appendFileCase: Case<void> = {
  name: "appendFile",
  syscall: "appendFile",
  prepare: (world) => world.makeFile("/a", OLD),
  call: (calls, ending) => calls.appendFile("/a", NEW, ending),
  check: (world, { error }) => {
    const content = textOf(world.contentOf("/a"));
    const count = error?.bytesTransferred ?? NEW.byteLength;
    assert.equal(content, OLD + NEW_TEXT.slice(0, count));
  },
};

const atomicCase: Case<void> = {
  name: "writeFileAtomic",
  syscall: "writeFileAtomic",
  prepare: (world) => {
    world.makeDirectory("/d");
    world.makeFile("/d/a", OLD, 0o640);
  },
  call: (calls, ending) => calls.writeFileAtomic("/d/a", NEW, ending),
  check: (world, { error }, faults) => {
    const content = textOf(world.contentOf("/d/a"));
    if (error === undefined) assert.equal(content, NEW_TEXT);
    else assert.ok(content === OLD || content === NEW_TEXT, "neither old nor new");
    const others = world.namesIn("/d").filter((name) => name !== "a");
    // Only where the removal of the part file may fail, too.
    if (faults === "benign" || error === undefined) assert.deepEqual(others, []);
    else assert.ok(others.length <= 1);
  },
};

/** Directories in directories, a file in each, and a link to what must stay. */
function makeTree(world: SimulatedWorld): void {
  world.makeDirectory("/precious");
  world.makeFile("/precious/file", OLD);
  for (const path of ["/t", "/t/a", "/t/a/b", "/t/a/b/c", "/t/d"]) {
    world.makeDirectory(path);
    world.makeFile(`${path}/file`, path);
    world.makeFile(`${path}/other`, path);
  }
}

const TREE = ["a", "a/b", "a/b/c", "d"];
const FILES = ["", ...TREE].flatMap((path) => ["file", "other"].map((name) => join(path, name)));

function join(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}

const readdirCase: Case<string[]> = {
  name: "readdir of a tree",
  syscall: "readdir",
  prepare: makeTree,
  call: async (calls, ending) => {
    const entries = await calls.readdir("/t", { ...ending, recursive: true });
    return entries.map(({ path, type }) => `${path.slice(3)} ${type}`);
  },
  check: (_world, { value }) => {
    if (value === undefined) return;
    const all = [...TREE.map((path) => `${path} directory`), ...FILES.map((it) => `${it} file`)];
    assert.deepEqual(value.sort(), all.sort());
  },
};

const walkCase: Case<number> = {
  name: "walk, left in the middle",
  syscall: "walk",
  prepare: makeTree,
  call: async (calls, ending) => {
    let count = 0;
    for await (const { path } of calls.walk("/t", ending)) {
      assert.match(path, /^\/t\//);
      if (++count === 5) break;
    }
    return count;
  },
  check: (_world, { value }) => assert.equal(value ?? 5, 5),
};

const removeCase: Case<void> = {
  name: "remove of a tree",
  syscall: "remove",
  prepare: makeTree,
  call: async (calls, ending) => {
    await calls.symlink("/precious", "/t/a/link").outcome();
    await calls.remove("/t", { ...ending, recursive: true });
  },
  check: (world, { error }) => {
    if (error === undefined) assert.equal(world.exists("/t"), false);
    assert.equal(textOf(world.contentOf("/precious/file")), OLD);
  },
};

const mkdirCase: Case<void> = {
  name: "mkdir of what is missing",
  syscall: "mkdir",
  prepare: () => {},
  call: (calls, ending) => calls.mkdir("/x/y/z", { ...ending, recursive: true }),
  check: (world, { error }) => {
    if (error === undefined) assert.equal(world.exists("/x/y/z"), true);
  },
};

const mkdtempCase: Case<string> = {
  name: "mkdtemp",
  syscall: "mkdtemp",
  prepare: () => {},
  call: (calls, ending) => calls.mkdtemp("/temp-", ending),
  check: (world, { value }) => {
    if (value !== undefined) assert.deepEqual(world.namesIn("/"), [value.slice(1)]);
  },
};

const existsCase: Case<boolean> = {
  name: "exists",
  syscall: "exists",
  prepare: (world) => world.makeFile("/a", ""),
  call: (calls, ending) => calls.exists("/a", ending),
  check: (_world, { value }) => assert.notEqual(value, false),
};

const CASES: readonly Case<never>[] = [
  readFileCase,
  bigFileCase,
  writeFileCase,
  appendFileCase,
  atomicCase,
  readdirCase,
  walkCase,
  removeCase,
  mkdirCase,
  mkdtempCase,
  existsCase,
] as never;

describe("everyday calls on a kernel that is out to get them", () => {
  for (const each of CASES) {
    for (const faults of ["benign", "failures"] as const) {
      test(`${each.name}, ${faults} faults`, async () => {
        let seed = 0;
        let failures = 0;
        await simulateSeeds(SEEDS, { faults }, async (io, world) => {
          each.prepare(world);
          const ended = await run(each, io, world, new Prng(seed++));
          if (ended.error !== undefined) failures++;
          each.check(world, ended as Ended<never>, faults);
        });
        // Otherwise nothing was tried.
        assert.ok(failures > 0 && failures < SEEDS, `${failures} of ${SEEDS} failed`);
      });
    }
  }
});
