// The portable backend where there is no shim: node:fs and libuv's pool do what is regular, and
// streams are kept from waiting by O_NONBLOCK, which all that are opened here have.

import fs from "node:fs";

import type { Clock } from "../../base/clock.ts";
import { isPrompt } from "../../kernel/devices.ts";
import { EOPNOTSUPP } from "../../kernel/errno.ts";
import { BY_FLAG, POLLIN } from "../../kernel/readiness.ts";
import { REQUEST_KINDS } from "../capabilities.ts";
import type { Capabilities, Capability, CompletionSink, RequestKind } from "../contract.ts";
import { PortableBackend } from "./backend.ts";
import type { Answer, Doer, Doers } from "./doer.ts";
import { NodeAttempts } from "./node-attempts.ts";
import { NodeFiles } from "./node-files.ts";
import { NodeReadiness } from "./node-readiness.ts";
import { type Sort, Sorts } from "./sorts.ts";
import type { StreamKernel } from "./stream.ts";
import { Watched } from "./watched.ts";

/** What Node has no call for. */
const ABSENT: ReadonlySet<RequestKind> = new Set(["allocate", "clone", "copyFiles"]);

const CAPABILITIES: Capabilities = Object.fromEntries(
  REQUEST_KINDS.map((kind): [RequestKind, Capability] => [
    kind,
    kind === "nop" ? "native" : ABSENT.has(kind) ? "absent" : "emulated",
  ]),
) as Record<RequestKind, Capability>;

export function openWithoutShim(sink: CompletionSink, clock: Clock): PortableBackend {
  return new PortableBackend(sink, clock, (answer) => doersOf(clock, answer));
}

function doersOf(clock: Clock, answer: Answer): Doers {
  const sorts = new Sorts(sortOf);
  const files = new NodeFiles((id, completion) => {
    if (completion.kind === "opened") {
      sorts.learn(completion.fd, completion.isStream ? "stream" : "file");
    }
    answer(id, completion);
  });
  const readiness = new NodeReadiness(clock);
  const attempts = new NodeAttempts(readiness);
  const closing: Pick<Doer, "submit" | "cancel"> = {
    submit: (id, request) => {
      if (request.kind === "close") {
        attempts.forget(request.fd);
        readiness.forget(request.fd);
      }
      files.submit(id, request);
    },
    cancel: (id) => files.cancel(id),
  };
  return {
    capabilities: CAPABILITIES,
    files,
    streams: new Watched(kernelOf(readiness, attempts), closing, answer),
    sorts,
    hold: (isHeld) => readiness.hold(isHeld),
  };
}

function kernelOf(readiness: NodeReadiness, attempts: NodeAttempts): StreamKernel {
  return {
    readiness,
    attempts,
    closeOwn: () => {}, // There are none.
    shim: {
      sort: (fd) => (sortOf(fd) === "stream" ? BY_FLAG : 0),
      poll: (fd, events) => {
        if (sortOf(fd) === "file") return events;
        // Nobody can tell without writing.
        if ((events & POLLIN) === 0) return -EOPNOTSUPP;
        const isReadable = readiness.isReadable(fd);
        return isReadable === null ? -EOPNOTSUPP : isReadable ? POLLIN : 0;
      },
      openAnew: () => -EOPNOTSUPP,
    },
  };
}

/** A number that is no descriptor is left to a call of the pool, which says so. */
function sortOf(fd: number): Sort {
  try {
    return isPrompt(fs.fstatSync(fd, { bigint: true })) ? "file" : "stream";
  } catch {
    return "file";
  }
}
