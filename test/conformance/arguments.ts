// Wrong arguments: each public function, each argument, each value. It throws a TypeError or a
// RangeError with a documented code and a message that says what is wanted, before anything is
// submitted; or the value is right, and then it works.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import {
  BufferPool,
  type CallOptions,
  type File,
  InvariantError,
  IoBuffer,
  type Operation,
} from "../../src/index.ts";
import { submissionsOf } from "./checks.ts";
import type { Stage } from "./subject.ts";
import { Hostility, type Named, trouble, values } from "./values.ts";

/** What the calls below work on; nothing of it is ever used. */
interface Props {
  readonly file: File;
  readonly buffer: IoBuffer;
  readonly path: string;
}

type Any = never;

/** Nothing is submitted although the arguments are right. */
const ABORTED: CallOptions = { signal: AbortSignal.abort() };

/** Each argument of each call, with a value in its place. */
type Calls = Readonly<Record<string, (it: Props, value: Any) => unknown>>;

/** An option by name, on top of an aborted signal. */
const option = (name: string, value: unknown): Any => ({ ...ABORTED, [name]: value }) as Any;

const FILE_CALLS: Calls = {
  "read(buffer)": ({ file }, value) => file.read(value, ABORTED),
  "read(position)": ({ file, buffer }, value) => file.read(buffer, option("position", value)),
  "read(offset)": ({ file, buffer }, value) => file.read(buffer, option("offset", value)),
  "read(length)": ({ file, buffer }, value) => file.read(buffer, option("length", value)),
  "readFully(buffer)": ({ file }, value) => file.readFully(value, ABORTED),
  "readFully(length)": ({ file, buffer }, value) => file.readFully(buffer, option("length", value)),
  "write(data)": ({ file }, value) => file.write(value, ABORTED),
  "write(position)": ({ file }, value) => file.write("data", option("position", value)),
  "write(offset)": ({ file }, value) => file.write("data", option("offset", value)),
  "write(length)": ({ file }, value) => file.write("data", option("length", value)),
  "write(offset) of a buffer": ({ file, buffer }, value) =>
    file.write(buffer, option("offset", value)),
  "writeAll(data)": ({ file }, value) => file.writeAll(value, ABORTED),
  "readv(buffers)": ({ file }, value) => file.readv(value, ABORTED),
  "readv([buffer])": ({ file, buffer }, value) => file.readv([buffer, value], ABORTED),
  "readv(position)": ({ file, buffer }, value) => file.readv([buffer], option("position", value)),
  "writev(buffers)": ({ file }, value) => file.writev(value, ABORTED),
  "writev([buffer])": ({ file, buffer }, value) => file.writev([value, buffer], ABORTED),
  "truncate(byteLength)": ({ file }, value) => file.truncate(value, ABORTED),
  "allocate(offset)": ({ file }, value) => file.allocate(value, 1, ABORTED),
  "allocate(byteLength)": ({ file }, value) => file.allocate(0, value, ABORTED),
  "allocate(keepSize)": ({ file }, value) => file.allocate(0, 1, option("keepSize", value)),
};

function ioCalls({ io }: Stage): Calls {
  return {
    "open(path)": (_it, value) => io.open(value, "r", 0, ABORTED),
    "open(flags)": ({ path }, value) => io.open(path, value, 0, ABORTED),
    "open(mode)": ({ path }, value) => io.open(path, "r", value, ABORTED),
    "stat(path)": (_it, value) => io.stat(value, ABORTED),
    "stat(followSymlinks)": ({ path }, value) => io.stat(path, option("followSymlinks", value)),
    "rename(from)": ({ path }, value) => io.rename(value, path, ABORTED),
    "rename(to)": ({ path }, value) => io.rename(path, value, ABORTED),
    "link(existing)": ({ path }, value) => io.link(value, path, ABORTED),
    "link(path)": ({ path }, value) => io.link(path, value, ABORTED),
    "symlink(target)": ({ path }, value) => io.symlink(value, path, ABORTED),
    "symlink(path)": ({ path }, value) => io.symlink(path, value, ABORTED),
    "unlink(path)": (_it, value) => io.unlink(value, ABORTED),
    "rmdir(path)": (_it, value) => io.rmdir(value, ABORTED),
    "mkdir(path)": (_it, value) => io.mkdir(value, 0, ABORTED),
    "mkdir({ mode })": ({ path }, value) => io.mkdir(path, option("mode", value)),
  };
}

