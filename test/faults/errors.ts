// A server that answers errors and little: each error is told whole, and what moved before is told.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import {
  appendFile,
  CopyError,
  copy,
  IoBuffer,
  type IoError,
  open,
  readdir,
  readFile,
  stat,
  unlink,
  writeFile,
  writeFileAtomic,
} from "../../src/index.ts";
import type { FuseCall, FuseServer } from "../support/fuse.ts";
import { contentOf, FILE_BYTES, withServer } from "./served.ts";
import { descriptorCount, report, type Variant } from "./variant.ts";

/** The most that the kernel asks the server for at a time. */
const TRANSFER = 131_072;

const ERRORS = { EIO: 5, ENOSPC: 28, ESTALE: 116, EDQUOT: 122 } as const;

type Failure = readonly [
  call: FuseCall,
  code: keyof typeof ERRORS,
  syscall: string,
  act: (path: string) => Promise<unknown>,
];

async function withFile<T>(path: string, act: (file: OpenFile) => Promise<T>): Promise<T> {
  const file = await open(path, "r+");
  try {
    return await act(file);
  } finally {
    await file.close().outcome();
  }
}

type OpenFile = Awaited<ReturnType<typeof open>>;

const FAILURES: readonly Failure[] = [
  ["lookup", "EIO", "stat", (path) => stat(path)],
  ["open", "ESTALE", "open", (path) => open(path)],
  ["open", "EIO", "readFile", (path) => readFile(path)],
  ["create", "ENOSPC", "writeFile", (path) => writeFile(`${path}-new`, "text")],
  ["read", "EIO", "readFile", (path) => readFile(path)],
  ["read", "ESTALE", "read", (path) => withFile(path, (file) => file.read(new IoBuffer(8)))],
  ["write", "EIO", "write", (path) => withFile(path, (file) => file.write("text"))],
  [
    "write",
    "EDQUOT",
    "writev",
    (path) => withFile(path, (file) => file.writev([IoBuffer.from("a")])),
  ],
  ["write", "ENOSPC", "appendFile", (path) => appendFile(path, "more")],
  ["write", "ENOSPC", "writeFileAtomic", (path) => writeFileAtomic(path, "new")],
  ["fsync", "ENOSPC", "fsync", (path) => withFile(path, (file) => file.sync())],
  ["fsync", "EIO", "writeFileAtomic", (path) => writeFileAtomic(path, "new")],
  ["setattr", "EIO", "truncate", (path) => withFile(path, (file) => file.truncate(1))],
  ["unlink", "EIO", "unlink", (path) => unlink(path)],
  ["rename", "EIO", "writeFileAtomic", (path) => writeFileAtomic(path, "new")],
];

const WRITTEN: Readonly<Record<string, number>> = { writeFileAtomic: "new".length };

/** The call that failed, and what the error says: a call of several operations is the cause's. */
async function failureOf(promise: Promise<unknown>, what = ""): Promise<IoError> {
  try {
    await promise;
  } catch (error) {
    return error as IoError;
  }
  assert.fail(`it did not fail: ${what}`);
}

/** Some kernels and libraries go on by themselves. */
function assertSome(count: number): void {
  assert.ok(count > 0 && count <= FILE_BYTES, `${count} bytes`);
}

/** Rules for what comes after the first request of a kind, which is answered as usual. */
async function afterTheFirst(
  server: FuseServer,
  call: FuseCall,
  rule: Parameters<FuseServer["rule"]>[1],
): Promise<void> {
  const before = server.countOf(call);
  await server.asked(call, before + 1);
  await server.rule(call, rule);
  await server.tell("release");
}

