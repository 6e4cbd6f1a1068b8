// The contract for the kinds of request that no public call makes by itself: "copyRange", "clone"
// and "seek"; and for names in a directory that is open.

import assert from "node:assert/strict";
import { constants } from "node:fs";
import { constants as osConstants } from "node:os";
import { test } from "node:test";

import type { Request } from "../../src/backend/contract.ts";
import type { Sink } from "./contract.ts";
import { copyFilesCases } from "./copy-files.ts";
import { needsKind, type Stage, type Subject } from "./subject.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDWR, O_WRONLY } = constants;
const { errno } = osConstants;
const CONTENT = "0123456789abcdef";

async function open(sink: Sink, path: string, flags = 0, at?: number): Promise<number> {
  const request = { kind: "open", path, flags, mode: 0o600 } as const;
  const opened = await sink.run(at === undefined ? request : { ...request, at });
  assert.ok(opened.kind === "opened", `${path}: ${JSON.stringify(opened)}`);
  return opened.fd;
}

async function close(sink: Sink, ...fds: readonly number[]): Promise<void> {
  for (const fd of fds) {
    assert.deepEqual(await sink.run({ kind: "close", fd }), { kind: "done", value: 0 });
  }
}

const failed = (name: keyof typeof errno): object => ({ kind: "failed", errno: errno[name] });

export function threadCases(subject: Subject, sink: () => Sink, stage: () => Stage): void {
  copyCases(subject, sink, stage);
  seekCases(sink, stage);
  nameCases(sink, stage);
  copyFilesCases(subject, stage);
  cancelCases(sink, stage);
}

function copyCases(subject: Subject, sink: () => Sink, stage: () => Stage): void {
  test("copyRange: copies from one position to another, and nothing at the end", async () => {
    const { world } = stage();
    const path = world.makeFile("________________");
    const from = await open(sink(), world.makeFile(CONTENT));
    const to = await open(sink(), path, O_RDWR);
    const copy = { kind: "copyRange", from, to, fromPosition: 10, toPosition: 2 } as const;
    let copied = 0;
    for (let count = -1; count !== 0; copied += count) {
      const request: Request = {
        ...copy,
        fromPosition: 10 + copied,
        toPosition: 2 + copied,
        length: 100,
      };
      const done = await sink().run(request);
      assert.ok(done.kind === "done", JSON.stringify(done));
      count = done.value;
    }
    assert.equal(copied, 6);
    assert.equal(Buffer.from(world.contentOf(path)).toString(), "__abcdef________");
    await close(sink(), from, to);
  });

  const option = needsKind(subject, "clone");
  test("clone: makes a file of the same content, or says that it cannot", option, async () => {
    const { world } = stage();
    const path = world.makeFile("");
    const from = await open(sink(), world.makeFile(CONTENT));
    const to = await open(sink(), path, O_RDWR);
    const cloned = await sink().run({ kind: "clone", from, to });
    if (cloned.kind === "done") {
      assert.equal(Buffer.from(world.contentOf(path)).toString(), CONTENT);
    } else assert.deepEqual(cloned, failed("EOPNOTSUPP"));
    await close(sink(), from, to);
  });
}

function seekCases(sink: () => Sink, stage: () => Stage): void {
  test("seek: finds data and the hole at the end, and nothing behind it", async () => {
    const fd = await open(sink(), stage().world.makeFile(CONTENT));
    const seek = { kind: "seek", fd, position: 3, wants: "data" } as const;
    assert.deepEqual(await sink().run(seek), { kind: "done", value: 3 });
    assert.deepEqual(await sink().run({ ...seek, wants: "hole" }), {
      kind: "done",
      value: CONTENT.length,
    });
    const behind = { ...seek, position: CONTENT.length };
    assert.deepEqual(await sink().run(behind), failed("ENXIO"));
    assert.deepEqual(await sink().run({ ...behind, wants: "hole" }), failed("ENXIO"));
    await close(sink(), fd);
  });
}

function nameCases(sink: () => Sink, stage: () => Stage): void {
  test("open and unlink begin in the directory that is given", async () => {
    const { world } = stage();
    const directory = world.makeDirectory();
    const at = await open(sink(), directory, O_DIRECTORY);
    const made = await open(sink(), "name", O_WRONLY | O_CREAT | O_EXCL, at);
    assert.equal(world.exists(`${directory}/name`), true);
    const again = await open(sink(), "../name", O_DIRECTORY, at).catch(() => -1);
    assert.equal(again, -1);
    const parent = await open(sink(), "..", O_DIRECTORY, at);
    const name = { kind: "unlink", path: "name", isDirectory: false } as const;
    assert.deepEqual(await sink().run({ ...name, at: parent }), failed("ENOENT"));
    assert.deepEqual(await sink().run({ ...name, at }), { kind: "done", value: 0 });
    assert.equal(world.exists(`${directory}/name`), false);
    await close(sink(), made, parent, at);
  });

  test("a symbolic link that is not to be followed is not opened", async () => {
    const { world } = stage();
    const path = world.makeLink(world.makeDirectory());
    const flags = O_DIRECTORY | O_NOFOLLOW;
    const refused = await sink().run({ kind: "open", path, flags, mode: 0 });
    assert.ok(refused.kind === "failed");
    assert.ok([errno.ELOOP, errno.ENOTDIR].includes(refused.errno));
    await close(sink(), await open(sink(), path, O_DIRECTORY));
  });

  test("a descriptor that is none, and one of a file, have no names", async () => {
    const { world } = stage();
    const file = await open(sink(), world.makeFile(CONTENT));
    const name = { kind: "unlink", path: "name", isDirectory: false } as const;
    assert.deepEqual(await sink().run({ ...name, at: file }), failed("ENOTDIR"));
    assert.deepEqual(await sink().run({ ...name, at: 9999 }), failed("EBADF"));
    await close(sink(), file);
  });
}

function cancelCases(sink: () => Sink, stage: () => Stage): void {
  test("canceled at once or later: each completes once", async () => {
    const { world } = stage();
    const from = await open(sink(), world.makeFile(CONTENT));
    const to = await open(sink(), world.makeFile(""), O_RDWR);
    const range = { fromPosition: 0, toPosition: 0, length: 16 };
    const kinds: readonly Request[] = [
      { kind: "copyRange", from, to, ...range },
      { kind: "seek", fd: from, position: 0, wants: "data" },
      { kind: "chmod", target: to, mode: 0o600 },
      { kind: "chmod", target: "/none", mode: 0o600 },
    ];
    const ids = Array.from({ length: 200 }, (_, at) => sink().submit(kinds[at % 4]!));
    for (const id of ids.filter((_, at) => at % 3 === 0)) sink().backend.cancel(id);
    await Promise.resolve();
    for (const id of ids.filter((_, at) => at % 3 === 1)) sink().backend.cancel(id);
    const ends = await Promise.all(ids.map((id) => sink().completion(id)));
    for (const id of ids) sink().backend.cancel(id);
    await sink().run({ kind: "nop" });
    assert.ok(ids.every((id) => sink().countOf(id) === 1));
    assert.ok(ends.every(({ kind }, at) => kind !== "canceled" || at % 3 < 2));
    await close(sink(), from, to);
  });
}
