// One request, one call of node:fs, or a few. The pool reads and writes memory that only its lender
// has (P2): `kernelView` of what is lent.

import fs from "node:fs";

import { isPrompt, mayBlock } from "../../kernel/devices.ts";
import { EAGAIN, EISDIR, ENOENT, ENXIO, EOPNOTSUPP } from "../../kernel/errno.ts";
import { O_CLOEXEC, O_NONBLOCK } from "../../kernel/open-flags.ts";
import type { Completion, RawPath, Request, TransferRequest, VectorRequest } from "../contract.ts";
import { copyRange } from "./node-copy.ts";
import { type Done, errnoOf, failed } from "./node-errno.ts";
import { viewsOf } from "./node-memory.ts";
import { nodePath, pathAt } from "./node-path.ts";
import { rawStat } from "./node-stat.ts";
import { unlinkTakesDirectories } from "./runtimes.ts";

type Of<K> = Extract<Request, { readonly kind: K }>;

type Callback = (error: NodeJS.ErrnoException | null) => void;

/** Bytes of one block in `blocks` of stat(2). */
const STAT_BLOCK_BYTES = 512;

const SECOND_NS = 1_000_000_000n;

const MAY_BLOCK: Completion = {
  kind: "refused",
  code: "ERR_MAY_BLOCK",
  reason: "without the native shim nothing tells when this device is ready",
};

const ok: Completion = { kind: "done", value: 0 };

/** By kind of request. */
export const CALLS: { readonly [K in Called]: (request: Of<K>, done: Done) => void } = {
  open,
  readFile,
  stat: describe,
  readlink: readLink,
  read: transfer,
  readv: transfer,
  write: transfer,
  writev: transfer,
  fsync: ({ fd }, done) => fs.fsync(fd, told(done)),
  fdatasync: ({ fd }, done) => fs.fdatasync(fd, told(done)),
  truncate: ({ fd, length }, done) => fs.ftruncate(fd, length, told(done)),
  rename: ({ from, to }, done) => fs.rename(nodePath(from), nodePath(to), told(done)),
  link: ({ from, to }, done) => fs.link(nodePath(from), nodePath(to), told(done)),
  symlink: ({ target, path }, done) => {
    fs.symlink(nodePath(target), nodePath(path), null, told(done));
  },
  unlink,
  mkdir: ({ path, mode }, done) => fs.mkdir(nodePath(path), mode, told(done)),
  chmod: ({ target, mode }, done) => {
    byTarget(
      target,
      (fd) => fs.fchmod(fd, mode, told(done)),
      (path) => fs.chmod(path, mode, told(done)),
    );
  },
  chown,
  utimes,
  copyRange,
  seek,
};

export type Called = Exclude<
  Request["kind"],
  "nop" | "close" | "poll" | "list" | "allocate" | "clone" | "copyFiles"
>;

export function told(done: Done): Callback {
  // Node says null, Bun says undefined.
  return (error) => done((error ?? null) === null ? ok : failed(error as Error));
}

function counted(done: Done): (error: NodeJS.ErrnoException | null, count: number) => void {
  return (error, count) => done(error === null ? { kind: "done", value: count } : failed(error));
}

function transfer(request: TransferRequest | VectorRequest, done: Done): void {
  const { fd, kind } = request;
  // The descriptor's own: of a stream, which has none, or of a file that is shared.
  const position = request.position < 0 ? null : request.position;
  const views = viewsOf(request);
  const end = counted(done);
  if (kind === "read" || kind === "readv") fs.readv(fd, views, position, end);
  else fs.writev(fd, views, position, end);
}

/** Never waits for a peer. Everything else about it is as open(2) has it. */
function open(request: Of<"open">, done: Done): void {
  const { path, at, flags, mode } = request;
  // Node closes on exec by itself.
  const allFlags = (flags & ~O_CLOEXEC) | O_NONBLOCK;
  fs.open(pathAt(path, at), allFlags, mode, (error, fd) => {
    if (error !== null) refused(request, errnoOf(error), inDirectory(at, done));
    else hand(fd, done);
  });
}

/** ENXIO: a FIFO without a reader, which is waited for; or a device without a driver. */
function refused({ path, at, flags }: Of<"open">, errno: number, done: Done): void {
  const end = (number: number): void => done({ kind: "failed", errno: number });
  if (errno !== ENXIO || (flags & O_NONBLOCK) !== 0) end(errno);
  else
    fs.stat(pathAt(path, at), (error, stats) => {
      end(error === null && stats.isFIFO() ? EAGAIN : ENXIO);
    });
}

function hand(fd: number, done: Done): void {
  fs.fstat(fd, { bigint: true }, (error, stats) => {
    if (error !== null) fs.close(fd, () => done(failed(error)));
    else if (mayBlock(stats)) fs.close(fd, () => done(MAY_BLOCK));
    else done({ kind: "opened", fd, isStream: !isPrompt(stats) });
  });
}

/** A few calls, one after the other. What turns out not to be a small file is handed over open. */
function readFile({ path, length }: Of<"readFile">, done: Done): void {
  fs.open(nodePath(path), O_NONBLOCK, (error, fd) => {
    if (error !== null) {
      done(failed(error));
      return;
    }
    fs.fstat(fd, { bigint: true }, (statError, stats) => {
      if (statError !== null) fs.close(fd, () => done(failed(statError)));
      else if (stats.isFile()) readOn(roomFor(fd, stats.size, length), 0, done);
      else hand(fd, done);
    });
  });
}

