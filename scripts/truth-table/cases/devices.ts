// Character devices: some give and take without end, one computes for a while, one waits for ever.

import { accessSync, constants, existsSync } from "node:fs";
import { IoBuffer, openStream, type StreamHandle } from "../../../src/index.ts";
import { type Case, type Subject, stoppable, type Way } from "../case.ts";
import { conservedMessages } from "../conserved.ts";
import { nothingToConserve, opens } from "../subjects.ts";

const BLOCK_BYTES = 4096;
const FRESH = "each read has new bytes";
const GONE = "it keeps none";

function device(path: string, way: Way, why: string, bytes: number = BLOCK_BYTES): Case {
  const call = (handle: StreamHandle, buffer: IoBuffer) =>
    way === "read" ? handle.read(buffer) : handle.write(buffer);
  return {
    way,
    kind: path,
    detail: bytes === BLOCK_BYTES ? "" : `${bytes} bytes`,
    missing: () => (existsSync(path) ? null : "there is none"),
    set: async (): Promise<Subject> => {
      const handle = await openStream(path, way === "read" ? "r" : "w");
      const buffer = new IoBuffer(bytes);
      return {
        begin: () => stoppable(call(handle, buffer)),
        conserved: nothingToConserve(why),
        close: async () => void (await handle.close()),
      };
    },
  };
}

const KMSG = "/dev/kmsg";
/** Longer than any message. */
const MESSAGE_BYTES = 8192;
/** A read that has not been answered by then is at the end of the log. */
const END_MS = 20;

function noMessages(): string | null {
  try {
    accessSync(KMSG, constants.R_OK);
    return null;
  } catch {
    return "it takes root";
  }
}

/** The kernel's messages, the oldest first; at their end a read waits for the next. */
async function messages(): Promise<Subject> {
  const [handle, fresh] = [await openStream(KMSG, "r"), await openStream(KMSG, "r")];
  const buffer = new IoBuffer(MESSAGE_BYTES);
  const numberOf = (byteCount: number): number => {
    const text = Buffer.from(buffer.bytes.subarray(0, byteCount)).toString();
    return Number(text.split(",")[1]);
  };
  return {
    begin: () => stoppable(handle.read(buffer)),
    makeWait: async () => {
      const read = () => handle.read(buffer, { timeoutMs: END_MS }).outcome();
      while ((await read()).status === "completed");
    },
    conserved: () => conservedMessages(() => fresh.read(buffer), numberOf),
    close: async () => void (await Promise.all([handle.close(), fresh.close()])),
  };
}

export const DEVICES: readonly Case[] = [
  {
    way: "open",
    kind: "/dev/zero",
    detail: "",
    set: async () => opens(() => openStream("/dev/zero", "r")),
  },
  device("/dev/zero", "read", FRESH),
  device("/dev/urandom", "read", FRESH),
  device("/dev/hwrng", "read", FRESH, 64),
  { way: "read", kind: KMSG, detail: "", missing: noMessages, set: messages },
  device("/dev/null", "write", GONE),
  device("/dev/full", "write", "it takes none"),
];
