// Cuts typed bytes into what a line editor takes at a time. The editor is fed piece by piece, so
// that it never has a byte of what comes after the line, nor half a character.
//
//   h é l l o ESC [ D ✂ DEL ✂ w o r l d CR │ next line
//   ── text ─ ── key ── key   ── text ─ end

/** What a piece is, and where it ends in the bytes. */
export interface Piece {
  /**
   * `text`: characters to insert. `key`: a control character, or a part of a key's sequence.
   * `lineEnd`: CR, LF, CR LF, or one of Unicode's own.
   */
  readonly kind: "text" | "key" | "lineEnd";
  readonly end: number;
}

const LF = 0x0a;
const CR = 0x0d;
const ESC = 0x1b;
const DEL = 0x7f;
const FIRST_PRINTABLE = 0x20;
const FIRST_CONTINUATION = 0x80;
const FIRST_LEAD = 0xc0;
const FIRST_NO_LEAD = 0xf8;

/** U+2028 and U+2029, which `node:readline` takes as line ends wherever they come from. */
const SEPARATOR_BYTES = 3;

/**
 * The piece that begins at `start`, or null if the bytes end before it is whole.
 *
 * @param isInKey Whether a key's sequence has begun with the bytes before.
 */
export function nextPiece(bytes: Uint8Array, start: number, isInKey: boolean): Piece | null {
  const byte = bytes[start];
  if (byte === undefined) return null;
  if (isInKey) return whole("key", bytes, start);
  if (byte === ESC) return escapePiece(bytes, start);
  if (byte === CR) return { kind: "lineEnd", end: start + (bytes[start + 1] === LF ? 2 : 1) };
  if (byte === LF) return { kind: "lineEnd", end: start + 1 };
  if (isSeparator(bytes, start)) return { kind: "lineEnd", end: start + SEPARATOR_BYTES };
  if (isControl(byte)) return { kind: "key", end: start + 1 };
  return textPiece(bytes, start);
}

/** ESC alone may be a key, or the begin of one: what comes behind it tells. */
function escapePiece(bytes: Uint8Array, start: number): Piece | null {
  let at = start;
  while (bytes[at] === ESC) at++;
  return whole("key", bytes, at);
}

/** Up to a control character, a separator, or a character that is not all there. */
function textPiece(bytes: Uint8Array, start: number): Piece | null {
  let end = start;
  while (end < bytes.length && !isControl(bytes[end] ?? 0) && !isSeparator(bytes, end)) {
    const length = characterLength(bytes, end);
    if (length === 0) break;
    end += length;
  }
  return end === start ? null : { kind: "text", end };
}

function whole(kind: Piece["kind"], bytes: Uint8Array, start: number): Piece | null {
  const length = characterLength(bytes, start);
  return length === 0 ? null : { kind, end: start + length };
}

/** Bytes of the character; 1 of what is not UTF-8; 0 if it may be, but is not all there. */
function characterLength(bytes: Uint8Array, start: number): number {
  const lead = bytes[start];
  if (lead === undefined) return 0;
  if (lead < FIRST_LEAD || lead >= FIRST_NO_LEAD) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  for (let at = start + 1; at < start + length; at++) {
    const byte = bytes[at];
    if (byte === undefined) return 0;
    if (byte < FIRST_CONTINUATION || byte >= FIRST_LEAD) return 1;
  }
  return length;
}

function isControl(byte: number): boolean {
  return byte < FIRST_PRINTABLE || byte === DEL;
}

function isSeparator(bytes: Uint8Array, start: number): boolean {
  const [last, isFirst] = [bytes[start + 2], bytes[start] === 0xe2];
  return isFirst && bytes[start + 1] === 0x80 && (last === 0xa8 || last === 0xa9);
}