interface Reading {
  readonly fd: number;
  readonly room: Uint8Array;
  /** Bytes that the whole file has; null if nobody can say, or there is no room for them. */
  readonly size: number | null;
}

/** One byte more than there is shows that it is all. Files of /proc say that they are empty. */
function roomFor(fd: number, size: bigint, length: number): Reading {
  const known = size > 0n && size < length ? Number(size) : null;
  return { fd, room: plain(Buffer.allocUnsafeSlow((known ?? length - 1) + 1)), size: known };
}

/** Not a Buffer, whose slices are no copies. */
function plain({ buffer, byteOffset, byteLength }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function readOn(reading: Reading, count: number, done: Done): void {
  const { fd, room, size } = reading;
  fs.read(fd, room, count, room.byteLength - count, count, (error, more) => {
    const sum = count + more;
    if (error !== null) fs.close(fd, () => done(failed(error)));
    else if (sum === room.byteLength) {
      done({ kind: "opened", fd, isStream: false, bytes: room });
    } else if (more > 0 && sum !== size) readOn(reading, sum, done);
    else fs.close(fd, () => done({ kind: "content", bytes: room.subarray(0, sum) }));
  });
}

function describe({ target, followSymlinks }: Of<"stat">, done: Done): void {
  const end = (error: NodeJS.ErrnoException | null, stats: fs.BigIntStats): void =>
    done(error === null ? { kind: "described", stat: rawStat(stats) } : failed(error));
  const options = { bigint: true } as const;
  if (typeof target === "number") fs.fstat(target, options, end);
  else if (followSymlinks) fs.stat(nodePath(target), options, end);
  else fs.lstat(nodePath(target), options, end);
}

function readLink({ path }: Of<"readlink">, done: Done): void {
  fs.readlink(nodePath(path), { encoding: "buffer" }, (error, bytes) => {
    done(error === null ? { kind: "content", bytes: plain(bytes) } : failed(error));
  });
}

/** Where there is no such descriptor, there is no such path either, and the kernel says that. */
function inDirectory(at: number | undefined, done: Done): Done {
  if (at === undefined) return done;
  return (completion) => {
    if (completion.kind !== "failed" || completion.errno !== ENOENT) done(completion);
    else fs.fstat(at, (error) => done(error === null ? completion : failed(error)));
  };
}

function unlink({ path, at, isDirectory }: Of<"unlink">, done: Done): void {
  const place = pathAt(path, at);
  const end = inDirectory(at, done);
  if (isDirectory) fs.rmdir(place, told(end));
  else if (!unlinkTakesDirectories) fs.unlink(place, told(end));
  else
    fs.lstat(place, (error, stats) => {
      if (error !== null) end(failed(error));
      else if (stats.isDirectory()) end({ kind: "failed", errno: EISDIR });
      else fs.unlink(place, told(end));
    });
}

/** Node has no lseek(2): a file that has holes is one of which nobody here can tell where. */
function seek({ fd, position, wants }: Of<"seek">, done: Done): void {
  fs.fstat(fd, (error, stats) => {
    if (error !== null) done(failed(error));
    else if (position >= stats.size) done({ kind: "failed", errno: ENXIO });
    else if (stats.blocks * STAT_BLOCK_BYTES < stats.size) {
      done({ kind: "failed", errno: EOPNOTSUPP });
    } else done({ kind: "done", value: wants === "data" ? position : stats.size });
  });
}

function byTarget(
  target: number | RawPath,
  byFd: (fd: number) => void,
  byPath: (path: string | Buffer) => void,
): void {
  if (typeof target === "number") byFd(target);
  else byPath(nodePath(target));
}

function chown({ target, uid, gid, followSymlinks }: Of<"chown">, done: Done): void {
  const end = told(done);
  const byPath = followSymlinks ? fs.chown : fs.lchown;
  byTarget(
    target,
    (fd) => fs.fchown(fd, uid, gid, end),
    (path) => byPath(path, uid, gid, end),
  );
}

/** Node takes seconds as a number; a negative one would mean now, as text it means what it says. */
function utimes(request: Of<"utimes">, done: Done): void {
  const end = told(done);
  const { target, followSymlinks } = request;
  const accessed = seconds(request.accessedNs);
  const modified = seconds(request.modifiedNs);
  const byPath = followSymlinks ? fs.utimes : fs.lutimes;
  byTarget(
    target,
    (fd) => fs.futimes(fd, accessed, modified, end),
    (path) => byPath(path, accessed, modified, end),
  );
}

function seconds(ns: bigint): number | string {
  const rest = Number(ns % SECOND_NS);
  const nearest = Number(ns / SECOND_NS) + rest / 1e9;
  if (nearest < 0) return String(nearest);
  // Older Nodes cut off what is below a microsecond: a number that is a little too low would lose a
  // whole one. So it is the next higher.
  const isLow = (nearest % 1) * 1e9 < rest;
  return isLow ? nearest + nearest * (Number.EPSILON / 2) : nearest;
}
