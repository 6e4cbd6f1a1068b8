// Goal: lines are what a reader of the whole text would see, wherever blocks end; one that is too
// long is an error; and whoever stops early can go on with the next line, to the byte.
// Method: drawn texts against a plain split of the decoded whole, on a simulated disk, with blocks
// of every size that matters.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Prng } from "../../../src/base/prng.ts";
import { type File, IoBuffer, type LinesOptions } from "../../../src/index.ts";
import { simulate } from "../../../src/testing.ts";
import { openFake, reactions } from "./fake-file.ts";
import { bring, endAll, hasSettled } from "./streams-harness.ts";

/** What texts are drawn from: line ends, text of one to four bytes, and what is no UTF-8. */
const PIECES: readonly (string | readonly number[])[] = [
  ...["\n", "\n", "\r\n", "\r", "a", "bc", "é", "€", "👩", "\ufeff", "\0"],
  ...[[0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x91], [0x80], [0xed, 0xa0, 0x80]],
];

function drawBytes(random: Prng, count: number): Uint8Array {
  const pieces = Array.from({ length: count }, () => PIECES[random.below(PIECES.length)] ?? "");
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
}

/** The whole at once, as the platform decodes it. */
function expectedLines(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split("\n");
  const last = lines.pop() ?? "";
  const ended = lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  return last === "" ? ended : [...ended, last];
}

/** Runs with a file of the simulated disk, which is opened as often as wanted. */
function withBytes(
  bytes: string | Uint8Array,
  act: (open: () => Promise<File>) => Promise<void>,
): Promise<void> {
  return simulate({}, (io, world) => {
    world.makeFile("/file", bytes);
    return act(() => io.open("/file"));
  });
}

async function linesOf(file: File, options?: LinesOptions): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of file.lines(options)) lines.push(line);
  return lines;
}

describe("lines", () => {
  test("are those of the decoded whole, wherever blocks end", async () => {
    const random = new Prng(20);
    for (let round = 0; round < 60; round++) {
      const bytes = drawBytes(random, random.below(40));
      await withBytes(bytes, async (open) => {
        for (const blockBytes of [1, 2, 3, 5, 1 + random.below(50), 1000]) {
          const file = await open();
          const lines = await linesOf(file, { blockBytes, blocksInFlight: 1 + random.below(4) });
          const about = `${Buffer.from(bytes).toString("hex")} in blocks of ${blockBytes}`;
          assert.deepEqual(lines, expectedLines(bytes), about);
          assert.equal(file.state, "closed");
        }
      });
    }
  });

  const WHOLES: Readonly<Record<string, readonly string[]>> = {
    "": [],
    "\n": [""],
    "\r\n": [""],
    "\r": ["\r"],
    a: ["a"],
    "a\n": ["a"],
    "a\n\nb": ["a", "", "b"],
    "a\r\r\nb\r": ["a\r", "b\r"],
    "\ufeffa\n\ufeffb\n": ["a", "\ufeffb"],
  };
  for (const [text, lines] of Object.entries(WHOLES)) {
    test(`of ${JSON.stringify(text)} are ${JSON.stringify(lines)}`, () =>
      withBytes(text, async (open) => {
        for (const blockBytes of [1, 2, 100]) {
          assert.deepEqual(await linesOf(await open(), { blockBytes }), lines);
        }
      }));
  }

  test("between a start and an end: what is cut off there is cut off", () =>
    withBytes("one\ntwo\nthree\n", async (open) => {
      assert.deepEqual(await linesOf(await open(), { start: 2, end: 10 }), ["e", "two", "th"]);
    }));
});

describe("the longest line", () => {
  const long = (name: string, text: string, max: number, before: readonly string[]): void => {
    test(`${name}: the lines before it come, then the error`, () =>
      withBytes(text, async (open) => {
        for (const blockBytes of [1, 2, 3, 4, 5, 6, 7, 8, 9, 1000]) {
          const file = await open();
          const lines: string[] = [];
          const reading = (async (): Promise<void> => {
            for await (const line of file.lines({ blockBytes, lineBytesMax: max })) {
              lines.push(line);
            }
          })();
          await assert.rejects(reading, { name: "IoError", code: "ERR_LINE_TOO_LONG" });
          assert.deepEqual(lines, before, `blocks of ${blockBytes}`);
          assert.equal(file.state, "closed");
        }
      }));
  };
  long("in the middle", "a\nbb\nccccc\nd\n", 4, ["a", "bb"]);
  long("at first, with CRLF", "ccccc\r\nd", 4, []);
  long("at last, without an end", "a\r\nccccc", 4, ["a"]);
  long("of characters of several bytes", "a\n€€\n", 5, ["a"]);
  long("with a CR in it", "a\nbbbb\r\r\n", 4, ["a"]);

  test("as long as allowed is not too long, whatever ends it", () =>
    withBytes("aaaa\nbbbb\r\n€b\r\ncccc", async (open) => {
      for (let blockBytes = 1; blockBytes < 25; blockBytes++) {
        const lines = await linesOf(await open(), { blockBytes, lineBytesMax: 4 });
        assert.deepEqual(lines, ["aaaa", "bbbb", "€b", "cccc"], `blocks of ${blockBytes}`);
      }
    }));

  test("with close: false the file goes on with the line that was too long", () =>
    withBytes("a\nbbbbbb\nc", async (open) => {
      for (const blockBytes of [1, 2, 3, 100]) {
        const file = await open();
        const reading = linesOf(file, { blockBytes, lineBytesMax: 3, close: false });
        await assert.rejects(reading, { code: "ERR_LINE_TOO_LONG" });
        assert.deepEqual(await linesOf(file), ["bbbbbb", "c"]);
      }
    }));
});

