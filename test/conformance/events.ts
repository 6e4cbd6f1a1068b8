// P12: what can be heard and counted besides what is in flight.

import assert from "node:assert/strict";
import { tracingChannel } from "node:diagnostics_channel";
import { describe, test } from "node:test";

import { IoBuffer, type OperationCounts, type OperationTrace } from "../../src/index.ts";
import { assertQuiet } from "./checks.ts";
import { openFifo, others } from "./fifo-case.ts";
import { LONG_MS, needs, type Stage, type Subject } from "./subject.ts";

export function eventCases(subject: Subject, stage: () => Stage): void {
  describe("P12", needs(subject, "waitingReads"), () => {
    events(stage);
    counts(stage);
  });
}

/** What subscribers are told while `work` runs, by channel. */
async function heardDuring(
  work: () => Promise<void>,
): Promise<(readonly [name: string, trace: OperationTrace])[]> {
  const heard: (readonly [string, OperationTrace])[] = [];
  const channel = tracingChannel<unknown, OperationTrace>("overlapped.operation");
  const note = (name: string) => (message: unknown) =>
    void heard.push([name, { ...(message as OperationTrace) }]);
  const notes = {
    start: note("start"),
    end: note("end"),
    asyncStart: note("asyncStart"),
    asyncEnd: note("asyncEnd"),
    error: note("error"),
  };
  channel.subscribe(notes);
  try {
    await work();
  } finally {
    channel.unsubscribe(notes);
  }
  return heard;
}

function events(stage: () => Stage): void {
  test("P12: subscribers hear of each operation, what it was and what it came to", async () => {
    const { io, world } = stage();
    const path = world.makeFile("some text");
    const heard = await heardDuring(async () => {
      await using file = await io.open(path);
      await file.read(new IoBuffer(4));
      await assert.rejects(io.stat(`${path}/none`));
    });
    const ends = heard.filter(([name]) => name === "asyncEnd").map(([, trace]) => trace);
    assert.deepEqual(
      ends.map(({ operation, api, path: of, bytes, outcome, result, error }) => {
        return [operation, api, of, bytes, outcome, result, error?.code];
      }),
      [
        ["open", "promise", path, 0, "completed", undefined, undefined],
        ["read", "filehandle", path, 4, "completed", 4, undefined],
        ["stat", "promise", `${path}/none`, 0, "failed", undefined, "ENOTDIR"],
        ["close", "filehandle", path, 0, "completed", undefined, undefined],
      ],
    );
    for (const { durationMs } of ends) assert.ok(durationMs !== undefined && durationMs >= 0);
    assert.deepEqual(
      heard.filter(([, { operation }]) => operation === "stat").map(([name]) => name),
      ["start", "end", "error", "asyncStart", "asyncEnd"],
    );
    assertQuiet(stage());
  });

  test("P12: subscribers hear whole paths, also of what is done in an open directory", async () => {
    const { io, world } = stage();
    const path = world.makeDirectory();
    const file = `${path}/one/file`;
    await io.mkdir(`${path}/one`);
    await io.writeFile(file, "text");
    const heard = await heardDuring(async () => {
      await io.readdir(path, { recursive: true });
      await io.remove(path, { recursive: true });
    });
    const names = (operation: string): unknown[] =>
      heard
        .filter(([name, trace]) => name === "asyncEnd" && trace.operation === operation)
        .map(([, { path: of, outcome }]) => `${of} ${outcome}`);
    assert.ok(names("readdir").includes(`${path}/one completed`), "listings by Node's name");
    assert.ok(names("unlink").includes(`${file} completed`), `${names("unlink")}`);
    assert.deepEqual(
      names("rmdir").filter((name) => `${name}`.endsWith(" completed")),
      [`${path}/one completed`, `${path} completed`],
    );
    assertQuiet(stage());
  });

  test("P12: subscribers hear the real end of what was canceled or abandoned", async () => {
    const { file, peer, close } = await openFifo(stage());
    const heard = await heardDuring(async () => {
      const canceled = file.read(new IoBuffer(8));
      await others(stage());
      await canceled.cancel().outcome();
      const abandoned = file.read(new IoBuffer(8));
      await others(stage());
      await abandoned.abandon().outcome();
    });
    const reads = heard.filter(([, { operation }]) => operation === "read");
    assert.deepEqual(
      reads.filter(([name]) => name === "asyncEnd").map(([, { outcome }]) => outcome),
      ["canceled", "abandoned"],
    );
    peer.write("x");
    assert.equal(await file.read(new IoBuffer(8)), 1);
    await close();
  });
}

function counts(stage: () => Stage): void {
  test("P12: status() counts how operations have ended", async () => {
    const { io } = stage();
    const { file, peer, close } = await openFifo(stage());
    const before = io.status().counts;
    const gained = (): Partial<OperationCounts> => {
      const entries = Object.entries(io.status().counts) as [keyof OperationCounts, number][];
      return Object.fromEntries(
        entries.flatMap(([name, count]) =>
          count === before[name] ? [] : [[name, count - before[name]]],
        ),
      );
    };
    const completed = file.read(new IoBuffer(8));
    peer.write("x");
    await completed;
    assert.deepEqual(gained(), { completed: 1 });
    await file.read(new IoBuffer(8)).cancel().outcome();
    const timedOut = file.read(new IoBuffer(8), { timeoutMs: LONG_MS });
    stage().passTime(LONG_MS);
    await timedOut.outcome();
    await file.read(new IoBuffer(8)).abandon().outcome();
    const { canceledTooLate, ...ends } = gained();
    assert.deepEqual(ends, { completed: 1, canceled: 1, timedOut: 1, abandoned: 1 });
    assert.equal(canceledTooLate, undefined);
    await assert.rejects(io.stat("/nothing/is/here"));
    assert.equal(gained().failed, 1);
    await close();
    assertQuiet(stage());
  });

  test("P12: what completed although it was asked to stop is counted as such", async () => {
    const { io, world } = stage();
    const path = world.makeFile("text");
    const before = io.status().counts;
    let late = 0;
    for (let rounds = 0; rounds < 200; rounds++) {
      const stat = io.stat(path);
      for (let turn = rounds % 8; turn > 0; turn--) await undefined;
      const isInTime = stat.state !== "settled";
      if ((await stat.cancel().outcome()).status === "completed" && isInTime) late++;
    }
    const { canceledTooLate } = io.status().counts;
    assert.equal(canceledTooLate - before.canceledTooLate, late);
  });
}
