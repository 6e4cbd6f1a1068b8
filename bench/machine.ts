// Facts about the machine that a reader of the figures needs.

import { statfsSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  /** File system of the temporary folder, where the data file is. */
  readonly fileSystem: string;
  /** Threads of libuv's pool, which serves node:fs. */
  readonly poolThreads: number;
  /** Load average of the last minute when the run started: what else was going on. */
  readonly load: number;
}

/** Magic numbers of statfs(2). */
const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext4"],
  [0x01021994, "tmpfs"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x794c7630, "overlayfs"],
  [0x2fc12fc1, "zfs"],
]);

export function describeMachine(): Machine {
  const { type } = statfsSync(tmpdir());
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    kernel: `${process.platform} ${release()}`,
    fileSystem: FILE_SYSTEMS.get(type) ?? `0x${type.toString(16)}`,
    poolThreads: Number(process.env.UV_THREADPOOL_SIZE ?? 4),
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}
