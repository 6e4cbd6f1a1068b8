/**
 * Goal: a terminal is read line by line or key by key, has modes and a size, and gives back what
 * was changed; and its ends are what the documentation says.
 * Method: pseudo-terminals of which the test has both ends; a shell at one of them; another user.
 */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, closeSync, constants, openSync } from "node:fs";
import { describe, test } from "node:test";
import {
  fromFd,
  IoBuffer,
  IoError,
  inFlight,
  openPty,
  openStream,
  openTty,
  Scope,
  Tty,
} from "../../src/index.ts";
import { noTerminals } from "../support/pty.ts";

interface Pair {
  readonly controller: Tty;
  readonly tty: Tty;
}

async function withPair(use: (pair: Pair) => Promise<void>): Promise<void> {
  const { controller, path } = openPty();
  const tty = await openTty(path);
  try {
    await use({ controller, tty });
  } finally {
    await Promise.all([tty.close(), controller.close()]);
  }
}

async function readText(from: Tty): Promise<string> {
  const buffer = new IoBuffer(100);
  const count = await from.read(buffer);
  return Buffer.from(buffer.bytes.subarray(0, count)).toString();
}

async function readUntil(from: Tty, end: string): Promise<string> {
  return Buffer.from(await from.readUntil(end)).toString();
}

const isEio = { name: "IoError", code: "EIO" };

