// Streams of files: what they take and give, and what must not compile. Never run.

import type { Readable, Writable } from "node:stream";
import type { ReadableStream, WritableStream } from "node:stream/web";

import {
  type File,
  FileStreams,
  type LineIterator,
  type LinesOptions,
  type ReadableOptions,
  type ReaderOptions,
  type StreamOptions,
  type WriterOptions,
} from "../../src/index.ts";
import { same } from "./same.ts";

const both: StreamOptions = { start: 0, blockBytes: 1, close: false, signal: AbortSignal.abort() };
const reader: ReaderOptions = { ...both, end: 5, blocksInFlight: 1 };
const readable: ReadableOptions = { ...reader, highWaterMark: 5 };
const lines: LinesOptions = { ...reader, lineBytesMax: 5 };
const writer: WriterOptions = { ...both, highWaterMark: 5 };

export async function gives(file: File): Promise<void> {
  const streams: FileStreams = file;
  same<ReadableStream<Uint8Array>>()(file.createReader(reader));
  same<LineIterator>()(streams.lines());
  same<WritableStream<Uint8Array | string>>()(file.createWriter(writer));
  same<Readable>()(file.toReadable(readable));
  same<Writable>()(file.toWritable(writer));
  same<LineIterator>()(file.lines(lines));
  for await (const line of file.lines()) same<string>()(line);
}

export function refuses(file: File): void {
  // @ts-expect-error an encoding is what a TextDecoderStream is for
  file.createReader({ encoding: "utf8" });
  // @ts-expect-error what is written has no end
  file.createWriter({ end: 5 });
  // @ts-expect-error a place is a number of bytes
  file.toReadable({ start: "0" });
  // @ts-expect-error the option is called close
  file.toWritable({ autoClose: true });
  // @ts-expect-error the option is called lineBytesMax
  file.lines({ maxLength: 5 });
  // @ts-expect-error lines are asked for one by one: for await
  for (const _line of file.lines()) break;
  // @ts-expect-error they are a part of a file
  new FileStreams(file);
}
