// A file system that is full: ENOSPC with all that belongs to it, bytes that are told truly, and
// room again afterwards.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import {
  appendFile,
  CopyError,
  copy,
  IoBuffer,
  IoError,
  open,
  stat,
  writeFile,
  writeFileAtomic,
} from "../../src/index.ts";
import { GuardedMount } from "../support/guarded-mounts.ts";
import { assertNothingHeld, descriptorCount, report, type Variant } from "./variant.ts";

const MEBIBYTE = 1024 * 1024;
const ROOM = 8 * MEBIBYTE;
const MORE = 12 * MEBIBYTE;

const KINDS = { tmpfs: GuardedMount.memory, ext4: GuardedMount.image } as const;

type Kind = keyof typeof KINDS;

interface Small {
  /** The directory that is full soon. */
  readonly path: string;
  readonly elsewhere: string;
}

/** Skips with the reason if it cannot be mounted. */
async function withSmall(
  kind: Kind,
  skip: (reason: string) => void,
  act: (small: Small) => Promise<void>,
): Promise<void> {
  const elsewhere = mkdtempSync(join(tmpdir(), "overlapped-full-"));
  const mount = KINDS[kind](join(elsewhere, "small"), ROOM);
  try {
    if (typeof mount === "string") {
      skip(mount);
      return;
    }
    await act({ path: mount.path, elsewhere });
    assertNothingHeld();
  } finally {
    if (typeof mount !== "string") await mount.end();
    rmSync(elsewhere, { recursive: true, force: true });
  }
}

async function fullError(promise: Promise<unknown>, syscall: string): Promise<IoError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof IoError, String(error));
    const { code, errno } = error;
    assert.deepEqual([code, errno, error.syscall], ["ENOSPC", -28, syscall]);
    return error;
  }
  assert.fail(`${syscall} found room`);
}

export function fullDisks(variant: Variant, skip: string | false): void {
  describe(`a full file system, on ${variant.name}`, { skip }, () => {
    for (const kind of Object.keys(KINDS) as Kind[]) {
      test(`${kind}: ENOSPC, truly told, and room again`, (t) =>
        withSmall(
          kind,
          (reason) => t.skip(reason),
          async (small) => {
            await stat(small.path);
            const before = descriptorCount();
            const bytes = await transfers(small);
            await wholeFiles(small);
            if (variant.hasShim) await allocations(small);
            assert.equal(descriptorCount(), before);
            report(t, variant, `${kind} is full: write, writeFile, copy, allocate`, { bytes });
          },
        ));
    }
  });
}

/** Returns how many bytes there was room for. */
async function transfers({ path }: Small): Promise<number> {
  const name = join(path, "written");
  const file = await open(name, "w");
  const buffer = new IoBuffer(MORE);
  buffer.bytes.fill(1);
  const error = await fullError(file.writeAll(buffer, { position: 0 }), "write");
  assert.equal(error.path, name);
  assert.ok(error.bytesTransferred > 0 && error.bytesTransferred < MORE);
  assert.equal(error.bytesTransferred, statSync(name).size, "told is what is there");
  assert.equal(buffer.isLent, false);
  assert.ok(buffer.bytes.every((byte) => byte === 1));
  const [next, vector] = await Promise.all([
    fullError(file.write(new Uint8Array(MEBIBYTE), { position: MORE }), "write"),
    fullError(file.writev([new IoBuffer(MEBIBYTE)], { position: MORE }), "writev"),
  ]);
  assert.deepEqual([next.bytesTransferred, vector.bytesTransferred], [0, 0]);
  await file.truncate(0);
  assert.equal(await file.writeAll("there is room again", { position: 0 }), 19);
  await file.sync();
  await file.close();
  rmSync(name);
  return error.bytesTransferred;
}

async function wholeFiles({ path, elsewhere }: Small): Promise<void> {
  const name = join(path, "file");
  const much = new Uint8Array(MORE);
  writeFileSync(name, "old");
  const atomic = await fullError(writeFileAtomic(name, much), "writeFileAtomic");
  assert.equal(atomic.path, name);
  assert.ok(atomic.bytesTransferred < MORE);
  assert.equal(statSync(name).size, 3, "the old file stays");
  const appended = await fullError(appendFile(name, much), "appendFile");
  assert.equal(appended.bytesTransferred, statSync(name).size - 3);
  const written = await fullError(writeFile(name, much), "writeFile");
  assert.equal(written.bytesTransferred, statSync(name).size);
  rmSync(name);
  const source = join(elsewhere, "source");
  writeFileSync(source, much);
  const copied = await fullError(copy(source, name), "copy");
  assert.ok(copied instanceof CopyError);
  assert.equal(copied.report.files, 0);
  assert.deepEqual(namesIn(path), [], "nothing is left behind");
}

async function allocations({ path }: Small): Promise<void> {
  const name = join(path, "allocated");
  const file = await open(name, "w");
  const error = await fullError(file.allocate(0, MORE), "allocate");
  assert.deepEqual([error.path, error.bytesTransferred], [name, 0]);
  await file.close();
  rmSync(name);
}

function namesIn(path: string): string[] {
  return readdirSync(path).filter((name) => name !== "lost+found");
}
