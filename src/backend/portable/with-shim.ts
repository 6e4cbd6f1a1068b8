// The portable backend where the shim is loaded: its threads do what is regular, and its readiness
// watches the streams.

import type { Clock } from "../../base/clock.ts";
import { ownError } from "../../base/errors.ts";
import type { Addon } from "../../kernel/addon.ts";
import { type Mailbox, openMailbox } from "../../kernel/calls.ts";
import type { Descriptors } from "../../kernel/descriptors.ts";
import { openReadiness, type Readiness } from "../../kernel/readiness.ts";
import { REQUEST_KINDS } from "../capabilities.ts";
import type { Capabilities, Capability, CompletionSink, RequestKind } from "../contract.ts";
import { Threads, type ThreadsRequest } from "../threads/threads.ts";
import { Attempts } from "./attempt.ts";
import { PortableBackend } from "./backend.ts";
import type { Answer, Doer, Doers } from "./doer.ts";
import { Files } from "./files.ts";
import { type Sort, Sorts } from "./sorts.ts";
import { Watched } from "./watched.ts";

/** What neither takes a thread nor waits in one. */
const NATIVE: ReadonlySet<RequestKind> = new Set(["nop", "poll"]);

/** Said of a file that is read through the page cache. */
const CACHED = -1;

const CAPABILITIES: Capabilities = Object.fromEntries(
  REQUEST_KINDS.map((kind): [RequestKind, Capability] => [
    kind,
    NATIVE.has(kind) ? "native" : "emulated",
  ]),
) as Record<RequestKind, Capability>;

/** @throws {IoError} `ERR_NO_BACKEND` if there is no descriptor left for it. */
export function openWithShim(addon: Addon, sink: CompletionSink, clock: Clock): PortableBackend {
  try {
    const readiness = openReadiness(addon);
    const mailbox = openMailbox();
    if (mailbox === null) throw new Error("no threads");
    return new PortableBackend(sink, clock, (answer) => doersOf(addon, readiness, mailbox, answer));
  } catch (error) {
    throw ownError("ERR_NO_BACKEND", { syscall: "set up epoll", cause: error });
  }
}

function doersOf(addon: Addon, readiness: Readiness, mailbox: Mailbox, answer: Answer): Doers {
  const shim = addon.readinessCalls;
  const threads = new Threads(mailbox, (id, completion) => {
    if (!streams.onThreadEnded(id, completion)) files.onThreadEnded(id, completion);
  });
  const attempts = new Attempts(shim);
  const closeOwn = (fd: number): void => void addon.descriptorCalls.close(fd);
  const kernel = { shim, readiness, attempts, closeOwn };
  const calls: Pick<Doer, "submit" | "cancel"> = {
    submit: (id, request) => threads.submit(id, request as ThreadsRequest),
    cancel: (id) => threads.cancel(id),
  };
  const files: Files = new Files(threads, attempts, answer);
  const streams: Watched = new Watched(kernel, calls, answer);
  const ask = (fd: number): Sort => {
    const sort = shim.sort(fd);
    files.learn(fd, sort === CACHED);
    return sort > 0 ? "stream" : "file";
  };
  return {
    capabilities: CAPABILITIES,
    files,
    streams,
    sorts: new Sorts(ask),
    hold: (isHeld) => readiness.hold(isHeld),
  };
}

/** What we make and nobody else has can be kept from waiting by its own open file. */
export function keepPrivate(addon: Addon, descriptors: Descriptors): Descriptors {
  const kept = (fd: number): number => {
    const error = fd < 0 ? 0 : addon.readinessCalls.keepPrivate(fd);
    if (error === 0) return fd;
    descriptors.close(fd);
    return error;
  };
  return {
    ...descriptors,
    eventfd: (initial, isSemaphore) => kept(descriptors.eventfd(initial, isSemaphore)),
    timerfd: (clock) => kept(descriptors.timerfd(clock)),
  };
}