describe("a terminal", { skip: noTerminals }, () => {
  test("is read line by line, and what is typed is shown", async () => {
    await withPair(async ({ controller, tty }) => {
      assert.equal(tty.kind, "tty");
      assert.equal(tty.isRaw, false);
      const line = readText(tty);
      await controller.writeAll("on");
      assert.equal(await readText(controller), "on");
      await controller.writeAll("x\x7fe\ntwo\n");
      assert.equal(await line, "one\n");
      assert.equal(await readText(tty), "two\n");
      assert.equal(await readUntil(controller, "two\r\n"), "x\b \be\r\ntwo\r\n");
    });
  });

  test("Ctrl-D is the end of a read, and not of the terminal", async () => {
    await withPair(async ({ controller, tty }) => {
      await controller.writeAll("\x04");
      assert.equal(await readText(tty), "");
      await controller.writeAll("more\n");
      assert.equal(await readText(tty), "more\n");
    });
  });

  test("is read key by key when it is raw", async () => {
    await withPair(async ({ controller, tty }) => {
      const before = tty.modes();
      tty.setRaw(true).setRaw(true);
      assert.equal(tty.isRaw, true);
      await controller.writeAll("\x03\r\x04");
      assert.equal(Buffer.from(await tty.readExactly(3)).toString(), "\x03\r\x04");
      await tty.writeAll("\n");
      assert.equal(await readText(controller), "\r\n");
      tty.setRaw(false).setRaw(false);
      assert.deepEqual(tty.modes(), before);
    });
  });

  test("a pending read goes on when it becomes raw", async () => {
    await withPair(async ({ controller, tty }) => {
      const key = readText(tty);
      tty.setRaw(true);
      await controller.writeAll("k");
      assert.equal(await key, "k");
    });
  });

  test("one that takes nothing stops nobody", async () => {
    await withPair(async ({ controller, tty }) => {
      // Much more than there is room for: in a system call it would wait there.
      const text = "x".repeat(1_000_000);
      const writes = [tty.writeAll(text), controller.writeAll(text)];
      assert.equal(inFlight().length, 2);
      const buffer = new IoBuffer(100_000);
      assert.ok((await controller.read(buffer)) > 0);
      const outcomes = await Promise.all(writes.map((write) => write.cancel().outcome()));
      for (const { status, bytesTransferred } of outcomes) {
        assert.equal(status, "canceled");
        assert.ok(bytesTransferred < text.length);
      }
    });
  });

  test("gives its modes back when it is closed, and with its scope", async () => {
    await withPair(async ({ tty: other }) => {
      const before = other.modes();
      const tty = await openTty(other.path, { modes: { echo: false, hangUpOnClose: true } });
      tty.setRaw(true).setModes({ stopBits: 2 });
      assert.equal(tty.setRaw(false).modes().echo, false);
      assert.equal(other.modes().stopBits, 2);
      await tty.close();
      assert.deepEqual(other.modes(), before);
      await Scope.use({}, async (scope) => {
        (await scope.openTty(other.path)).setRaw(true);
        assert.equal(other.isRaw, true);
      });
      assert.deepEqual(other.modes(), before);
    });
  });

  test("of several with one terminal, each gives back what it has found", async () => {
    await withPair(async ({ tty: outer }) => {
      const before = outer.modes();
      const inner = await openTty(outer.path);
      outer.setRaw(true);
      const raw = outer.modes();
      inner.setModes({ speed: 1200 });
      await inner.close();
      assert.deepEqual(outer.modes(), raw);
      outer.setRaw(false);
      assert.deepEqual(outer.modes(), before);
    });
  });

  test("of several, the last gives back what the first has found", async () => {
    await withPair(async ({ tty: first }) => {
      const before = first.modes();
      const second = await openTty(first.path);
      first.setModes({ echo: false });
      second.setModes({ speed: 1200 });
      await first.close();
      assert.equal(second.modes().echo, true);
      await second.close();
      const again = await openTty(first.path);
      assert.deepEqual(again.modes(), before);
      await again.close();
    });
  });

  test("has a size, which the controller sets", async () => {
    await withPair(async ({ controller, tty }) => {
      assert.deepEqual(tty.size, { rows: 0, columns: 0 });
      controller.setSize(24, 80);
      assert.deepEqual(tty.size, { rows: 24, columns: 80 });
      tty.setSize(1, 65_535);
      assert.deepEqual(controller.size, { rows: 1, columns: 65_535 });
      assert.throws(() => tty.setSize(1, 65_536), RangeError);
    });
  });

  test("tells what waits in it, and discards it", async () => {
    await withPair(async ({ controller, tty }) => {
      await controller.writeAll("one\ntwo\nthree\n");
      assert.equal(await readUntil(tty, "w"), "one\ntw");
      assert.deepEqual(tty.waiting(), { input: 2 + 6, output: 0 });
      tty.discard("output");
      assert.equal(tty.waiting().input, 8);
      tty.discard("input");
      assert.equal(tty.waiting().input, 0);
      await controller.writeAll("four\n");
      assert.equal(await readText(tty), "four\n");
    });
  });

  test("that was hung up is at its end", async () => {
    const { controller, path } = openPty();
    const tty = await openTty(path);
    tty.setRaw(true);
    const pending = readText(tty);
    await controller.close();
    assert.equal(await pending, "");
    assert.equal(await readText(tty), "");
    await assert.rejects(tty.writeAll("x"), isEio);
    await assert.rejects(tty.readUntil("\n"), { code: "ERR_UNEXPECTED_END" });
    assert.throws(() => tty.modes(), isEio);
    assert.throws(() => tty.setModes({ echo: true }), isEio);
    assert.throws(() => tty.size, isEio);
    tty.setRaw(false);
    await tty.close();
  });

  test("its controller fails once nobody has it open, and goes on when somebody has", async () => {
    const { controller, path } = openPty();
    const waiting = readText(controller);
    const tty = await openTty(path);
    await tty.writeAll("bye");
    assert.equal(await waiting, "bye");
    await tty.close();
    await assert.rejects(readText(controller), isEio);
    const again = await openTty(path);
    await again.writeAll("hello");
    assert.equal(await readText(controller), "hello");
    await Promise.all([again.close(), controller.close()]);
  });

  const skip = process.getuid?.() !== 0 && "only root can be somebody else, too";
  test("only root opens one that is somebody's own", { skip }, async () => {
    await withPair(async ({ tty }) => {
      chmodSync(tty.path, 0o666);
      const asNobody = (): string => {
        const line = ["--reuid=65534", "--clear-groups", "sh", "-c", ': <>"$0"', tty.path];
        return spawnSync("setpriv", line, { encoding: "utf8" }).stderr;
      };
      const own = await openTty(tty.path, { exclusive: true });
      assert.match(asNobody(), /busy/);
      await own.close();
      // It is the terminal that remembers: until somebody says otherwise, or all have closed it.
      assert.match(asNobody(), /busy/);
      tty.setExclusive(false);
      assert.equal(asNobody(), "");
    });
  });

  test("what is none cannot be opened as one", async () => {
    const before = inFlight().length;
    await assert.rejects(openTty("/dev/null"), (error) => {
      assert.ok(error instanceof IoError);
      assert.deepEqual([error.code, error.syscall, error.path], ["ENOTTY", "openTty", "/dev/null"]);
      return true;
    });
    await assert.rejects(openTty("/nonexistent"), { code: "ENOENT" });
    assert.equal(inFlight().length, before);
  });

  test("comes as what it is, however it is opened", async () => {
    await withPair(async ({ controller, tty }) => {
      const descriptor = openSync(tty.path, constants.O_RDWR | constants.O_NOCTTY);
      const inherited = fromFd(descriptor);
      closeSync(descriptor);
      const stream = await openStream(tty.path, "r+");
      for (const each of [inherited, stream]) {
        assert.ok(each instanceof Tty);
        each.setRaw(true);
        await controller.writeAll("k");
        assert.equal(await readText(each), "k");
        await each.close();
      }
      assert.equal(tty.isRaw, false);
    });
  });

  test("nothing is asked of one that is closed", async () => {
    const { controller, path } = openPty();
    await controller.close();
    assert.match(controller.path, new RegExp(path));
    const closed = { name: "TypeError", code: "ERR_CLOSED" };
    const calls: readonly (() => unknown)[] = [
      () => controller.isRaw,
      () => controller.setRaw(true),
      () => controller.modes(),
      () => controller.setModes({}),
      () => controller.size,
      () => controller.setSize(1, 1),
      () => controller.onResize(() => {}),
      () => controller.setExclusive(true),
      () => controller.sendBreak(),
      () => controller.modemLines(),
      () => controller.setModemLines({}),
      () => controller.waiting(),
      () => controller.discard("both"),
      () => controller.ask("?"),
    ];
    for (const call of calls) assert.throws(call, closed, call.toString());
  });
});

