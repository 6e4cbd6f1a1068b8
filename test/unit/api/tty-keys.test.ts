// Goal: typed bytes are cut where a line editor can be stopped: no character and no key is taken
// before it is whole, nothing is lost or twice, and no line end is overlooked. Method: all cuts of
// texts, and what they are made of.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nextPiece, type Piece } from "../../../src/api/tty/keys.ts";

/** Kinds and texts of all whole pieces, and what is left. */
function piecesOf(bytes: Uint8Array): { readonly pieces: string[]; readonly rest: string } {
  const pieces: string[] = [];
  let at = 0;
  for (let piece = nextPiece(bytes, at, false); piece !== null; ) {
    pieces.push(`${piece.kind} ${JSON.stringify(textOf(bytes, at, piece))}`);
    at = piece.end;
    piece = nextPiece(bytes, at, false);
  }
  return { pieces, rest: Buffer.from(bytes.subarray(at)).toString("latin1") };
}

function textOf(bytes: Uint8Array, start: number, { end }: Piece): string {
  return Buffer.from(bytes.subarray(start, end)).toString();
}

describe("pieces of what is typed", () => {
  const CASES: Readonly<Record<string, readonly string[]>> = {
    "": [],
    "abc é你😀": ['text "abc é你😀"'],
    "a\rb\nc\r\nd\r\r\n": [
      'text "a"',
      'lineEnd "\\r"',
      'text "b"',
      'lineEnd "\\n"',
      'text "c"',
      'lineEnd "\\r\\n"',
      'text "d"',
      'lineEnd "\\r"',
      'lineEnd "\\r\\n"',
    ],
    "a\u2028b\u2029\u2027": [
      'text "a"',
      'lineEnd "\u2028"',
      'text "b"',
      'lineEnd "\u2029"',
      'text "\u2027"',
    ],
    "a\x7f\x03\tb": ['text "a"', 'key "\x7f"', 'key "\\u0003"', 'key "\\t"', 'text "b"'],
    "\x1b\x1bxé\x1bé": ['key "\\u001b\\u001bx"', 'text "é"', 'key "\\u001bé"'],
  };
  for (const [text, pieces] of Object.entries(CASES)) {
    test(`of ${JSON.stringify(text)}`, () => {
      assert.deepEqual(piecesOf(Buffer.from(text)), { pieces, rest: "" });
    });
  }

  test("wait for what is not all there", () => {
    const unfinished = ["\x1b", "\x1b\x1b", "é", "你", "😀", "\x1b😀", "\u2028"];
    for (const text of unfinished) {
      const bytes = Buffer.from(text);
      for (let length = 1; length < bytes.length; length++) {
        const part = bytes.subarray(0, length);
        assert.deepEqual(piecesOf(part), { pieces: [], rest: part.toString("latin1") });
        const behind = Buffer.concat([Buffer.from("ab"), part]);
        assert.deepEqual(piecesOf(behind), {
          pieces: ['text "ab"'],
          rest: part.toString("latin1"),
        });
      }
    }
    assert.deepEqual(piecesOf(Buffer.from("\x1b")).rest, "\x1b");
  });

  test("do not wait for what cannot be UTF-8", () => {
    for (const bytes of [[0xff], [0x80], [0xe4, 0x61], [0xc3, 0xc3, 0xa9], [0xf8, 0x80, 0x80]]) {
      assert.equal(piecesOf(Uint8Array.from(bytes)).rest, "", bytes.join());
    }
  });

  test("in a key's sequence, one character after the other", () => {
    const bytes = Buffer.from("[1;\x1bé\r");
    let count = 0;
    for (let at = 0; at < bytes.length; count++) {
      const piece = nextPiece(bytes, at, true);
      assert.equal(piece?.kind, "key");
      at = piece.end;
    }
    assert.equal(count, 6);
    assert.equal(nextPiece(Buffer.from([0xc3]), 0, true), null);
  });
});
