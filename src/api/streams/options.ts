// Options of streams, each read once and checked before the stream is made.

import { shown, typeError } from "../../base/errors.ts";
import {
  BLOCK_BYTES,
  BLOCKS_IN_FLIGHT,
  BLOCKS_IN_FLIGHT_MAX,
  LINE_BYTES,
  LINE_BYTES_MAX,
  LINES_BLOCK_BYTES_MAX,
  TRANSFER_BYTES_MAX,
} from "../../base/limits.ts";
import type { Handle } from "../handle.ts";
import { checkNumber, checkObject, checkPosition, takeOptions } from "../options.ts";

/** Options of every stream of a file. */
export interface StreamOptions {
  /**
   * Where in the file it begins, in bytes; 0 to 2^53 - 1. Absent: where the file's last call ended,
   * and the file's position moves with the stream. A FIFO or terminal has no positions.
   */
  readonly start?: number | undefined;
  /** Bytes that are moved at a time; 1 to 2_147_479_552; 65_536 if absent. */
  readonly blockBytes?: number | undefined;
  /** Whether the file is closed when the stream is over, however it ended; so if absent. */
  readonly close?: boolean | undefined;
  /**
   * Ends the stream with `ABORT_ERR` when it aborts, as soon as the kernel has let go. Nobody does
   * if absent.
   */
  readonly signal?: AbortSignal | undefined;
}

/** Options of streams that read. */
export interface ReaderOptions extends StreamOptions {
  /**
   * Where in the file it ends, in bytes: the first byte that is not read; 0 to 2^53 - 1. The end of
   * the file if absent.
   */
  readonly end?: number | undefined;
  /**
   * Blocks of a file that are read at once, ahead of whoever takes the bytes; 1 to 1024; 4 if
   * absent. A FIFO or terminal is not read ahead.
   */
  readonly blocksInFlight?: number | undefined;
}

/** Options of `lines`. */
export interface LinesOptions extends ReaderOptions {
  /**
   * Bytes of the longest line that is accepted, without its end; 1 to 268_435_456; 16 MiB if
   * absent. A longer one ends the iteration with `ERR_LINE_TOO_LONG`.
   */
  readonly lineBytesMax?: number | undefined;
}

/** Options of `createWriter`. */
export interface WriterOptions extends StreamOptions {
  /**
   * Bytes that may wait in the stream before it asks to be spared; 0 to 2^53 - 1; `blockBytes` if
   * absent.
   */
  readonly highWaterMark?: number | undefined;
}

/** Options of `toReadable`. */
export interface ReadableOptions extends ReaderOptions {
  /** Bytes that the Node stream keeps for its consumer; 0 or more; `blockBytes` if absent. */
  readonly highWaterMark?: number | undefined;
}

/** What a stream was asked to be, checked. */
export interface StreamPlan {
  readonly call: string;
  /** Undefined: where the handle is, which moves along. */
  readonly start: number | undefined;
  readonly blockBytes: number;
  readonly closes: boolean;
  readonly signal: AbortSignal | undefined;
  readonly highWaterMark: number;
}

export interface ReaderPlan extends StreamPlan {
  /** Infinity: the end of the file. */
  readonly end: number;
  readonly blocksInFlight: number;
}

export interface LinesPlan extends ReaderPlan {
  readonly lineBytesMax: number;
}

const NOTHING: LinesOptions & ReadableOptions & WriterOptions = {};

export function planWriter(options: unknown, handle: Handle, call: string): StreamPlan {
  const plan = takeStreamOptions(options, call);
  handle.checkOpen(call);
  checkPlace("start", plan.start, handle, call);
  return plan;
}

export function planReader(options: unknown, handle: Handle, call: string): ReaderPlan {
  const { end, blocksInFlight = BLOCKS_IN_FLIGHT } = taken(options, call);
  const plan = takeStreamOptions(options, call);
  checkNumber(blocksInFlight, "blocksInFlight", call, 1, BLOCKS_IN_FLIGHT_MAX);
  handle.checkOpen(call);
  checkPlace("start", plan.start, handle, call);
  checkPlace("end", end, handle, call);
  return { ...plan, blocksInFlight, end: end ?? Number.POSITIVE_INFINITY };
}

export function planLines(options: unknown, handle: Handle, call: string): LinesPlan {
  const { lineBytesMax = LINE_BYTES } = taken(options, call);
  checkNumber(lineBytesMax, "lineBytesMax", call, 1, LINE_BYTES_MAX);
  const plan = planReader(options, handle, call);
  const blockBytes = Math.min(plan.blockBytes, LINES_BLOCK_BYTES_MAX);
  return { ...plan, blockBytes, lineBytesMax };
}

function taken(options: unknown, call: string): typeof NOTHING {
  if (options === undefined) return NOTHING;
  checkObject(options, call);
  return options as typeof NOTHING;
}

function takeStreamOptions(options: unknown, call: string): StreamPlan {
  const {
    start,
    close = true,
    blockBytes = BLOCK_BYTES,
    highWaterMark,
    signal,
  } = taken(options, call);
  takeOptions({ signal }, call);
  if (typeof close !== "boolean") {
    throw typeError(`Cannot ${call}: close is ${shown(close)}, wanted a boolean`);
  }
  checkNumber(blockBytes, "blockBytes", call, 1, TRANSFER_BYTES_MAX);
  if (highWaterMark !== undefined) checkPosition(highWaterMark, "highWaterMark", call);
  const plan = { call, start, blockBytes, closes: close, signal };
  return { ...plan, highWaterMark: highWaterMark ?? blockBytes };
}

function checkPlace(name: string, place: unknown, handle: Handle, call: string): void {
  if (place === undefined) return;
  checkPosition(place, name, call);
  if (!handle.isStream) return;
  throw typeError(
    `Cannot ${call}: ${name} is ${shown(place)}, but ${shown(handle.path)} has no positions`,
    "ERR_INVALID_ARG_VALUE",
  );
}
