/**
 * Goal: a line has the modes of a serial line that it was given, or none of them and an error; and
 * bytes come and go through it as they are.
 * Method: pseudo-terminals, which know speeds, stop bits and flow control but neither parity nor a
 * modem; stty as a witness. No real line: no machine for tests has one.
 */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import {
  IoBuffer,
  type IoError,
  openPty,
  openTty,
  type Tty,
  type TtyModeChanges,
  type TtyModes,
} from "../../src/index.ts";
import { noTerminals } from "../support/pty.ts";

async function withLine(use: (line: Tty, other: Tty) => Promise<void>): Promise<void> {
  const { controller, path } = openPty();
  const line = await openTty(path, { modes: { transparent: true, speed: 9600 } });
  try {
    await use(line, controller);
  } finally {
    await Promise.all([line.close(), controller.close()]);
  }
}

function stty(line: Tty): string {
  return execFileSync("stty", ["-a", "-F", line.path], { encoding: "utf8" });
}

function pick(modes: TtyModes, changes: TtyModeChanges): object {
  return Object.fromEntries(Object.keys(changes).map((name) => [name, modes[name as "speed"]]));
}

describe("a serial line", { skip: noTerminals }, () => {
  test("passes all bytes as they are, both ways", async () => {
    await withLine(async (line, other) => {
      const bytes = Uint8Array.from({ length: 1024 }, (_, at) => at % 256);
      await other.writeAll(bytes);
      assert.deepEqual(Buffer.from(await line.readExactly(1024)), Buffer.from(bytes));
      await line.writeAll(bytes);
      assert.deepEqual(Buffer.from(await other.readExactly(1024)), Buffer.from(bytes));
    });
  });

  test("an answer that does not come in time is there later", async () => {
    await withLine(async (line, other) => {
      await other.writeAll("O");
      const late = line.readUntil("\r\n", { timeoutMs: 1 });
      await assert.rejects(late, { code: "ETIMEDOUT" });
      await other.writeAll("K\r\n");
      assert.equal(Buffer.from(await line.readUntil("\r\n")).toString(), "OK\r\n");
    });
  });

  const TAKEN: readonly (readonly [TtyModeChanges, readonly string[]])[] = [
    [{ speed: 115_200 }, ["115200"]],
    [{ speed: 50 }, ["50"]],
    [{ speed: 4_000_000 }, ["4000000"]],
    // Of which stty knows nothing.
    [{ speed: 31_250 }, []],
    [{ speed: 123_457 }, []],
    [{ speed: 0 }, ["0"]],
    [{ stopBits: 2 }, ["cstopb"]],
    [{ stopBits: 1 }, ["-cstopb"]],
    [{ flow: "rtscts" }, ["crtscts", "-ixon", "-ixoff"]],
    [{ flow: "xonxoff" }, ["-crtscts", "ixon", "ixoff"]],
    [{ flow: "none" }, ["-crtscts", "-ixon", "-ixoff"]],
    [{ dataBits: 8, parity: "none" }, ["cs8", "-parenb"]],
    [{ ignoreCarrier: true, hangUpOnClose: true }, ["clocal", "hupcl"]],
    [{ ignoreCarrier: false, hangUpOnClose: false }, ["-clocal", "-hupcl"]],
    [{ canonical: true, echo: true, signals: true }, ["icanon", "echo", "isig"]],
    [{ translateInput: true, translateOutput: true }, ["icrnl", "opost"]],
    [{ vmin: 255, vtime: 254, canonical: false }, ["255", "254"]],
  ];
  for (const [changes, witnessed] of TAKEN) {
    test(`takes ${JSON.stringify(changes)}`, async () => {
      await withLine(async (line) => {
        const before = line.modes();
        line.setModes(changes);
        assert.deepEqual(pick(line.modes(), changes), changes);
        const words = stty(line).split(/[\s;]+/);
        for (const word of witnessed) assert.ok(words.includes(word), `${word}: ${words}`);
        const others = { ...line.modes(), ...pick(before, changes) };
        assert.deepEqual(others, before, "others have changed, too");
      });
    });
  }

  const REFUSED: readonly (readonly [TtyModeChanges, string])[] = [
    [{ speed: 1200, parity: "even" }, "parity"],
    [{ stopBits: 2, dataBits: 7, parity: "mark" }, "dataBits, parity"],
  ];
  for (const [changes, names] of REFUSED) {
    test(`of ${JSON.stringify(changes)} it takes nothing`, async () => {
      await withLine(async (line) => {
        const before = line.modes();
        assert.throws(
          () => line.setModes(changes),
          (error: IoError) => {
            assert.deepEqual([error.code, error.path], ["ERR_MODES_REFUSED", line.path]);
            assert.equal((error.cause as Error).message, `It does not take: ${names}`);
            return true;
          },
        );
        assert.deepEqual(line.modes(), before);
      });
      const { controller, path } = openPty();
      await assert.rejects(openTty(path, { modes: changes }), { code: "ERR_MODES_REFUSED" });
      await controller.close();
    });
  }

  test("what is no mode is refused before anything is done", async () => {
    await withLine(async (line) => {
      const wrong: readonly (readonly [object, string])[] = [
        [{ speed: -1 }, "ERR_OUT_OF_RANGE"],
        [{ speed: "9600" }, "ERR_INVALID_ARG_TYPE"],
        [{ baudRate: 9600 }, "ERR_INVALID_ARG_VALUE"],
        [{ parity: "oven" }, "ERR_INVALID_ARG_VALUE"],
        [{ flow: true }, "ERR_INVALID_ARG_TYPE"],
        [{ dataBits: 9 }, "ERR_OUT_OF_RANGE"],
        [{ stopBits: 1.5 }, "ERR_OUT_OF_RANGE"],
        [{ vmin: 256 }, "ERR_OUT_OF_RANGE"],
        [{ echo: 1 }, "ERR_INVALID_ARG_TYPE"],
        [{ transparent: false }, "ERR_INVALID_ARG_TYPE"],
      ];
      const before = line.modes();
      for (const [changes, code] of wrong) {
        assert.throws(() => line.setModes(changes as TtyModeChanges), { code });
      }
      assert.deepEqual(line.modes(), before);
    });
  });

  test("a read gives what has come, whatever vmin and vtime are", async () => {
    await withLine(async (line, other) => {
      line.setModes({ vmin: 4, vtime: 1 });
      const buffer = new IoBuffer(10);
      const read = line.read(buffer);
      await other.writeAll("ab");
      assert.equal(await read, 2);
      line.setModes({ vmin: 0, vtime: 0 });
      assert.equal(await line.read(buffer), 0);
    });
  });

  test("modem lines are a modem's", async () => {
    await withLine(async (line) => {
      assert.throws(() => line.modemLines(), { name: "IoError", code: "ENOTTY" });
      assert.throws(() => line.setModemLines({ dtr: true }), { name: "IoError", code: "ENOTTY" });
      assert.throws(() => line.setModemLines({ cts: true } as object), {
        code: "ERR_INVALID_ARG_VALUE",
      });
    });
  });

  test("a break takes its time, or less if it is stopped", async () => {
    await withLine(async (line) => {
      await line.sendBreak(1);
      const reason = new Error("enough");
      const stopped = line.sendBreak(2 ** 31 - 1, { signal: AbortSignal.abort(reason) });
      await assert.rejects(stopped, { code: "ABORT_ERR", syscall: "sendBreak", cause: reason });
      const late = line.sendBreak(2 ** 31 - 1, { timeoutMs: 1 });
      await assert.rejects(late, { code: "ETIMEDOUT", syscall: "sendBreak" });
      const controller = new AbortController();
      const pending = line.sendBreak(2 ** 31 - 1, { signal: controller.signal });
      controller.abort(reason);
      await assert.rejects(pending, { code: "ABORT_ERR", cause: reason });
    });
  });

  test("a break ends with its line, and nobody need handle it", async () => {
    await withLine(async (line) => {
      void line.sendBreak(2 ** 31 - 1);
      const pending = line.sendBreak(2 ** 31 - 1, { signal: new AbortController().signal });
      await line.close();
      await assert.rejects(pending, (error: IoError) => {
        assert.deepEqual([error.code, error.syscall], ["ABORT_ERR", "sendBreak"]);
        assert.equal((error.cause as IoError).code, "ERR_CLOSED");
        return true;
      });
    });
  });
});
