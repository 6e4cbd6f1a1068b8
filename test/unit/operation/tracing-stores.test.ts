// Goal: what subscribers bind to the start of an operation is there in all its events, as Node has
// it for its own channels, and nowhere else.
// Method: a store with the number of each operation; what each event finds in it.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, test } from "node:test";

import { type FakeIo, makeFakeIo } from "../../support/fake-kernel-backend.ts";
import { quiet, reactions } from "../api/fake-file.ts";
import { CHANNEL, NAMES, type Name } from "./tracing-listener.ts";

describe("stores that are bound to start", () => {
  const storage = new AsyncLocalStorage<{ readonly id: number }>();
  const heard: (readonly [Name, number | undefined])[] = [];

  /** Runs `work` with a store for each operation; what each event finds there. */
  async function storesDuring(work: (fake: FakeIo) => Promise<unknown>): Promise<typeof heard> {
    heard.length = 0;
    const notes = NAMES.map((name) => {
      return [name, () => void heard.push([name, storage.getStore()?.id])] as const;
    });
    for (const [name, note] of notes) CHANNEL[name].subscribe(note);
    CHANNEL.start.bindStore(storage, ({ id }) => ({ id }));
    try {
      await work(makeFakeIo());
    } finally {
      CHANNEL.start.unbindStore(storage);
      for (const [name, note] of notes) CHANNEL[name].unsubscribe(note);
    }
    return [...heard];
  }

  test("are there in all events of the operation, and in those of no other", async () => {
    const stores = await storesDuring(async ({ io, backend }) => {
      const operations = [io.unlink("/a"), quiet(io.unlink("/b"))];
      await reactions();
      backend.answer({ kind: "failed", errno: 2 }, 1);
      backend.done(0);
      await Promise.allSettled(operations);
    });
    const [first = 0, second = 0] = [stores[0]?.[1], stores[2]?.[1]];
    assert.equal(second, first + 1);
    assert.deepEqual(stores, [
      ["start", first],
      ["end", first],
      ["start", second],
      ["end", second],
      ["error", second],
      ["asyncStart", second],
      ["asyncEnd", second],
      ["asyncStart", first],
      ["asyncEnd", first],
    ]);
  });

  test("also of one that is refused at once", async () => {
    const stores = await storesDuring(({ io }) =>
      quiet(io.unlink("/a", { signal: AbortSignal.abort() })).outcome(),
    );
    assert.equal(stores.length, 5);
    assert.ok(stores.every(([, id]) => id !== undefined && id === stores[0]?.[1]));
  });

  test("are gone for the caller, who keeps what was there", async () => {
    await storesDuring(({ io, backend }) =>
      storage.run({ id: -1 }, async () => {
        const operation = io.unlink("/a");
        assert.equal(storage.getStore()?.id, -1);
        backend.done(0);
        await operation;
        assert.equal(storage.getStore()?.id, -1);
      }),
    );
  });
});
