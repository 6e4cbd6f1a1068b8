// Regular files, directories and block devices: what is asked of them ends by itself, soon or late.

import { execFileSync } from "node:child_process";
import { constants, existsSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type File, IoBuffer, open, readdir } from "../../../src/index.ts";
import { type Case, ignore, type Stage, type Subject, stoppable, stoppableCall } from "../case.ts";
import { lines, random, someMoment } from "../conserved.ts";
import { nothingToConserve, opens } from "../subjects.ts";

const { O_DIRECT, O_RDONLY, O_RDWR } = constants;
const KIB = 1024;
const MIB = 1024 * KIB;
const FILE_BYTES = 128 * MIB;
const BLOCK_BYTES = 4 * KIB;
const ROUNDS = 400;
const ENTRIES = 2000;

function makeFile({ folder }: Stage): string {
  const path = join(folder, "file");
  const part = lines(0, MIB);
  writeFileSync(path, Buffer.concat(Array.from({ length: FILE_BYTES / MIB }, () => part)));
  execFileSync("sync", ["--", path]);
  return path;
}

/** What dd(1) has read is not kept in memory then. */
function forget(path: string): void {
  execFileSync("dd", [`if=${path}`, "iflag=nocache", "count=0"], { stdio: "ignore" });
}

function somewhere(length: number, end: number = FILE_BYTES): number {
  return length * random(end / length);
}

/** A read without a position goes on where the last one that was delivered ended. */
async function conservedPosition(file: File): Promise<string> {
  const buffer = new IoBuffer(BLOCK_BYTES);
  let [position, canceled, abandoned] = [0, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const reading = file.read(buffer);
    reading.catch(ignore);
    await someMoment();
    if (random(2) === 0) reading.abandon();
    else reading.cancel();
    const { status, bytesTransferred } = await reading.outcome();
    if (status === "canceled") canceled++;
    if (status === "abandoned") abandoned++;
    if (status !== "completed") continue;
    const isRight = lines(position % MIB, BLOCK_BYTES).equals(buffer.bytes);
    if (!isRight) return `NO: wrong bytes at ${position}`;
    position += bytesTransferred;
  }
  const how = `${canceled} reads canceled, ${abandoned} abandoned`;
  return `yes: ${position.toLocaleString("en")} bytes in order, ${how}`;
}

/** A write that was stopped says what it wrote, and the rest is as it was. */
async function conservedWrites(file: File, length: number, end: number): Promise<string> {
  const data = new IoBuffer(length);
  const there = new IoBuffer(length);
  let [bytes, canceled, abandoned] = [0, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const position = somewhere(length, end);
    data.bytes.fill(round);
    await file.readFully(there, { position });
    const before = Buffer.from(there.bytes);
    const writing = file.write(data, { position });
    writing.catch(ignore);
    await someMoment();
    if (random(2) === 0) writing.abandon();
    else writing.cancel();
    const { status, bytesTransferred } = await writing.outcome();
    if (status === "canceled") canceled++;
    if (status === "abandoned") abandoned++;
    bytes += bytesTransferred;
    await file.readFully(there, { position });
    const expected = Buffer.concat([
      Buffer.alloc(bytesTransferred, round),
      before.subarray(bytesTransferred),
    ]);
    if (!expected.equals(there.bytes)) return `NO: wrong bytes at ${position}`;
  }
  const how = `${canceled} writes canceled, ${abandoned} abandoned`;
  return `yes: ${bytes.toLocaleString("en")} bytes where they belong, ${how}`;
}

interface Access {
  readonly way: "read" | "write";
  readonly flags: number;
  readonly length: number;
  /** Not in memory when a read begins. */
  readonly isForgotten?: boolean;
}

async function accesses(path: string, { way, flags, length, isForgotten }: Access, end: number) {
  const file = await open(path, flags);
  const buffer = new IoBuffer(length);
  const call = (position: number) =>
    way === "read" ? file.read(buffer, { position }) : file.write(buffer, { position });
  if (isForgotten === true) forget(path);
  const subject: Subject = {
    begin: () => stoppable(call(somewhere(length, end))),
    conserved: () =>
      way === "read" ? conservedPosition(file) : conservedWrites(file, length, end),
    close: async () => void (await file.close()),
  };
  return subject;
}

function fileCase(detail: string, access: Access): Case {
  const set = async (stage: Stage) => accesses(makeFile(stage), access, FILE_BYTES);
  return { way: access.way, kind: "regular file", detail, set };
}

const WHY_NO_LOOP = "it takes root, losetup and a loop device";
const LOOP_BYTES = 32 * MIB;

function noLoop(): string | null {
  const isThere = process.getuid?.() === 0 && existsSync("/dev/loop-control");
  return isThere ? null : WHY_NO_LOOP;
}

function loopCase(detail: string, access: Access): Case {
  const set = async (stage: Stage): Promise<Subject> => {
    const path = makeFile(stage);
    truncateSync(path, LOOP_BYTES);
    const words = ["--find", "--show", path];
    const device = execFileSync("losetup", words, { encoding: "utf8" }).trim();
    const subject = await accesses(device, access, LOOP_BYTES);
    const close = async (): Promise<void> => {
      await subject.close();
      execFileSync("losetup", ["--detach", device]);
    };
    return { ...subject, close };
  };
  return { way: access.way, kind: "block device (loop)", detail, missing: noLoop, set };
}

export const FILES: readonly Case[] = [
  {
    way: "open",
    kind: "regular file",
    detail: "",
    set: async ({ folder }) => {
      const path = join(folder, "file");
      writeFileSync(path, "");
      return opens(() => open(path));
    },
  },
  {
    way: "open",
    kind: "directory",
    detail: "",
    set: async ({ folder }) => opens(() => open(folder)),
  },
  fileCase("in memory", { way: "read", flags: O_RDONLY, length: BLOCK_BYTES }),
  fileCase("not in memory", {
    way: "read",
    flags: O_RDONLY,
    length: BLOCK_BYTES,
    isForgotten: true,
  }),
  fileCase("O_DIRECT, 4 KiB", { way: "read", flags: O_RDONLY | O_DIRECT, length: BLOCK_BYTES }),
  fileCase("O_DIRECT, 1 MiB", { way: "read", flags: O_RDONLY | O_DIRECT, length: MIB }),
  fileCase("4 KiB", { way: "write", flags: O_RDWR, length: BLOCK_BYTES }),
  fileCase("O_DIRECT, 1 MiB", { way: "write", flags: O_RDWR | O_DIRECT, length: MIB }),
  {
    way: "read",
    kind: "directory",
    detail: `readdir() of ${ENTRIES} entries`,
    waiter: "a thread of the library",
    set: async ({ folder }) => {
      const path = join(folder, "entries");
      mkdirSync(path);
      for (let index = 0; index < ENTRIES; index++) writeFileSync(join(path, String(index)), "");
      return {
        begin: () => stoppableCall((signal) => readdir(path, { signal })),
        conserved: nothingToConserve("each call begins anew"),
        close: async () => {},
      };
    },
  },
  loopCase("O_DIRECT, 1 MiB", { way: "read", flags: O_RDONLY | O_DIRECT, length: MIB }),
  loopCase("4 KiB", { way: "write", flags: O_RDWR, length: BLOCK_BYTES }),
];