/** Options of every call: here a right value may be submitted, so each call is harmless. */
function optionCalls({ io }: Stage): Calls {
  const calls: Readonly<Record<string, (it: Props, options: Any) => unknown>> = {
    stat: ({ path }, options) => io.stat(path, options),
    open: ({ path }, options) => io.open(`${path}/none`, "r", 0, options),
    "file.stat": ({ file }, options) => file.stat(options),
    read: ({ file }, options) => file.read(new IoBuffer(8), options),
    write: ({ file }, options) => file.write("", options),
    readv: ({ file }, options) => file.readv([new IoBuffer(8)], options),
    sync: ({ file }, options) => file.sync(options),
    datasync: ({ file }, options) => file.datasync(options),
    truncate: ({ file }, options) => file.truncate(0, options),
    rename: ({ path }, options) => io.rename(`${path}/none`, path, options),
    unlink: ({ path }, options) => io.unlink(`${path}/none`, options),
    mkdir: ({ path }, options) => io.mkdir(`${path}/none`, 0, options),
  };
  const entries = Object.entries(calls).flatMap(([name, call]): [string, Calls[string]][] => [
    [`${name}(options)`, call],
    [`${name}(signal)`, (it, value) => call(it, { signal: value } as Any)],
    [`${name}(timeoutMs)`, (it, value) => call(it, { timeoutMs: value } as Any)],
  ]);
  return Object.fromEntries(entries);
}

const OTHER_CALLS: Calls = {
  "new IoBuffer(byteLength)": (_it, value) => isSmall(value) && new IoBuffer(value),
  "IoBuffer.from(data)": (_it, value) => IoBuffer.from(value),
  "new BufferPool(options)": (_it, value) => new BufferPool(value),
  "new BufferPool(byteLength)": (_it, value) => new BufferPool({ byteLength: value, count: 1 }),
  "new BufferPool(count)": (_it, value) => new BufferPool({ byteLength: 1, count: value }),
  "pool.release(buffer)": (_it, value) =>
    new BufferPool({ byteLength: 1, count: 1 }).release(value),
};

/** Right values of gigabytes are not tried. */
function isSmall(value: unknown): boolean {
  return !(Number.isInteger(value) && (value as number) > 1e6 && (value as number) < 2 ** 31);
}

const CODES = new Set([
  "ERR_INVALID_ARG_TYPE",
  "ERR_INVALID_ARG_VALUE",
  "ERR_OUT_OF_RANGE",
  "ERR_BUFFER_LENT",
  "ERR_BUFFER_TRANSFERRED",
]);

function assertRefusal(error: unknown, what: string): void {
  assert.ok(!(error instanceof InvariantError), `${what}: ${String(error)}`);
  // Reading options runs the caller's own code; what that throws is passed on.
  if (error instanceof Hostility || what.includes("(options)")) return;
  const isRange = error instanceof RangeError;
  assert.ok(isRange || error instanceof TypeError, `${what}: ${String(error)}`);
  const { code } = error as { code?: string };
  assert.ok(code !== undefined && CODES.has(code), `${what}: code ${code}, ${error.message}`);
  assert.equal(isRange, code === "ERR_OUT_OF_RANGE", what);
  assert.match(error.message, /^Cannot [\s\S]*(?:wanted|this pool has not)/, what);
  assert.ok(error.message.length < 5000, what);
}

async function attempt(
  stage: Stage,
  it: Props,
  call: Calls[string],
  { name, make }: Named,
): Promise<void> {
  const before = submissionsOf(stage);
  const inFlight = stage.io.status().inFlight;
  let returned: unknown;
  try {
    returned = call(it, make() as Any);
  } catch (error) {
    assertRefusal(error, name);
    assert.equal(submissionsOf(stage), before, name);
    assert.equal(stage.io.status().inFlight, inFlight, name);
    assert.equal(it.buffer.isLent, false, name);
    assert.equal(it.file.state, "open", name);
    return;
  }
  if (!(returned instanceof Promise)) return;
  const operation = returned as Operation<unknown>;
  operation.cancel();
  const outcome = await operation.outcome();
  if (outcome.status === "completed" && typeof outcome.value === "object") return;
  if (outcome.status !== "completed") assert.equal(outcome.error.name === "Error", false, name);
  assert.equal(it.buffer.isLent, false, name);
}

