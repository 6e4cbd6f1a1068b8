// That nothing was left out: each public method that starts an operation is among the calls, and
// each call has been looked at in each state.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { RequestKind } from "../../src/backend/contract.ts";
import { File, FileAttributes, Io, Operation, PathCalls } from "../../src/index.ts";
import type { Matrix } from "./matrix.ts";
import { makeProps, type Props, QUICK, quickOf } from "./quick.ts";
import { STUCK } from "./stuck.ts";
import type { Stage, Subject } from "./subject.ts";
import { CLOSE } from "./traits-close.ts";

/** Methods that start no operation; that is looked at. */
const OTHERS: Readonly<Record<string, (props: Props) => unknown>> = {
  "File.cancelAll": ({ file }) => file.cancelAll(),
  "File.ref": ({ file }) => file.ref(),
  "File.unref": ({ file }) => file.unref(),
  "Io.drain": ({ io }) => io.drain(),
  "Io.inFlight": ({ io }) => io.inFlight(),
  "Io.captureStacks": ({ io }) => io.captureStacks(false),
  "Io.status": ({ io }) => io.status(),
};

/** What may wait for somebody else for ever. */
const KINDS_THAT_WAIT: readonly RequestKind[] = ["read", "readv", "write", "writev", "open"];

function methodsOf(
  { prototype }: typeof File | typeof FileAttributes | typeof Io | typeof PathCalls,
  name: string,
): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([key, { value }]) => typeof value === "function" && key !== "constructor")
    .map(([key]) => `${name}.${key}`);
}

/** Tells which methods of it are called. */
function spied<T extends File | Io>(target: T, name: string, called: Set<string>): T {
  return new Proxy(target, {
    get: (_target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      called.add(`${name}.${String(key)}`);
      return value.bind(target);
    },
  });
}

export function completeness(matrix: Matrix, subject: Subject, stage: () => Stage): void {
  describe("nothing was left out", () => {
    test("each method of File and Io that starts an operation is among the calls", async () => {
      const props = await makeProps(stage());
      const called = new Set(["File.close"]);
      const watched = {
        ...props,
        file: spied(props.file, "File", called),
        io: spied(props.io, "Io", called),
      };
      for (const call of QUICK) {
        const operation = call.start(watched, { signal: AbortSignal.abort() });
        assert.ok(operation instanceof Operation, call.name);
        assert.equal((await operation.outcome()).status, "canceled", call.name);
      }
      const methods = [
        ...methodsOf(File, "File"),
        ...methodsOf(FileAttributes, "File"),
        ...methodsOf(PathCalls, "Io"),
        ...methodsOf(Io, "Io"),
      ];
      assert.deepEqual(
        methods.filter((method) => !called.has(method)),
        Object.keys(OTHERS),
      );
      for (const [name, act] of Object.entries(OTHERS)) {
        assert.equal(act(props) instanceof Operation, false, `${name} starts an operation`);
      }
      assert.ok(props.file.ref().close() instanceof Operation);
      await props.file.close();
    });

    test("each call that may wait for ever is among those that do", () => {
      const calls = QUICK.filter(({ kind }) => KINDS_THAT_WAIT.includes(kind));
      assert.deepEqual(
        STUCK.map(({ name }) => name),
        calls.map(({ name }) => name),
      );
    });

    test("each call has been looked at in each state", () => {
      assert.deepEqual(matrix.missing([...quickOf(subject).map(({ name }) => name), CLOSE]), []);
    });
  });
}
