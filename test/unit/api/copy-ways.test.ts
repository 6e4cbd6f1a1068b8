// Goal: a copy takes the quickest way that the kernel has, and another one where it is refused,
// also in the middle of a file.
// Method: a simulated kernel whose backend refuses kinds of request, as file systems do; what was
// asked of it is counted.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type {
  Backend,
  Capabilities,
  Completion,
  CompletionSink,
  OperationId,
  Request,
  RequestKind,
} from "../../../src/backend/contract.ts";
import { SimBackend } from "../../../src/backend/sim/backend.ts";
import { SimKernel } from "../../../src/backend/sim/kernel.ts";
import { SimPump } from "../../../src/backend/sim/pump.ts";
import { SimWorld } from "../../../src/backend/sim/world.ts";
import { StepClock } from "../../../src/base/step-clock.ts";
import { type CopyOptions, type CopyProgress, type CopyReport, Io } from "../../../src/index.ts";
import { errno } from "../../../src/kernel/errno.ts";
import { O_CREAT, O_WRONLY } from "../../../src/kernel/open-flags.ts";

/** What a kind of request is answered, how often it has been asked for before; null: do it. */
type Refuse = (request: Request, count: number) => Completion | null;

class RefusingBackend implements Backend {
  readonly name = "refusing";
  readonly asked: Map<RequestKind, number> = new Map();
  readonly #backend: SimBackend;
  readonly #sink: CompletionSink;
  readonly #refuse: Refuse;

  constructor(backend: SimBackend, sink: CompletionSink, refuse: Refuse) {
    this.#backend = backend;
    this.#sink = sink;
    this.#refuse = refuse;
  }

  get capabilities(): Capabilities {
    return this.#backend.capabilities;
  }

  submit(id: OperationId, request: Request): void {
    const count = this.asked.get(request.kind) ?? 0;
    this.asked.set(request.kind, count + 1);
    const answer = this.#refuse(request, count);
    if (answer === null) this.#backend.submit(id, request);
    else void Promise.resolve().then(() => this.#sink.complete(id, answer));
  }

  cancel(id: OperationId): void {
    this.#backend.cancel(id);
  }

  refresh(): void {
    this.#backend.refresh();
  }

  statistics(): Readonly<Record<string, number>> {
    return this.#backend.statistics();
  }
}

class Bench {
  readonly clock: StepClock = new StepClock();
  readonly io: Io;
  readonly world: SimWorld;
  readonly #made: RefusingBackend[] = [];

  constructor(refuse: Refuse) {
    const { clock } = this;
    const kernel = new SimKernel({ clock });
    const pump = { kernel, clock, later: setImmediate, stepsPerTurn: 64, mayPass: () => true };
    new SimPump(pump);
    this.world = new SimWorld(kernel);
    this.io = new Io({}, clock, (sink) => {
      const backend = new SimBackend(kernel, sink, clock);
      this.#made.push(new RefusingBackend(backend, sink, refuse));
      return { backend: this.#made[0]!, reason: null };
    });
  }

  countOf(kind: RequestKind): number {
    return this.#made[0]?.asked.get(kind) ?? 0;
  }

  async copy(content: Uint8Array, options: CopyOptions = {}): Promise<CopyReport> {
    this.world.makeFile("/from", content);
    const report = await this.io.copy("/from", "/to", options);
    assert.deepEqual(this.world.contentOf("/to"), content);
    assert.deepEqual(this.world.namesIn("/"), ["from", "to"]);
    assert.equal(this.world.descriptorCount, 0);
    return report;
  }
}

const refusal = (name: string): Completion => ({ kind: "failed", errno: errno(name) });

const nothing: Refuse = () => null;

/** What a file system says that cannot share blocks. */
const shareless = (kind: RequestKind): Completion | null =>
  kind === "clone" ? refusal("EOPNOTSUPP") : null;

/** Different from page to page, so that a mistake of position shows. */
function contentOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => 1 + ((index >> 12) % 251));
}

const BIG = contentOf(20_000_000);