describe("stopping early", () => {
  test("the file goes on with the next line, to the byte", async () => {
    const random = new Prng(77);
    for (let round = 0; round < 40; round++) {
      const bytes = drawBytes(random, 30);
      const expected = expectedLines(bytes);
      await withBytes(bytes, async (open) => {
        const file = await open();
        const got: string[] = [];
        while (got.length < expected.length) {
          const options = { blockBytes: 1 + random.below(20), close: false };
          let wanted = random.below(4);
          for await (const line of file.lines(options)) {
            got.push(line);
            if (wanted-- === 0) break;
          }
        }
        // A mark of the byte order counts at the begin of the file only, or of each iteration.
        const plain = (lines: string[]): string[] =>
          lines.map((line) => line.replace(/^\ufeff/, ""));
        assert.deepEqual(plain(got), plain(expected), Buffer.from(bytes).toString("hex"));
        await file.close();
      });
    }
  });

  test("a header of lines, then bytes", () =>
    withBytes("length: 5\r\n\r\n01234567", async (open) => {
      const file = await open();
      for await (const line of file.lines({ close: false })) if (line === "") break;
      const body = new IoBuffer(5);
      assert.equal(await file.readFully(body), 5);
      assert.equal(Buffer.from(body.bytes).toString(), "01234");
      await file.close();
    }));

  test("return() while a call waits: both settle when the kernel has answered", async () => {
    const { file, backend } = await openFake(true);
    const lines = file.lines({ close: false });
    const waiting = [lines.next(), lines.next()];
    await reactions();
    const returning = lines.return();
    assert.equal(backend.canceled.length, 1);
    assert.equal(await hasSettled(returning), false);
    bring(backend, "late\n");
    assert.equal((await returning).done, true);
    assert.deepEqual(
      (await Promise.all(waiting)).map(({ done }) => done),
      [true, true],
    );
    assert.equal((await file.lines().next()).value, "late");
  });

  test("await using: leaving the block stops it", async () => {
    const { file, backend } = await openFake(true);
    const leaving = (async (): Promise<void> => {
      await using lines = file.lines();
      void lines.next();
      await reactions();
    })();
    await reactions();
    await endAll(backend);
    await leaving;
    assert.equal(file.state, "closed");
  });

  test("a close that fails is told", async () => {
    const { file, backend } = await openFake(false);
    const returning = file.lines().return();
    returning.catch(() => {}); // Looked at below.
    await reactions();
    backend.answer({ kind: "failed", errno: 5 });
    await assert.rejects(returning, { code: "EIO", syscall: "close" });
  });
});

describe("asking for lines", () => {
  test("several calls at once have their lines in the order of the calls", async () => {
    const { file, backend } = await openFake(true);
    const lines = file.lines();
    const waiting = Array.from({ length: 4 }, () => lines.next());
    await reactions();
    bring(backend, "a\nb\nc");
    await reactions();
    bring(backend, "c\n");
    await reactions();
    backend.done(0);
    await endAll(backend);
    const values = (await Promise.all(waiting)).map(({ value }) => value);
    assert.deepEqual(values, ["a", "b", "cc", undefined]);
  });

  test("a call that comes when lines have just arrived overtakes none", async () => {
    const { file, backend } = await openFake(true);
    const lines = file.lines();
    const calls = [lines.next(), lines.next()];
    await reactions();
    bring(backend, Array.from({ length: 40 }, (_, at) => `${at}\n`).join(""));
    for (let round = 0; round < 20; round++) {
      calls.push(lines.next());
      await undefined;
    }
    const values = (await Promise.all(calls)).map(({ value }) => Number(value));
    assert.deepEqual(
      values,
      values.map((_, at) => at),
    );
    void lines.return();
    await endAll(backend);
  });

  test("a line comes as soon as it is there", async () => {
    const { file, backend } = await openFake(true);
    const lines = file.lines();
    const first = lines.next();
    await reactions();
    bring(backend, "prompt\nand");
    assert.equal((await first).value, "prompt");
    void lines.return();
    await endAll(backend);
  });

  test("a failing read is told once, then it is over", async () => {
    const { file, backend } = await openFake(true);
    const lines = file.lines();
    const first = lines.next();
    first.catch(() => {}); // Looked at below.
    await reactions();
    backend.answer({ kind: "failed", errno: 5 });
    await endAll(backend);
    await assert.rejects(first, { code: "EIO" });
    assert.deepEqual(await lines.next(), { done: true, value: undefined });
  });
});