export function argumentCases(stage: () => Stage): void {
  describe("wrong arguments", () => {
    let props: Props | undefined;
    const ready = async (): Promise<Props> => {
      const { io, world } = stage();
      props ??= {
        file: await io.open(world.makeFile("content"), "r+"),
        buffer: new IoBuffer(16),
        path: world.makeFile("x"),
      };
      return props;
    };
    const groups = [() => FILE_CALLS, ioCalls, optionCalls, () => OTHER_CALLS];
    const names = ["of files", "of paths", "in options", "of buffers"];
    for (const [at, calls] of groups.entries()) {
      test(`${names[at]}: each argument with each troublesome value`, async () => {
        const it = await ready();
        for (const [name, call] of Object.entries(calls(stage()))) {
          for (const each of trouble) {
            await attempt(stage(), it, call, { ...each, name: `${name} = ${each.name}` });
          }
        }
      });

      test(`${names[at]}: each argument with any value`, async () => {
        const it = await ready();
        const call = fc.constantFrom(...Object.entries(calls(stage())));
        await fc.assert(
          fc.asyncProperty(call, values, ([name, act], value) =>
            attempt(stage(), it, act, { ...value, name: `${name} = ${value.name}` }),
          ),
          { numRuns: 3000 },
        );
      });
    }

    test("the library is as good as new after all that", async () => {
      const { file } = await ready();
      assert.deepEqual(stage().io.inFlight(), []);
      await file.close();
    });
  });
  exactCases(stage);
}

function exactCases(stage: () => Stage): void {
  const type = { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" };
  const value = { name: "TypeError", code: "ERR_INVALID_ARG_VALUE" };
  const range = { name: "RangeError", code: "ERR_OUT_OF_RANGE" };
  const wrong: readonly (readonly [
    name: string,
    expected: object,
    call: (it: Props) => unknown,
  ])[] = [
    ["foreign memory for a read", type, ({ file }) => file.read(new Uint8Array(8) as Any)],
    ["no flag of that name", value, ({ path }) => stage().io.open(path, "rw")],
    ["flags below 0", range, ({ path }) => stage().io.open(path, -1)],
    ["a mode of text", type, ({ path }) => stage().io.mkdir(path, "777" as Any)],
    ["mode with type bits", range, ({ path }) => stage().io.open(path, "w", 0o100644)],
    ["a path with NUL", value, () => stage().io.unlink("a\0b")],
    ["a path with a lone surrogate", value, () => stage().io.unlink("a\ud800")],
    ["an empty path", value, () => stage().io.unlink("")],
    ["a path of 4096 bytes", value, () => stage().io.unlink("é".repeat(2048))],
    ["a URL of the web", value, () => stage().io.stat(new URL("https://example.org/"))],
    ["position 2^53", range, ({ file, buffer }) => file.read(buffer, { position: 2 ** 53 })],
    ["position -1", range, ({ file, buffer }) => file.read(buffer, { position: -1 })],
    ["offset at the end", range, ({ file, buffer }) => file.read(buffer, { offset: 16 })],
    ["length 0 of a read", range, ({ file, buffer }) => file.read(buffer, { length: 0 })],
    ["length beyond", range, ({ file, buffer }) => file.read(buffer, { offset: 1, length: 16 })],
    ["no buffers", range, ({ file }) => file.readv([])],
    ["1025 buffers", range, ({ file, buffer }) => file.readv(new Array(1025).fill(buffer))],
    ["a buffer twice", value, ({ file, buffer }) => file.writev([buffer, buffer])],
    ["timeout 0", range, ({ file }) => file.stat({ timeoutMs: 0 })],
    ["timeout 2^31", range, ({ file }) => file.stat({ timeoutMs: 2 ** 31 })],
    ["allocate nothing", range, ({ file }) => file.allocate(0, 0)],
    ["a buffer of 0 bytes", range, () => new IoBuffer(0)],
    ["a buffer of 2 GiB", range, () => new IoBuffer(2 ** 31)],
    ["a pool of 0", range, () => new BufferPool({ byteLength: 1, count: 0 })],
    ["captureStacks of text", type, () => stage().io.captureStacks("yes" as Any)],
  ];
  test("wrong arguments have their codes, and submit nothing", async () => {
    const { io, world } = stage();
    const path = world.makeFile("x");
    const it = { file: await io.open(path, "r+"), buffer: new IoBuffer(16), path };
    const before = submissionsOf(stage());
    for (const [name, expected, call] of wrong) assert.throws(() => call(it), expected, name);
    assert.equal(submissionsOf(stage()), before);
    assert.deepEqual(io.inFlight(), []);
    assert.equal(it.buffer.isLent, false);
    await it.file.close();
  });
}
