// fs.readSync: no asynchrony at all, so the floor for a cached read. It ignores the depth, and no
// timer or other work runs meanwhile.

import { closeSync, openSync, readSync } from "node:fs";
import { checkRead, type Quota, type Reader, type ReadPlan } from "./reader.ts";

function readAll(fd: number, buffer: Buffer, plan: ReadPlan, quota: Quota): void {
  const { order, blockBytes } = plan;
  while (quota.left > 0) {
    quota.left -= 1;
    const position = order.next();
    checkRead(readSync(fd, buffer, 0, blockBytes, position), buffer[0], position);
  }
}

export function openSyncReader(plan: ReadPlan): Promise<Reader> {
  const fd = openSync(plan.path, "r");
  const buffer = Buffer.allocUnsafeSlow(plan.blockBytes);
  return Promise.resolve({
    run: async (quota) => readAll(fd, buffer, plan, quota),
    close: () => {
      closeSync(fd);
      return Promise.resolve();
    },
  });
}
