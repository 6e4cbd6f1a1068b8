// Goal: a thread uses the backend that was asked for or the best that works, says why not another,
// and goes on with the next one when it fails.
// Method: selections in this process and in workers, with the real candidates; failures by closing
// the descriptor of a ring, in a process of their own.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Io } from "../../../src/index.ts";
import { runScript } from "../../support/children.ts";

const CHILD = new URL("./select-child.js", import.meta.url);

interface Seen {
  readonly backend: string | null;
  readonly reason: string | null;
  readonly rejected: readonly { readonly candidate: string; readonly code: string }[];
}

const { backend: best, reason } = new Io({ backend: "uring" }).status();
const noRing: string | false = best === null ? `no ring: ${reason}` : false;

async function run(scenario: string, env: Record<string, string> = {}): Promise<unknown> {
  const { exitCode, out, err } = await runScript(CHILD, [scenario], { env });
  assert.equal(exitCode, 0, err);
  return JSON.parse(out);
}

describe("the option backend", () => {
  test("takes the names of backends only", () => {
    for (const backend of ["", "iocp", "URING"]) {
      const make = (): Io => new Io({ backend: backend as never });
      assert.throws(make, { name: "TypeError", code: "ERR_INVALID_ARG_VALUE" }, backend);
    }
    for (const backend of [5, {}, true]) {
      const make = (): Io => new Io({ backend: backend as never });
      assert.throws(make, { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" });
    }
    assert.throws(() => new Io(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
  });

  test("has the portable one where io_uring is", { skip: noRing }, async () => {
    const io = new Io({ backend: "portable" });
    const { backend, rejected } = io.status();
    assert.equal(backend, "portable");
    assert.equal(rejected.find(({ candidate }) => candidate === "uring")?.code, "not-wanted");
    assert.equal((await io.stat("/")).type, "directory");
  });
});

describe("OVERLAPPED_BACKEND", () => {
  test("has what it names, and the option goes before it", { skip: noRing }, async () => {
    const env = { OVERLAPPED_BACKEND: "portable" };
    const seen = (await run("both", env)) as { default: Seen; option: Seen };
    assert.equal(seen.default.backend, "portable");
    assert.equal(seen.option.backend, "uring");
  });

  test("portable makes no ring", async () => {
    const seen = await run("no-ring", { OVERLAPPED_BACKEND: "portable" });
    assert.deepEqual(seen, { backend: "portable", rings: 0 });
  });

  test("a name that is none is an error that says which there are", async () => {
    const seen = (await run("call", { OVERLAPPED_BACKEND: "Uring" })) as Seen & { code: string };
    assert.equal(seen.backend, null);
    assert.equal(seen.reason, 'OVERLAPPED_BACKEND is "Uring", wanted "uring" or "portable"');
    assert.equal(seen.code, "ERR_NO_BACKEND");
  });

  test("what it names and is not there is an error, and not another backend", async () => {
    const env = { OVERLAPPED_BACKEND: "uring", OVERLAPPED_SHIM: "off" };
    const seen = (await run("call", env)) as Seen & { code: string };
    assert.equal(seen.backend, null);
    assert.match(seen.reason ?? "", /^the backend "uring" was asked for; .*OVERLAPPED_SHIM=off/);
    assert.equal(seen.code, "ERR_NO_BACKEND");
    assert.equal(seen.rejected[0]?.code, "shim-off");
  });

  test("empty is as absent", { skip: noRing }, async () => {
    const seen = (await run("call", { OVERLAPPED_BACKEND: "" })) as Seen;
    assert.deepEqual([seen.backend, seen.rejected], ["uring", []]);
  });
});

describe("a ring whose descriptor somebody closed", { skip: noRing }, () => {
  test("hands over: what is new is done, what is pending ends as the kernel says", async () => {
    const seen = (await run("closed")) as Record<string, unknown>;
    assert.deepEqual(seen, {
      before: "uring",
      after: "portable",
      why: ["uring", "failed", "EBADF"],
      isDirectory: true,
      stateAfterCancel: "canceling",
      read: "hello",
      nextRead: "again",
      later: "portable",
      workerAgrees: "portable",
      warnings: ["OverlappedWarning OVERLAPPED_BACKEND"],
      held: 0,
    });
  });

  test("that was asked for by name is not replaced; files are closed all the same", async () => {
    const seen = await run("closed-forced", { OVERLAPPED_BACKEND: "uring" });
    assert.deepEqual(seen, {
      inFlight: "ERR_NO_BACKEND",
      read: "ERR_NO_BACKEND",
      call: "ERR_NO_BACKEND",
      backend: null,
      isClosed: true,
    });
  });
});

describe("workers", { skip: noRing }, () => {
  test("agree with the thread that started them, each with a ring of its own", async () => {
    const seen = (await run("worker")) as { main: string; worker: string; rings: number };
    assert.deepEqual(seen, { main: "uring", worker: "uring", rings: 2 });
  });

  test("try nothing again that was of no use there, and keep the reasons", async () => {
    const seen = await run("remembered", { OVERLAPPED_SHIM: "off" });
    const worker = ["portable", "shim-off", "shim-off"];
    assert.deepEqual(seen, { backend: "portable", workers: [worker, worker] });
  });
});
