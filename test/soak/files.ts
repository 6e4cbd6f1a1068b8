// Actors on files and directories: everything that a disk answers.

import assert from "node:assert/strict";
import { join } from "node:path";
import {
  copy,
  IoBuffer,
  mkdir,
  open,
  readdir,
  readFile,
  remove,
  rename,
  stat,
  writeFile,
  writeFileAtomic,
} from "../../src/index.ts";
import type { Actor } from "./place.ts";

const BLOCK = 4096;
const WINDOW = 24;

/** Many reads past the page cache at once; what they bring is looked at. */
const readDisk: Actor = async ({ lot, disk, diskBytes, diskFlags }) => {
  const { random } = lot;
  const file = await open(disk, diskFlags);
  const one = async (): Promise<void> => {
    const buffer = new IoBuffer(BLOCK * (1 + random.below(32)));
    const position = BLOCK * random.below(diskBytes / BLOCK);
    const outcome = await lot.end((options) => file.read(buffer, { ...options, position }));
    if (outcome.status === "abandoned") return;
    const count = outcome.bytesTransferred;
    assert.ok(buffer.bytes.subarray(0, count).every((byte) => byte !== 0));
  };
  const all = Array.from({ length: 1 + random.below(WINDOW) }, one);
  // At times it is closed while they are in flight.
  if (lot.oneIn(3)) await Promise.all([file.close(), ...all]);
  else await Promise.all(all);
  await file.close();
};

const writeSome: Actor = async (place) => {
  const { lot } = place;
  const path = place.nextName();
  const file = await open(path, "w+");
  const one = (at: number): Promise<unknown> => {
    const bytes = new Uint8Array(1 + lot.random.below(60_000)).fill(at + 1);
    return lot.end((options) => file.writeAll(bytes, { ...options, position: at * 65_536 }));
  };
  await Promise.all(Array.from({ length: 1 + lot.random.below(8) }, (_, at) => one(at)));
  if (lot.oneIn(4)) await lot.end((options) => file.sync(options));
  await lot.end((options) => file.truncate(10, options));
  await file.close();
  await remove(path);
};

const everyday: Actor = async (place) => {
  const { lot } = place;
  const folder = place.nextName();
  await mkdir(folder);
  const text = "text ".repeat(1 + lot.random.below(20_000));
  const path = join(folder, "file");
  const writes = [writeFile, writeFileAtomic];
  await lot.random.pick(writes)(path, text);
  assert.equal(await readFile(path, { encoding: "utf8" }), text);
  await Promise.all([readdir(folder), stat(path), copy(path, `${path}-2`)]);
  await rename(path, `${path}-3`);
  await lot.end((options) => stat(`${path}-3`, options));
  await remove(folder, { recursive: true });
};

/** Calls that are made and not waited for, in one go; what they open is closed by the library. */
const abandonOpens: Actor = async ({ lot, disk }) => {
  const opens = Array.from({ length: 1 + lot.random.below(20) }, () => open(disk));
  for (const operation of opens) operation.abandon();
  await Promise.all(opens.map((operation) => operation.outcome()));
  for (const _ of opens) lot.count("abandoned");
};

export const FILE_ACTORS: readonly Actor[] = [readDisk, writeSome, everyday, abandonOpens];
