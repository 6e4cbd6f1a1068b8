// Overlapped through its public promises. Each read lends the buffer to the kernel and takes it
// back: touching `bytes` makes sure that the way back is paid for too.

import { type File, IoBuffer, open, status } from "../../src/index.ts";
import { checkRead, type Quota, type Reader, type ReadPlan } from "./reader.ts";

async function lane(file: File, buffer: IoBuffer, plan: ReadPlan, quota: Quota): Promise<void> {
  const { order } = plan;
  while (quota.left > 0) {
    quota.left -= 1;
    const position = order.next();
    const count = await file.read(buffer, { position });
    checkRead(count, buffer.bytes[0], position);
  }
}

export async function openOverlappedReader(
  plan: ReadPlan,
  wanted: "uring" | "portable",
): Promise<Reader> {
  const file = await open(plan.path);
  const { backend, reason } = status();
  if (backend !== wanted) throw new Error(`No ${wanted} to measure: ${backend ?? reason}`);
  const buffers = Array.from({ length: plan.depth }, () => new IoBuffer(plan.blockBytes));
  return {
    run: async (quota) => {
      await Promise.all(buffers.map((buffer) => lane(file, buffer, plan, quota)));
    },
    close: async () => {
      await file.close();
    },
  };
}
