// Goal: scripted faults befall the requests that were chosen and no other, those of cancels too; a
// script that was not followed fails the run.
// Method: each fault once in a function that looks at what came of it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type File, type Io, IoBuffer } from "../../../src/index.ts";
import { FAULTS, type Fault, type ScriptedFault, simulate } from "../../../src/testing.ts";
import { failureOf } from "./cases.ts";

function withFile<T>(script: readonly ScriptedFault[], use: (file: File, io: Io) => Promise<T>) {
  return simulate({ script }, async (io, world) => {
    world.makeFile("/a", "0123456789");
    await using file = await io.open("/a", "r+");
    return await use(file, io);
  });
}

const readCanceled = async (file: File): Promise<string> => {
  const outcome = await file.read(new IoBuffer(10), { timeoutMs: 50 }).outcome();
  return `${outcome.status} ${outcome.bytesTransferred}`;
};

const readPlainly = async (file: File): Promise<string> => {
  const outcome = await file.read(new IoBuffer(10)).outcome();
  const code = "error" in outcome ? ` ${outcome.error.code}` : "";
  return `${outcome.status}${code} ${outcome.bytesTransferred < 10 ? "less" : "all"}`;
};

const writePlainly = async (file: File): Promise<string> => {
  const outcome = await file.write("abcdefghij").outcome();
  const code = "error" in outcome ? ` ${outcome.error.code}` : "";
  return `${outcome.status}${code} ${outcome.bytesTransferred < 10 ? "less" : "all"}`;
};

type Use = (file: File, io: Io) => Promise<string>;

/** What the application sees of each. */
const SEEN: Readonly<Record<Fault, readonly [kind: "read" | "write" | "open", Use, string]>> = {
  lateCancel: ["read", readCanceled, "completed 10"],
  lostCancel: ["read", readCanceled, "completed 10"],
  alreadyRunning: ["read", readCanceled, "completed 10"],
  stubbornOpen: [
    "open",
    async (_file, io) => {
      const outcome = await io.open("/b", "w", 0o666, { timeoutMs: 5 }).outcome();
      if (outcome.status === "completed") await outcome.value.close();
      return outcome.status;
    },
    "completed",
  ],
  interrupted: ["read", readPlainly, "completed all"],
  shortRead: ["read", readPlainly, "completed less"],
  shortWrite: ["write", writePlainly, "completed less"],
  tornWrite: ["write", writePlainly, "completed all"],
  noSpace: ["write", writePlainly, "failed ENOSPC less"],
  ioError: ["read", readPlainly, "failed EIO less"],
  again: ["read", readPlainly, "failed EAGAIN less"],
  noBuffers: ["write", writePlainly, "failed ENOBUFS less"],
  stuck: [
    "read",
    async (file, io) => {
      const outcome = file.read(new IoBuffer(1), { timeoutMs: 1000 });
      await io.stat("/a");
      await assert.rejects(outcome.abandon(), { code: "ERR_ABANDONED" });
      file.close().abandon();
      return "went on";
    },
    "went on",
  ],
  splitCompletion: ["write", writePlainly, "completed all"],
  queueFull: ["read", readPlainly, "completed all"],
  synchronous: ["read", readPlainly, "completed all"],
};

describe("script", () => {
  for (const [fault, [kind, use, expected]] of Object.entries(SEEN)) {
    test(`${fault}: ${FAULTS[fault as Fault]}`, async () => {
      const path = kind === "open" ? "/b" : "/a";
      const script = [{ fault: fault as Fault, kind, path, nth: 1 }];
      const end = simulate({ script }, async (io, world) => {
        world.makeFile("/a", "0123456789");
        const file = await io.open("/a", "r+");
        const seen = await use(file, io);
        if (file.state === "open") await file.close();
        return seen;
      });
      assert.equal(await end, expected);
    });
  }

  test("the third write has no space, the others have", async () => {
    const script = [{ fault: "noSpace", kind: "write", nth: 3 }] as const;
    const statuses = await withFile(script, async (file) => {
      const all: string[] = [];
      for (const text of ["a", "b", "c", "d"]) all.push((await file.write(text).outcome()).status);
      return all;
    });
    assert.deepEqual(statuses, ["completed", "completed", "failed", "completed"]);
  });

  test("the second read is late, the first and the third are not", async () => {
    const script = [{ fault: "lateCancel", kind: "read", nth: 2 }] as const;
    const times = await simulate({ script }, async (io, world) => {
      world.makeFile("/a", "0123456789");
      await using file = await io.open("/a");
      const all: number[] = [];
      for (let at = 0; at < 3; at++) {
        await file.read(new IoBuffer(2), { timeoutMs: 50 });
        all.push(world.nowMs);
      }
      return all;
    });
    assert.deepEqual(times, [0, 50, 50]);
  });

  test("a read of a FIFO completes after its cancel, with what came before it", async () => {
    const script = [{ fault: "lateCancel", kind: "read", path: "/fifo" }] as const;
    const value = await simulate({ script }, async (io, world) => {
      world.makeFifo("/fifo");
      const peer = world.peerOf("/fifo");
      void world.passTime(10).then(() => peer.write("late"));
      await using fifo = await io.open("/fifo", "r+");
      return await fifo.read(new IoBuffer(8), { timeoutMs: 50 });
    });
    assert.equal(value, 4);
  });

  test("faults of other paths and kinds leave a request alone", async () => {
    const script = [
      { fault: "ioError", kind: "read", path: "/b" },
      { fault: "ioError", kind: "write", path: "/a" },
    ] as const;
    const run = withFile(script, async (file) => {
      assert.equal(await file.read(new IoBuffer(10)), 10);
      await assert.rejects(file.write("x"), { code: "EIO" });
    });
    const error = await failureOf(run);
    assert.match(
      error.message,
      /could befall:\n {2}\{ fault: 'ioError', kind: 'read', path: '\/b' \}/,
    );
    assert.doesNotMatch(error.message, /could befall:\n(?:.*\n)*?.*path: '\/a'(?:.*\n)*Its/);
  });

  test("a cancel that never comes is waited for only while something else can happen", async () => {
    const script = [{ fault: "lateCancel", kind: "read" }] as const;
    const run = withFile(script, (file) => file.read(new IoBuffer(4)));
    const error = await failureOf(run);
    assert.match(error.message, /The script was not followed/);
    assert.match(error.trace, /read #2 completed: 4/);
  });

  test("drawn faults come with a script only if asked for", async () => {
    const script = [{ fault: "synchronous", kind: "read" }] as const;
    const rates = { shortWrite: 1 };
    const counts = await Promise.all(
      [{ script }, { script, faults: rates }].map((options) =>
        simulate(options, async (io) => {
          await using file = await io.open("/a", "w+");
          const count = await file.write("0123456789");
          await file.read(new IoBuffer(1), { position: 0 });
          return count;
        }),
      ),
    );
    assert.equal(counts[0], 10);
    assert.ok((counts[1] ?? 10) < 10);
  });
});
