// A disk that is frozen and thawed: what writes to it hangs where no signal reaches it.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { stat as nodeStat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";

import {
  BufferPool,
  drain,
  IoBuffer,
  inFlight,
  open,
  readFile,
  status,
  writeFile,
} from "../../src/index.ts";
import { GuardedMount } from "../support/guarded-mounts.ts";
import { assertNothingHeld, report, type Variant } from "./variant.ts";

const IMAGE_BYTES = 16 * 1024 * 1024;
const BYTES = 65_536;
const TURNS_MAX = 100_000;

/** What in the kernel the threads of this process wait in. */
function waits(): string[] {
  return readdirSync("/proc/self/task").map((thread) => {
    try {
      return readFileSync(`/proc/self/task/${thread}/wchan`, "utf8");
    } catch {
      return ""; // It has ended.
    }
  });
}

/** Threads of this process that wait for a thaw. */
function frozenCount(): number {
  return waits().filter((place) => /percpu|sb_start|freeze/.test(place)).length;
}

/** Turns of the loop until so many do. */
async function frozen(count: number): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    if (frozenCount() >= count) return;
    await nodeStat("/");
  }
  assert.fail(`nobody waits for a thaw, but ${waits().join(", ")}`);
}

async function withDisk(
  t: TestContext,
  act: (mount: GuardedMount, path: string) => Promise<void>,
): Promise<void> {
  const temporary = mkdtempSync(join(tmpdir(), "overlapped-frozen-"));
  const holding = setInterval(() => {}, 1000);
  const mount = GuardedMount.image(join(temporary, "disk"), IMAGE_BYTES);
  try {
    if (typeof mount === "string") {
      t.skip(mount);
      return;
    }
    const path = join(mount.path, "file");
    writeFileSync(path, new Uint8Array(BYTES).fill(7));
    const reason = mount.freeze() ?? mount.thaw();
    if (reason === null) await act(mount, path);
    else t.skip(reason);
    assertNothingHeld();
  } finally {
    if (typeof mount !== "string") await mount.end();
    clearInterval(holding);
    rmSync(temporary, { recursive: true, force: true });
  }
}

export function frozenDisks(variant: Variant, skip: string | false): void {
  describe(`a frozen file system, on ${variant.name}`, { skip }, () => {
    test("writes hang, are canceled in vain and abandoned; reads go on; all land in the end", (t) =>
      withDisk(t, async (mount, path) => {
        await abandonWrite(mount, path);
        report(t, variant, "ext4 is frozen and thawed: abandoned write, fence, close", {});
      }));

    test("a scope of calls by path: what hangs is in the report, and lands", (t) =>
      withDisk(t, async (mount, path) => {
        assert.equal(mount.freeze(), null);
        const other = `${path}-other`;
        const written = writeFile(other, "it lands");
        const elsewhere = await nodeStat("/");
        assert.ok(elsewhere.isDirectory());
        await frozen(1);
        const { held } = await drain({ deadlineMs: 0 });
        assert.ok(held.some((each) => each.path === other));
        mount.thaw();
        // The open was at work: whether the write behind it was begun decides.
        const end = await written.then(
          () => "completed",
          ({ code }) => code,
        );
        assert.ok(["completed", "ABORT_ERR"].includes(end), end);
        if (end === "completed") assert.equal(statSync(other).size, 8);
        report(t, variant, "ext4 is frozen and thawed: drain during a writeFile", {});
      }));
  });
}

async function abandonWrite(mount: GuardedMount, path: string): Promise<void> {
  const pool = new BufferPool({ byteLength: BYTES, count: 1 });
  const file = await open(path, "r+");
  const buffer = pool.acquire();
  buffer.bytes.fill(8);
  assert.equal(mount.freeze(), null);
  const write = file.write(buffer, { position: 0 });
  await frozen(1);
  write.cancel();
  assert.equal(write.state, "canceling");
  // What is read needs no room: it comes, from the old file.
  assert.ok((await readFile(path)).every((byte) => byte === 7));
  const reader = new IoBuffer(BYTES);
  assert.equal(await file.read(reader, { position: 0 }), BYTES);
  write.abandon();
  await assert.rejects(write, { code: "ERR_ABANDONED", path });
  assert.deepEqual([pool.free, pool.quarantined, status().quarantinedBytes], [0, 1, BYTES]);
  // A retry cannot overtake it, nor can the close.
  const retry = file.write("9", { position: 0 });
  const closed = file.close();
  assert.deepEqual(
    inFlight()
      .sort((one, other) => one.id - other.id)
      .map(({ kind, state }) => `${kind} ${state}`),
    ["write abandoned", "write queued", "close queued"],
  );
  mount.thaw();
  const orphan = await write.outcome();
  assert.equal(orphan.status, "abandoned");
  assert.equal(await retry, 1);
  await closed;
  assert.deepEqual([pool.free, pool.quarantined, status().quarantinedBytes], [1, 0, 0]);
  const content = readFileSync(path);
  assert.equal(content[0], "9".charCodeAt(0), "the retry came last");
  const expected = orphan.bytesTransferred === BYTES ? 8 : 7;
  assert.ok(
    content.subarray(1).every((byte) => byte === expected),
    "as it was told",
  );
}