export function errors(variant: Variant, skip: string | false): void {
  describe(`a server that fails, on ${variant.name}`, { skip }, () => {
    test("each error is told by its name, with the call, the path and the bytes", (t) =>
      withServer(async ({ server, path, directory }) => {
        // Once, for what is kept open from then on.
        await readFile(path);
        const before = descriptorCount();
        for (const [call, code, syscall, act] of FAILURES) {
          await server.rule(call, `error ${ERRORS[code]}`);
          const error = await failureOf(act(path), syscall);
          await server.rule(call, "pass");
          assert.deepEqual([error.name, error.code], ["IoError", code], `${call}: ${error.stack}`);
          assert.deepEqual([error.errno, error.syscall], [-ERRORS[code], syscall], call);
          assert.ok(error.path?.startsWith(directory), `${call}: ${error.path}`);
          // What comes after the write of "new" has written that.
          const bytes = call === "fsync" || call === "rename" ? WRITTEN[error.syscall] : 0;
          assert.equal(error.bytesTransferred, bytes ?? 0, call);
          assert.equal(descriptorCount(), before, `${call} leaves a descriptor open`);
        }
        assert.deepEqual(
          readdirSync(directory).filter((name) => name !== "file" && name !== "file-new"),
          [],
        );
        assert.ok(contentOf(0, FILE_BYTES).equals(await readFile(path)));
        report(t, variant, "FUSE answers EIO, ESTALE, ENOSPC, EDQUOT", {
          errors: FAILURES.length,
        });
      }));

    test("an error of the close is told, and the descriptor is gone all the same", (t) =>
      withServer(async ({ server, path }) => {
        const before = descriptorCount();
        const file = await open(path);
        await server.rule("flush", "error 5");
        await assert.rejects(file.close(), {
          name: "IoError",
          code: "EIO",
          syscall: "close",
          path,
        });
        assert.equal(descriptorCount(), before);
        report(t, variant, "FUSE answers EIO to the close", {});
      }));

    test("bytes that moved before the error are told", (t) =>
      withServer(async ({ server, path }) => {
        const file = await open(path, "r+");
        const moved: Record<string, number> = {};
        for (const call of ["read", "write"] as const) {
          await server.rule(call, "hold");
          const buffer = new IoBuffer(FILE_BYTES);
          const failing =
            call === "read"
              ? file.readFully(buffer, { position: 0 })
              : file.writeAll(buffer, { position: 0 });
          const failure = failureOf(failing);
          await afterTheFirst(server, call, "error 5");
          const error = await failure;
          assert.deepEqual([error.code, error.syscall], ["EIO", call]);
          // Less where memory does not begin with a page.
          assert.ok(error.bytesTransferred > 0 && error.bytesTransferred <= TRANSFER);
          assert.equal(buffer.isLent, false);
          moved[`${call}Bytes`] = error.bytesTransferred;
          await server.rule(call, "pass");
        }
        await file.close();
        report(t, variant, "FUSE answers EIO in the middle of a transfer", moved);
      }));

    test("what is read and written in small pieces arrives whole", (t) =>
      withServer(async ({ server, path, directory }) => {
        const piece = 4096;
        await server.rule("read", `short ${piece}`);
        await server.rule("write", `short ${piece}`);
        const content = contentOf(0, FILE_BYTES);
        const file = await open(path, "r+");
        const buffer = new IoBuffer(FILE_BYTES);
        assertSome(await file.read(buffer, { position: 0 }));
        assert.equal(await file.readFully(buffer, { position: 0 }), FILE_BYTES);
        assert.ok(content.equals(buffer.bytes));
        assertSome(await file.write(buffer, { position: 0 }));
        assert.equal(await file.writeAll(buffer, { position: 0 }), FILE_BYTES);
        await file.close();
        assert.ok(content.equals(await readFile(path)));
        const other = join(directory, "other");
        await writeFile(other, content);
        const copied = join(directory, "copied");
        await copy(other, copied);
        await server.rule("all", "pass");
        assert.ok(content.equals(await readFile(copied)));
        report(t, variant, "FUSE reads and writes little at a time", { bytes: FILE_BYTES, piece });
      }));

    test("a small file without page cache comes once", (t) =>
      withServer(async ({ directory }) => {
        const path = join(directory, "small");
        await writeFile(path, "hello");
        assert.equal(Buffer.from(await readFile(path)).toString(), "hello");
        const file = await open(path);
        const buffer = new IoBuffer(100);
        assert.equal(await file.read(buffer, { position: 0 }), 5);
        assert.equal(await file.readv([buffer, new IoBuffer(5)], { position: 1 }), 4);
        await file.close();
        report(t, variant, "FUSE has a file that is smaller than what is asked for", {});
      }));

    test("a copy that fails in the middle leaves nothing behind", (t) =>
      withServer(async ({ server, path, elsewhere }) => {
        const to = join(elsewhere, "copied");
        writeFileSync(to, "old");
        await server.rule("read", "hold");
        const failure = failureOf(copy(path, to));
        await afterTheFirst(server, "read", "error 116");
        const error = await failure;
        assert.ok(error instanceof CopyError);
        assert.deepEqual([error.code, error.report.files], ["ESTALE", 0]);
        assert.deepEqual(
          readdirSync(elsewhere).filter((name) => name.includes("part")),
          [],
        );
        assert.equal(readFileSync(to, "utf8"), "old");
        report(t, variant, "FUSE answers ESTALE in the middle of a copy", {});
      }));

    test("a directory that cannot be listed", (t) =>
      withServer(async ({ server, directory }) => {
        await server.rule("readdir", "error 5");
        const error = await failureOf(readdir(directory));
        assert.deepEqual([error.code, error.path], ["EIO", directory]);
        report(t, variant, "FUSE answers EIO to a listing", {});
      }));
  });
}
