/**
 * Goal: without the shim, the standard streams, questions, memory and workers are as they are with
 * it, or say why not. Method: child processes whose standard streams are pipes, sockets, files, a
 * device or a terminal; each says what it got.
 */

import "./without-shim-here.ts";

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";

const temporary: string = makeTemporary("without-shim-streams");
const child: string = fileURLToPath(new URL("./without-shim-child.js", import.meta.url));
const BOUND_MS = 60_000;

interface Said {
  readonly status: number | null;
  readonly err: string;
}

/** Runs to its end; standard input is a descriptor, or "ignore", which is /dev/null. */
function run(way: string, input: number | "ignore", path = "", env: object = {}): Said {
  const { status, stderr } = spawnSync(process.execPath, [child, way, path], {
    stdio: [input, "ignore", "pipe"],
    env: { ...process.env, ...env },
    timeout: BOUND_MS,
    encoding: "utf8",
  });
  return { status, err: stderr };
}

/** Standard streams are UNIX sockets, as for any child of Node's. */
async function runOnSocket(way: string, chunks: readonly string[]): Promise<Said> {
  const process_ = spawn(process.execPath, [child, way], { timeout: BOUND_MS });
  let err = "";
  process_.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  process_.stdin.on("error", () => {});
  const ended = new Promise<number | null>((resolve) => process_.once("close", resolve));
  for (const chunk of chunks) process_.stdin.write(chunk);
  process_.stdin.end();
  return { status: await ended, err };
}

test("lines of a socket, of a file, of a pipe in a shell, and of a device", async () => {
  const socket = await runOnSocket("lines", ["one\ntw", "o\nthree"]);
  assert.deepEqual(socket, { status: 0, err: "socket: one,two,three\n" });
  const path = join(temporary, "lines");
  writeFileSync(path, "a\nb\n");
  const file = openSync(path, "r");
  assert.deepEqual(run("lines", file), { status: 0, err: "file: a,b\n" });
  closeSync(file);
  assert.deepEqual(run("lines", "ignore"), { status: 0, err: "character: \n" });
  const piped = spawnSync(
    "sh",
    ["-c", 'printf "x\\ny\\n" | "$@"', "sh", process.execPath, child, "lines"],
    {
      encoding: "utf8",
      timeout: BOUND_MS,
    },
  );
  assert.deepEqual([piped.stderr, piped.stdout], ["fifo: x,y\n", "written\n"]);
});

test("a pipe that is empty, and whose writer has gone, has ended", () => {
  const line = [process.execPath, child, "lines"];
  const { stderr } = spawnSync("sh", ["-c", 'true | (sleep 0.2; "$@")', "sh", ...line], {
    encoding: "utf8",
    timeout: BOUND_MS,
  });
  assert.equal(stderr, "fifo: \n");
  const fifo = makeFifo(temporary, "gone");
  const [reader, writer] = [
    openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK),
    openSync(fifo, "w"),
  ];
  writeSync(writer, "last\n");
  closeSync(writer);
  assert.equal(run("lines", reader).err, "fifo: last\n");
  // Nobody writes any more, and nothing is left.
  assert.equal(run("lines", reader).err, "fifo: \n");
  closeSync(reader);
});

test("the position of a file that others read, too, is moved for them", () => {
  const path = join(temporary, "shared");
  writeFileSync(path, "first\nsecond\n");
  const file = openSync(path, "r");
  const script = 'read line; echo "shell: $line" >&2; "$@"';
  const { stderr } = spawnSync("sh", ["-c", script, "sh", process.execPath, child, "one line"], {
    stdio: [file, "ignore", "pipe"],
    encoding: "utf8",
    timeout: BOUND_MS,
  });
  assert.equal(stderr, "shell: first\none: second\n");
  closeSync(file);
});

test("Node's own standard input can be looked at while ours waits at the same socket", async () => {
  const { err } = await runOnSocket("beside Node's", []);
  assert.match(err, /^Node's: true\n/);
});

test("a wait at the standard input ends in time", async () => {
  const fifo = makeFifo(temporary, "silent");
  const silent = openSync(fifo, constants.O_RDWR);
  assert.equal(run("timed out", silent).err, "ETIMEDOUT: \n");
  closeSync(silent);
});

test("what only the shim can do says so, with the reason", () => {
  const { err } = run("refused", "ignore", "1023");
  const reason = "native shim is switched off by OVERLAPPED_SHIM=off";
  assert.equal(err, `ERR_NOT_SUPPORTED: ${reason}\nEBADF: \n`);
});

test("memory that nobody has any more comes back", () => {
  assert.equal(run("buffers", "ignore").err, "bounded\n");
});

for (const size of ["1", "4"]) {
  test(`a worker can be ended while a pool of ${size} reads for it`, () => {
    const env = { UV_THREADPOOL_SIZE: size };
    assert.ok(readFileSync(process.execPath).length > 1_048_576);
    const said = run("a worker at work", "ignore", process.execPath, env);
    assert.deepEqual(said, { status: 0, err: "terminated: 1\n" });
  });
}
