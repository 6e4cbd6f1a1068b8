// The answer of statx(2), whoever has asked.

import type { RawStat } from "./contract.ts";

/** The structure of statx(2); offsets as in linux/stat.h. */
export function decodeStat(view: DataView, at: number): RawStat {
  const u32 = (offset: number): number => view.getUint32(at + offset, true);
  const u64 = (offset: number): bigint => view.getBigUint64(at + offset, true);
  const time = (offset: number): number =>
    Number(view.getBigInt64(at + offset, true)) * 1000 + u32(offset + 8) / 1e6;
  const timeNs = (offset: number): bigint =>
    view.getBigInt64(at + offset, true) * 1_000_000_000n + BigInt(u32(offset + 8));
  return {
    blksize: u32(4),
    nlink: u32(16),
    uid: u32(20),
    gid: u32(24),
    mode: view.getUint16(at + 28, true),
    ino: u64(32),
    size: Number(u64(40)),
    blocks: Number(u64(48)),
    atimeMs: time(64),
    birthtimeMs: time(80),
    ctimeMs: time(96),
    mtimeMs: time(112),
    atimeNs: timeNs(64),
    mtimeNs: timeNs(112),
    rdev: device(u32(128), u32(132)),
    dev: device(u32(136), u32(140)),
  };
}

/** Major and minor as one number, the way stat(2) has it. */
function device(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (
    ((high & 0xffff_f000n) << 32n) |
    ((high & 0xfffn) << 8n) |
    ((low & 0xffff_ff00n) << 12n) |
    (low & 0xffn)
  );
}
