// node:fs with callbacks: the fastest asynchronous way to read in Node, without promises.

import { closeSync, openSync, read } from "node:fs";
import { checkRead, type Quota, type Reader, type ReadPlan } from "./reader.ts";

function lane(fd: number, buffer: Buffer, plan: ReadPlan, quota: Quota): Promise<void> {
  const { order, blockBytes } = plan;
  return new Promise((resolve, reject) => {
    let position = 0;
    const step = (): void => {
      if (quota.left <= 0) {
        resolve();
        return;
      }
      quota.left -= 1;
      position = order.next();
      read(fd, buffer, 0, blockBytes, position, onRead);
    };
    const onRead = (error: Error | null, count: number): void => {
      try {
        if (error !== null) throw error;
        checkRead(count, buffer[0], position);
        step();
      } catch (reason) {
        reject(reason);
      }
    };
    step();
  });
}

export function openCallbackReader(plan: ReadPlan): Promise<Reader> {
  const fd = openSync(plan.path, "r");
  const buffers = Array.from({ length: plan.depth }, () => Buffer.allocUnsafeSlow(plan.blockBytes));
  return Promise.resolve({
    run: async (quota) => {
      await Promise.all(buffers.map((buffer) => lane(fd, buffer, plan, quota)));
    },
    close: () => {
      closeSync(fd);
      return Promise.resolve();
    },
  });
}
