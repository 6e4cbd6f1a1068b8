// Goal: whatever makes close() stop waiting for writes (its signal, its timeout, cancel()), the
// operations that it ends were ended by close: ABORT_ERR because of ERR_CLOSED, and handled, since
// the program asked for it (decisions 1 and 7).
// Method: a write that lands nowhere, on a backend that answers by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepClock } from "../../src/base/step-clock.ts";
import { type File, IoBuffer, type IoError } from "../../src/index.ts";
import { openFake } from "../unit/api/fake-file.ts";
import { unhandledAfter } from "../unit/api/unhandled.ts";

const WAYS: Readonly<Record<string, (file: File, clock: StepClock) => void>> = {
  "its signal": (file) => {
    const controller = new AbortController();
    void file.close({ signal: controller.signal });
    controller.abort(new Error("the signal's reason"));
  },
  "an aborted signal": (file) => void file.close({ signal: AbortSignal.abort() }),
  "its timeout": (file, clock) => {
    void file.close({ timeoutMs: 10 });
    clock.step(10);
  },
  "cancel()": (file) => void file.close().cancel(),
};

for (const [name, end] of Object.entries(WAYS)) {
  test(`close() cut short by ${name}: writes end because of ERR_CLOSED`, async () => {
    const { file, backend, clock } = await openFake(false);
    const write = file.write("x");
    end(file, clock);
    backend.answer({ kind: "canceled" });
    backend.done(0);
    await assert.rejects(write, (error: IoError) => {
      assert.equal(error.code, "ABORT_ERR");
      assert.equal((error.cause as IoError | undefined)?.code, "ERR_CLOSED");
      return true;
    });
  });

  test(`close() cut short by ${name}: the rejections count as handled`, async () => {
    const unhandled = await unhandledAfter(async () => {
      const { file, backend, clock } = await openFake(false);
      void file.write(new IoBuffer(1));
      end(file, clock);
      backend.answer({ kind: "canceled" });
      backend.done(0);
    });
    assert.deepEqual(unhandled, []);
  });
}
