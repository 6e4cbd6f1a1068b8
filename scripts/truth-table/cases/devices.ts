// Character devices that give and take without end, and one that computes for a while.

import { existsSync } from "node:fs";
import { IoBuffer, openStream, type StreamHandle } from "../../../src/index.ts";
import { type Case, type Subject, stoppable, type Way } from "../case.ts";
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
  device("/dev/null", "write", GONE),
  device("/dev/full", "write", "it takes none"),
];
