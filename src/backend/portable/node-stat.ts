// What Node tells of a file, in the words of the contract.

import type { BigIntStats } from "node:fs";

import type { RawStat } from "../contract.ts";

const MS_NS = 1_000_000n;

export function rawStat(stats: BigIntStats): RawStat {
  return {
    mode: Number(stats.mode),
    size: Number(stats.size),
    dev: stats.dev,
    ino: stats.ino,
    nlink: Number(stats.nlink),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    rdev: stats.rdev,
    blksize: Number(stats.blksize),
    blocks: Number(stats.blocks),
    atimeMs: milliseconds(stats.atimeNs),
    mtimeMs: milliseconds(stats.mtimeNs),
    ctimeMs: milliseconds(stats.ctimeNs),
    birthtimeMs: milliseconds(stats.birthtimeNs),
    atimeNs: stats.atimeNs,
    mtimeNs: stats.mtimeNs,
  };
}

function milliseconds(ns: bigint): number {
  return Number(ns / MS_NS) + Number(ns % MS_NS) / 1e6;
}
