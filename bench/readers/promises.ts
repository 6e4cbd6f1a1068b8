// node:fs/promises, FileHandle.read into preallocated memory: nothing is allocated per read but
// what Node itself allocates.

import { type FileHandle, open } from "node:fs/promises";
import { checkRead, type Quota, type Reader, type ReadPlan } from "./reader.ts";

async function lane(
  handle: FileHandle,
  buffer: Buffer,
  plan: ReadPlan,
  quota: Quota,
): Promise<void> {
  const { order, blockBytes } = plan;
  while (quota.left > 0) {
    quota.left -= 1;
    const position = order.next();
    const { bytesRead } = await handle.read(buffer, 0, blockBytes, position);
    checkRead(bytesRead, buffer[0], position);
  }
}

export async function openPromisesReader(plan: ReadPlan): Promise<Reader> {
  const handle = await open(plan.path);
  const buffers = Array.from({ length: plan.depth }, () => Buffer.allocUnsafeSlow(plan.blockBytes));
  return {
    run: async (quota) => {
      await Promise.all(buffers.map((buffer) => lane(handle, buffer, plan, quota)));
    },
    close: () => handle.close(),
  };
}
