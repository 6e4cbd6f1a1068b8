// Goal: a queue gives its entries in order, whatever leaves from the middle meanwhile, and takes no
// longer for each the more have gone before.
// Method: random steps against a plain list; and what an engine is asked to pass, counted.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { KeyedQueue, Queue } from "../../../src/base/queue.ts";

test("it is a list from whose front and middle things are taken", () => {
  const step = fc.oneof(
    fc.constant("push" as const),
    fc.constant("shift" as const),
    fc.nat({ max: 9 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const queue = new Queue<number>();
      const list: number[] = [];
      let last = 0;
      for (const each of steps) {
        if (each === "push") {
          list.push(++last);
          queue.push(last);
        } else if (each === "shift") assert.equal(queue.shift(), list.shift());
        else {
          const item = list[each];
          assert.equal(queue.delete(item ?? -1), item !== undefined);
          list.splice(each, 1);
        }
        assert.equal(queue.size, list.length);
        assert.deepEqual([...queue.values()], list);
      }
    }),
  );
});

test("a key that was taken may come again, at the end", () => {
  const queue = new KeyedQueue<string, number>();
  queue.push("a", 1);
  queue.push("b", 2);
  assert.deepEqual(queue.shift(), ["a", 1]);
  queue.push("a", 3);
  assert.equal(queue.get("a"), 3);
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], [["b", 2], ["a", 3], undefined]);
  queue.push("a", 4);
  assert.deepEqual(queue.shift(), ["a", 4]);
});

test("taking all of them begins to look for the first one once", (t) => {
  const entries = t.mock.method(Map.prototype, "entries");
  const queue = new Queue<number>();
  for (let item = 0; item < 1000; item++) queue.push(item);
  for (let item = 0; item < 1000; item++) assert.equal(queue.shift(), item);
  assert.equal(entries.mock.callCount(), 1);
});

test("many that leave from behind one that stays leave the order as it was", () => {
  const queue = new KeyedQueue<number, Uint8Array>();
  queue.push(-1, new Uint8Array(1));
  for (let key = 0; key < 1000; key++) {
    queue.push(key, new Uint8Array(8));
    queue.delete(key);
  }
  assert.equal(queue.shift()?.[0], -1);
  assert.equal(queue.shift(), undefined);
  queue.push(7, new Uint8Array(1));
  assert.equal(queue.shift()?.[0], 7);
});
