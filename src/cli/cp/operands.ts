// The operands of the command line as bytes. Node decodes them as UTF-8 and puts U+FFFD for what
// is not; Linux still has what was typed.

import { IoBuffer, open } from "../../index.ts";

const replacement = "\uFFFD";
const chunkBytes = 64 * 1024;

export async function operandBytes(operands: readonly string[]): Promise<Buffer[]> {
  const isIntact = operands.every((operand) => !operand.includes(replacement));
  return restoreBytes(operands, isIntact ? [] : await commandLine());
}

/** Gives each operand the next of the raw arguments that reads like it, or else its own bytes. */
export function restoreBytes(operands: readonly string[], raw: readonly Buffer[]): Buffer[] {
  let next = 0;
  return operands.map((operand) => {
    const found = raw.findIndex((bytes, index) => index >= next && bytes.toString() === operand);
    if (found < 0) return Buffer.from(operand);
    next = found + 1;
    return raw[found] ?? Buffer.from(operand);
  });
}

/** The arguments of this process; none where there is no /proc. */
async function commandLine(): Promise<Buffer[]> {
  try {
    const all = await readWhole("/proc/self/cmdline");
    const texts = all.toString("latin1").split("\0").slice(0, -1);
    return texts.map((text) => Buffer.from(text, "latin1"));
  } catch {
    return [];
  }
}

async function readWhole(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const buffer = new IoBuffer(chunkBytes);
    const chunks: Buffer[] = [];
    for (;;) {
      const length = await file.readFully(buffer);
      chunks.push(Buffer.from(buffer.bytes.subarray(0, length)));
      if (length < chunkBytes) return Buffer.concat(chunks);
    }
  } finally {
    await file.close();
  }
}
