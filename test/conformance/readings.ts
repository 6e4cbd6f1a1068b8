// Ways to read a FIFO through a stream and stop at some moment, with the file still open.

import assert from "node:assert/strict";
import { once } from "node:events";

import type { Prng } from "../../src/base/prng.ts";
import { type File, IoBuffer, type IoError } from "../../src/index.ts";
import type { Peer } from "./subject.ts";

export interface Begun {
  /** Ends it at once, and brings what was read. */
  stop(): Promise<string>;
}

export type Reading = (file: File, random: Prng) => Begun;

const END = "END";

/** All that is there, without streams. The mark at the end comes even if bytes were lost. */
export async function readToEnd(file: File, peer: Peer): Promise<string> {
  peer.write(END);
  const buffer = new IoBuffer(7);
  let text = "";
  while (!text.endsWith(END)) {
    const count = await file.read(buffer);
    text += Buffer.from(buffer.bytes.subarray(0, count)).toString();
  }
  return text.slice(0, -END.length);
}

function draw(random: Prng): { close: false; blockBytes: number } {
  return { close: false, blockBytes: 1 + random.below(12) };
}

const web: Reading = (file, random) => {
  const reader = file.createReader(draw(random)).getReader();
  let got = "";
  const ended = (async (): Promise<void> => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      got += Buffer.from(part.value).toString();
    }
  })();
  return {
    stop: async () => {
      await reader.cancel();
      await ended;
      return got;
    },
  };
};

const brought: Reading = (file, random) => {
  const reader = file.createReader(draw(random)).getReader({ mode: "byob" });
  const next = (): ReturnType<typeof reader.read> =>
    reader.read(new Uint8Array(1 + random.below(9)));
  let got = "";
  const ended = (async (): Promise<void> => {
    for (let part = await next(); !part.done; part = await next()) {
      got += Buffer.from(part.value as Uint8Array).toString();
    }
  })();
  return {
    stop: async () => {
      await reader.cancel();
      await ended;
      return got;
    },
  };
};

const signaled: Reading = (file, random) => {
  const controller = new AbortController();
  const reader = file.createReader({ ...draw(random), signal: controller.signal }).getReader();
  let got = "";
  const ended = assert.rejects(
    (async (): Promise<void> => {
      for (;;) got += Buffer.from((await reader.read()).value ?? []).toString();
    })(),
    (error: IoError) => error.code === "ABORT_ERR" && error.bytesTransferred === got.length,
  );
  return {
    stop: async () => {
      controller.abort();
      await ended;
      return got;
    },
  };
};

const flowing: Reading = (file, random) => {
  const readable = file.toReadable(draw(random));
  let got = "";
  readable.on("data", (chunk: Buffer) => {
    got += chunk.toString();
  });
  return {
    stop: async () => {
      readable.destroy();
      await once(readable, "close");
      return got;
    },
  };
};

/** Takes little of what the Node stream has in its own buffer. */
const buffered: Reading = (file, random) => {
  const readable = file.toReadable({ ...draw(random), highWaterMark: 30 });
  let got = "";
  readable.on("readable", () => {
    const chunk = readable.read(1 + random.below(3)) as Buffer | null;
    if (chunk !== null) got += chunk.toString();
  });
  return {
    stop: async () => {
      readable.destroy();
      await once(readable, "close");
      return got;
    },
  };
};

const lines: Reading = (file, random) => {
  const iterator = file.lines(draw(random));
  let got = "";
  const ended = (async (): Promise<void> => {
    for await (const line of iterator) got += `${line}\n`;
  })();
  return {
    stop: async () => {
      await iterator.return();
      await ended;
      return got;
    },
  };
};

export const READINGS: Readonly<Record<string, Reading>> = {
  "a web stream": web,
  "memory that is brought": brought,
  "a web stream with a signal": signaled,
  "a Node stream that flows": flowing,
  "a Node stream that is read little by little": buffered,
  lines,
};
