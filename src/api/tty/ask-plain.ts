// A question to something that is no terminal, such as a pipe: the next line of it.

import type { StreamHandle } from "../stream-handle.ts";
import type { AskPlan } from "./ask-options.ts";
import type { AskSession } from "./ask-session.ts";
import { Display } from "./display.ts";

const LF = 0x0a;
const CR = 0x0d;

/** Resolves with the line, or null at the end. The last line needs no end. */
export async function askPlain(
  session: AskSession,
  output: StreamHandle | null,
  { prompt, isTrimmed, maxBytes }: AskPlan,
): Promise<string | null> {
  let failure: unknown = null;
  const display = new Display(output, (error) => {
    failure = error;
    session.reader.cancel({ code: "ABORT_ERR", cause: error, isOwn: false });
  });
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  try {
    display.show(prompt);
    for (;;) {
      if (failure !== null) throw failure;
      session.checkGoesOn();
      const bytes = await session.reader.next();
      const end = bytes.indexOf(LF);
      byteCount += end === -1 ? bytes.length : end;
      if (byteCount > maxBytes) {
        chunks.push(bytes);
        throw session.error("ERR_LINE_TOO_LONG");
      }
      if (end !== -1 || bytes.length === 0) {
        session.reader.end([bytes.subarray(end + 1)]);
        chunks.push(bytes.subarray(0, Math.max(end, 0)));
        await Promise.race([display.flushed(), session.canceled]);
        display.stop();
        return bytes.length === 0 && byteCount === 0 ? null : textOf(chunks, isTrimmed);
      }
      chunks.push(bytes);
    }
  } catch (error) {
    display.stop();
    await display.flushed();
    session.reader.end(chunks);
    throw failure ?? error;
  }
}

function textOf(chunks: readonly Uint8Array[], isTrimmed: boolean): string {
  const bytes = Buffer.concat(chunks);
  const line = bytes.subarray(0, bytes.at(-1) === CR ? -1 : bytes.length).toString();
  return isTrimmed ? line.trim() : line;
}