describe("a shell at a pseudo-terminal", { skip: noTerminals }, () => {
  test("is told commands, and answers", async () => {
    const { controller, path } = openPty();
    controller.setSize(30, 100);
    const descriptor = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
    const env = { PATH: process.env.PATH, PS1: "ready> ", TERM: "dumb" };
    const stdio = [descriptor, descriptor, descriptor];
    const shell = spawn("setsid", ["--ctty", "sh", "-i"], { env, stdio });
    const ended = once(shell, "exit");
    closeSync(descriptor);
    assert.match(await readUntil(controller, "ready> "), /ready> $/);
    controller.setModes({ echo: false });
    await controller.writeAll("stty size; tty\n");
    assert.equal(await readUntil(controller, "ready> "), `30 100\r\n${path}\r\nready> `);
    await controller.writeAll("cat\n");
    await controller.writeAll("through cat\n");
    assert.equal(await readUntil(controller, "\n"), "through cat\r\n");
    await controller.writeAll("\x03");
    assert.match(await readUntil(controller, "ready> "), /ready> $/);
    await controller.writeAll("kill -TERM $$; exit 3\n");
    assert.deepEqual(await ended, [3, null]);
    await assert.rejects(controller.readExactly(1_000_000), isEio);
    await controller.close();
  });
});