describe("the ways to copy a file", () => {
  test("a small file is read and written once", async () => {
    const bench = new Bench(nothing);
    const report = await bench.copy(contentOf(65_536), { sync: false });
    assert.deepEqual(report.bytesCopied, { reflink: 0, range: 0, blocks: 65_536 });
    const kinds = ["read", "write", "clone", "copyRange", "fsync", "rename"] as const;
    const counts = kinds.map((kind) => bench.countOf(kind));
    assert.deepEqual(counts, [1, 1, 0, 0, 0, 1]);
  });

  test("a reflink moves nothing", async () => {
    const bench = new Bench(nothing);
    const { bytesCopied } = await bench.copy(BIG);
    assert.deepEqual(bytesCopied, { reflink: BIG.length, range: 0, blocks: 0 });
    assert.equal(bench.countOf("copyRange"), 0);
  });

  for (const code of ["EOPNOTSUPP", "EXDEV", "EINVAL", "ENOTTY", "ENOSYS", "EPERM", "ETXTBSY"]) {
    test(`where a reflink says ${code}, the kernel copies`, async () => {
      const bench = new Bench(({ kind }) => (kind === "clone" ? refusal(code) : null));
      const { bytesCopied } = await bench.copy(BIG);
      assert.deepEqual(bytesCopied, { reflink: 0, range: BIG.length, blocks: 0 });
    });
  }

  for (const code of ["EXDEV", "EINVAL", "EOPNOTSUPP", "ENOSYS", "EPERM"]) {
    test(`where copy_file_range says ${code}, blocks are moved`, async () => {
      const bench = new Bench(({ kind }) =>
        kind === "copyRange" ? refusal(code) : shareless(kind),
      );
      const { bytesCopied } = await bench.copy(BIG, { reflink: "never" });
      assert.deepEqual(bytesCopied, { reflink: 0, range: 0, blocks: BIG.length });
      assert.equal(bench.countOf("copyRange"), 2);
    });
  }

  test("a copy_file_range that stops in the middle leaves the rest to blocks", async () => {
    for (const answer of [refusal("EINVAL"), { kind: "done", value: 0 } as const]) {
      const bench = new Bench(({ kind }, count) =>
        kind === "copyRange" && count === 1 ? answer : shareless(kind),
      );
      const { bytesCopied } = await bench.copy(BIG, { reflink: "never" });
      assert.ok(bytesCopied.range > 0 && bytesCopied.blocks > 0);
      assert.equal(bytesCopied.range + bytesCopied.blocks, BIG.length);
    }
  });

  test("a limited rate is that of the bytes, however few of them each call moves", async () => {
    // Moves nothing: all of it is zeros, which the length alone makes.
    const bench = new Bench(({ kind }) =>
      kind === "copyRange" ? { kind: "done", value: 65_536 } : shareless(kind),
    );
    let isOver = false;
    const bytesPerSecond = 8_388_608;
    const copying = bench.copy(new Uint8Array(2 * bytesPerSecond), { bytesPerSecond });
    copying.finally(() => (isOver = true)).catch(() => {});
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      bench.clock.step(bench.clock.nextMs ?? 0);
    }
    await copying;
    assert.equal(Math.round(bench.clock.now() / 100), 20);
  });

  test("what a device has refused is not asked for again in the same copy", async () => {
    const bench = new Bench(({ kind }) =>
      kind === "clone" || kind === "copyRange" ? refusal("EOPNOTSUPP") : null,
    );
    bench.world.makeDirectory("/from");
    for (const name of "abcdef") bench.world.makeFile(`/from/${name}`, contentOf(70_000));
    await bench.io.copy("/from", "/to", { filesAtOnce: 1 });
    assert.deepEqual([bench.countOf("clone"), bench.countOf("copyRange")], [1, 1]);
  });

  test("a copy that is to last: bytes before the name, names before the end", async () => {
    const order: string[] = [];
    const bench = new Bench(({ kind }) => {
      order.push(kind);
      return null;
    });
    await bench.copy(contentOf(1000));
    const kinds = ["write", "fsync", "rename"];
    const seen = order.filter((kind) => kinds.includes(kind));
    assert.deepEqual(seen, ["write", "fsync", "rename", "fsync"]);
    const tree = new Bench(nothing);
    tree.world.makeDirectory("/from");
    tree.world.makeDirectory("/from/sub");
    for (const name of ["a", "sub/b", "sub/c"]) tree.world.makeFile(`/from/${name}`, name);
    await tree.io.copy("/from", "/to");
    // Three files, two directories, and the one that they are in.
    assert.equal(tree.countOf("fsync"), 6);
    await tree.io.copy("/from", "/other", { sync: false });
    assert.equal(tree.countOf("fsync"), 6);
  });

  test("set-id bits are not kept where the owner cannot be", async () => {
    for (const [code, mode] of [["EPERM", 0o755] as const, [null, 0o6755] as const]) {
      const bench = new Bench(({ kind }) =>
        kind === "chown" && code !== null ? refusal(code) : null,
      );
      bench.world.makeFile("/from", "x", 0o6755);
      await bench.io.copy("/from", "/to", { preserve: true });
      assert.equal((await bench.io.stat("/to")).mode & 0o7777, mode);
    }
  });

  test("a file that may not be written to is not replaced, but one that runs is", async () => {
    const refuseFor = (code: string) => (request: Request) =>
      request.kind === "open" && (request.flags & (O_WRONLY | O_CREAT)) === O_WRONLY
        ? refusal(code)
        : null;
    const bench = new Bench(refuseFor("EACCES"));
    bench.world.makeFile("/from", "new");
    bench.world.makeFile("/to", "old");
    await assert.rejects(bench.io.copy("/from", "/to"), { code: "EACCES", path: "/to" });
    assert.equal(Buffer.from(bench.world.contentOf("/to")).toString(), "old");
    const running = new Bench(refuseFor("ETXTBSY"));
    running.world.makeFile("/to", "old");
    await running.copy(new Uint8Array(Buffer.from("new")));
  });

  test("small files of a new directory are copied many at a time, unless refused", async () => {
    const refusals = [null, { kind: "unsupported" } as const, refusal("ENOENT")];
    for (const answer of refusals) {
      const bench = new Bench(({ kind }) => (kind === "copyFiles" ? answer : null));
      bench.world.makeDirectory("/from");
      for (let number = 0; number < 80; number++) {
        bench.world.makeFile(`/from/${number}`, contentOf(number * 1000));
      }
      const report = await bench.io.copy("/from", "/to", { sync: false, reflink: "never" });
      assert.equal(report.files, 80);
      assert.deepEqual(bench.world.namesIn("/to").sort(), bench.world.namesIn("/from").sort());
      for (let number = 0; number < 80; number++) {
        const content = bench.world.contentOf(`/to/${number}`);
        assert.deepEqual(Buffer.from(content), Buffer.from(contentOf(number * 1000)));
      }
      const isDone = answer === null;
      assert.ok(bench.countOf("copyFiles") <= 3);
      // Some are too big for the room that there is.
      const renames = bench.countOf("rename");
      assert.ok(isDone ? renames < 30 : renames === 80, `${renames} renames`);
      assert.equal(bench.world.descriptorCount, 0);
    }
    const synced = new Bench(nothing);
    synced.world.makeDirectory("/from");
    for (const name of "ab") synced.world.makeFile(`/from/${name}`, name);
    await synced.io.copy("/from", "/to");
    assert.equal(synced.countOf("copyFiles"), 0);
  });

  test("of files that are copied in groups no size is asked, of the others early", async () => {
    for (const [sync, isAsked] of [[false, false] as const, [true, true] as const]) {
      const bench: Bench = new Bench(() => {
        bench.clock.step(101);
        return null;
      });
      bench.world.makeDirectory("/from");
      const medium = contentOf(70_000);
      for (const name of "abcdef") bench.world.makeFile(`/from/${name}`, medium);
      for (let number = 6; number < 60; number++) bench.world.makeFile(`/from/${number}`, "small");
      const told: CopyProgress[] = [];
      const onProgress = (it: CopyProgress): void => void told.push(it);
      const options = { sync, filesAtOnce: 1, onProgress };
      const { bytes } = await bench.io.copy("/from", "/to", options);
      assert.equal(bench.countOf("stat") > 60, isAsked, `${bench.countOf("stat")} were asked`);
      const { bytesTotal, filesTotal, isTotalKnown } = told.at(-1)!;
      assert.deepEqual([bytesTotal, filesTotal, isTotalKnown], [bytes, 60, true]);
      const others = told.filter(({ fileBytesTotal }) => fileBytesTotal === medium.length);
      assert.ok(others.length >= 6);
      for (const each of others)
        assert.deepEqual([each.bytesTotal, each.isTotalKnown], [bytes, true]);
    }
  });

  test("a file that vanishes before its size is known leaves no gap in the total", async () => {
    const bench = new Bench((request) => {
      const { kind } = request;
      const path = kind === "stat" ? request.target : kind === "open" ? request.path : null;
      return kind === "copyFiles" || path === "/from/1" ? refusal("ENOENT") : null;
    });
    bench.world.makeDirectory("/from");
    for (const name of "0123") bench.world.makeFile(`/from/${name}`, "small");
    const told: CopyProgress[] = [];
    const options = { sync: false, onProgress: (it: CopyProgress): void => void told.push(it) };
    const report = await bench.io.copy("/from", "/to", { ...options, onFailure: () => {} });
    assert.deepEqual([report.files, report.failures], [3, 1]);
    assert.deepEqual([told.at(-1)?.bytesTotal, told.at(-1)?.isTotalKnown], [15, true]);
  });

  test("reflink: always fails where it cannot be done", async () => {
    const bench = new Bench(({ kind }) => shareless(kind));
    bench.world.makeFile("/from", "small");
    const copied = bench.io.copy("/from", "/to", { reflink: "always" });
    await assert.rejects(copied, { name: "IoError", code: "EOPNOTSUPP", path: "/to" });
    assert.deepEqual(bench.world.namesIn("/"), ["from"]);
  });

  test("reflink: never asks for no copy_file_range where blocks can be shared", async () => {
    // A file that cannot be shared with itself is no sign that others cannot.
    for (const answer of [null, refusal("EINVAL"), refusal("EPERM")]) {
      const bench = new Bench(({ kind }) => (kind === "clone" ? answer : null));
      const { bytesCopied } = await bench.copy(BIG, { reflink: "never" });
      assert.deepEqual(bytesCopied, { reflink: 0, range: 0, blocks: BIG.length });
      assert.equal(bench.countOf("copyRange"), 0);
    }
    const other = new Bench(({ kind }) => shareless(kind));
    const { bytesCopied } = await other.copy(BIG, { reflink: "never" });
    assert.deepEqual(bytesCopied, { reflink: 0, range: BIG.length, blocks: 0 });
  });

  test("no reflink where the holes are to be others than those of the source", async () => {
    for (const sparse of ["never", "always"] as const) {
      const bench = new Bench(nothing);
      const { bytesCopied } = await bench.copy(BIG, { sparse });
      assert.equal(bytesCopied.reflink, 0);
      assert.equal(bench.countOf("clone"), 0);
    }
  });

  test("a file system without room-making or truncate is no obstacle", async () => {
    const bench = new Bench(({ kind }) => {
      if (kind === "allocate") return refusal("EOPNOTSUPP");
      return kind === "truncate" ? { kind: "unsupported" } : null;
    });
    await bench.copy(new Uint8Array(3_000_000), { reflink: "never", sparse: "always" });
    assert.equal(bench.countOf("truncate"), 1);
    await new Bench(({ kind }) => (kind === "allocate" ? refusal("EINVAL") : null)).copy(BIG, {
      reflink: "never",
    });
  });

  test("a full device is found out before anything is written", async () => {
    const bench = new Bench(({ kind }) => (kind === "allocate" ? refusal("ENOSPC") : null));
    bench.world.makeFile("/from", BIG);
    const copied = bench.io.copy("/from", "/to", { reflink: "never" });
    await assert.rejects(copied, { code: "ENOSPC", path: "/to", bytesTransferred: 0 });
    assert.deepEqual(bench.world.namesIn("/"), ["from"]);
  });

  test("without hard links, nothing is replaced that was not to be", async () => {
    const refuse: Refuse = ({ kind }) => (kind === "link" ? refusal("EPERM") : null);
    await new Bench(refuse).copy(BIG, { overwrite: "error" });
    const bench = new Bench(refuse);
    bench.world.makeFile("/from", "new");
    bench.world.makeFile("/to", "old");
    const { skipped, files } = await bench.io.copy("/from", "/to", { overwrite: "never" });
    assert.deepEqual([skipped, files], [1, 0]);
    const copied = bench.io.copy("/from", "/to", { overwrite: "error" });
    await assert.rejects(copied, { code: "EEXIST", path: "/to" });
    assert.equal(Buffer.from(bench.world.contentOf("/to")).toString(), "old");
  });

  test("a name that is taken meanwhile stays, unless it may be replaced", async () => {
    for (const overwrite of ["never", "error", "replace"] as const) {
      const bench = new Bench((request) => {
        if (request.kind === "read") bench.world.makeFile("/to", "meanwhile");
        return null;
      });
      bench.world.makeFile("/from", "new");
      const end = await bench.io.copy("/from", "/to", { overwrite }).catch((it) => it.code);
      assert.equal(overwrite === "error", end === "EEXIST");
      if (overwrite === "never") assert.equal(end.skipped, 1);
      const wanted = overwrite === "replace" ? "new" : "meanwhile";
      assert.equal(Buffer.from(bench.world.contentOf("/to")).toString(), wanted);
      assert.deepEqual(bench.world.namesIn("/").sort(), ["from", "to"]);
    }
  });
});
