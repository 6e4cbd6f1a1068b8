// Goal: what the program itself asked for does not kill the process; everything else that nobody
// handles is an unhandled rejection (decision 1).
// Method: one operation for each way to end, whose rejection nobody looks at; Node says which of
// them it calls unhandled.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { IoBuffer, type IoError, type Operation } from "../../../src/index.ts";
import { type FakeFile, openFake } from "./fake-file.ts";
import { unhandledAfter } from "./unhandled.ts";

type Act = (fake: FakeFile) => void;

const read = ({ file }: FakeFile, options = {}): Operation<number> =>
  file.read(new IoBuffer(8), options);

const HANDLED: Readonly<Record<string, Act>> = {
  "cancel() in flight": (fake) => {
    read(fake).cancel();
    fake.backend.answer({ kind: "canceled" });
  },
  "cancel() in the queue": (fake) => {
    void read(fake);
    read(fake).cancel();
  },
  "abandon() in flight": (fake) => {
    read(fake).abandon();
    fake.backend.answer({ kind: "canceled" });
  },
  "abandon() in the queue": (fake) => {
    void read(fake);
    read(fake).abandon();
  },
  "close()": (fake) => {
    void read(fake);
    void read(fake);
    void fake.file.close();
    fake.backend.answer({ kind: "canceled" });
    fake.backend.done(0);
  },
  "cancelAll()": (fake) => {
    void read(fake);
    void fake.file.cancelAll();
    fake.backend.answer({ kind: "canceled" });
  },
  "drain()": (fake) => {
    void read(fake);
    void fake.io.drain();
    fake.backend.answer({ kind: "canceled" });
  },
  "a failure whose outcome() was asked for": (fake) => {
    void read(fake).outcome();
    fake.backend.answer({ kind: "failed", errno: 5 });
  },
  "an abandoned open that fails": (fake) => {
    fake.io.open("/x").abandon();
    fake.backend.answer({ kind: "failed", errno: 2 });
  },
};

const UNHANDLED: Readonly<Record<string, readonly [code: string, act: Act]>> = {
  "a signal": [
    "ABORT_ERR",
    (fake) => {
      const controller = new AbortController();
      void read(fake, { signal: controller.signal });
      controller.abort();
      fake.backend.answer({ kind: "canceled" });
    },
  ],
  "an aborted signal": ["ABORT_ERR", (fake) => void read(fake, { signal: AbortSignal.abort() })],
  "a timeout": [
    "ETIMEDOUT",
    (fake) => {
      void read(fake, { timeoutMs: 5 });
      fake.clock.step(5);
      fake.backend.answer({ kind: "canceled" });
    },
  ],
  "a failure": [
    "EIO",
    (fake) => {
      void read(fake);
      fake.backend.answer({ kind: "failed", errno: 5 });
    },
  ],
  "a signal, and cancel() only after it": [
    "ABORT_ERR",
    (fake) => {
      const controller = new AbortController();
      const operation = read(fake, { signal: controller.signal });
      controller.abort();
      operation.cancel();
      fake.backend.answer({ kind: "canceled" });
    },
  ],
  "a promise derived from a canceled operation": [
    "ABORT_ERR",
    (fake) => {
      const operation = read(fake);
      void operation.then(() => {});
      operation.cancel();
      fake.backend.answer({ kind: "canceled" });
    },
  ],
};

describe("a rejection counts as handled if it is because of", () => {
  for (const [name, act] of Object.entries(HANDLED)) {
    test(name, async () => {
      const fake = await openFake(true);
      assert.deepEqual(await unhandledAfter(() => act(fake)), []);
    });
  }
});

describe("a rejection that nobody looks at is unhandled if it is because of", () => {
  for (const [name, [code, act]] of Object.entries(UNHANDLED)) {
    test(name, async () => {
      const fake = await openFake(true);
      const unhandled = await unhandledAfter(() => act(fake));
      assert.deepEqual(
        unhandled.map((error) => (error as IoError).code),
        [code],
      );
    });
  }
});
