// FIFOs, pipes and sockets.

import { execFileSync } from "node:child_process";
import { constants } from "node:fs";
import { join } from "node:path";
import { fromFd, type Operation, openPipe, openStream, pipe } from "../../../src/index.ts";
import { type Case, ignore, type Stage, stoppable } from "../case.ts";
import { conservedReadiness } from "../conserved.ts";
import { type Ends, opens, waitingReads, waitingWrites } from "../subjects.ts";

const { O_NONBLOCK, O_RDWR } = constants;
const NONBLOCKING = "with O_NONBLOCK";
/** More than may wait in the kernel's threads at once. */
const CROWD = 100;
/** Of a process that is started with one: the parent sends back whatever comes. */
export const SOCKET_FD = 3;

function makeFifos(folder: string, count: number): string[] {
  const paths = Array.from({ length: count }, (_, index) => join(folder, `fifo-${index}`));
  execFileSync("mkfifo", ["--", ...paths]);
  return paths;
}

function makeFifo({ folder }: Stage): string {
  return makeFifos(folder, 1)[0]!;
}

async function openFifo(stage: Stage, flags: number): Promise<Ends> {
  const path = makeFifo(stage);
  const [handle, peer] = await Promise.all([openStream(path, flags), openPipe(path, "r+")]);
  const close = async (): Promise<void> => void (await Promise.all([handle.close(), peer.close()]));
  return { handle, peer, close };
}

async function openPair(of: "reader" | "writer"): Promise<Ends> {
  const { reader, writer } = pipe();
  const [handle, peer] = of === "reader" ? [reader, writer] : [writer, reader];
  const close = async (): Promise<void> => {
    await Promise.all([reader.close(), writer.close()]);
  };
  return { handle, peer, close };
}

async function openSocket(): Promise<Ends> {
  const handle = fromFd(SOCKET_FD);
  return { handle, peer: handle, close: async () => void (await handle.close()) };
}

/** An open that waits for a reader; behind others that wait for theirs, perhaps. */
function waitingOpens(crowd: number): Case["set"] {
  return async ({ folder }) => {
    const [path = "", ...others] = makeFifos(folder, 1 + crowd);
    const stuck: Operation<unknown>[] = others.map((other) => openPipe(other, "w"));
    for (const open of stuck) open.catch(ignore);
    const close = async (): Promise<void> => {
      for (const open of stuck) open.cancel();
    };
    const subject = opens(
      () => openPipe(path, "w"),
      () => openPipe(path, "r"),
    );
    return { ...subject, close };
  };
}

const FLAGS: readonly (readonly [detail: string, flags: number])[] = [
  ["", O_RDWR],
  [NONBLOCKING, O_RDWR | O_NONBLOCK],
];

export const PIPES: readonly Case[] = [
  {
    way: "open",
    kind: "FIFO",
    detail: "for reading",
    set: async (stage) => {
      const path = makeFifo(stage);
      return opens(() => openPipe(path, "r"));
    },
  },
  { way: "open", kind: "FIFO", detail: "for writing, without a reader", set: waitingOpens(0) },
  {
    way: "open",
    kind: "FIFO",
    detail: `for writing, behind ${CROWD} others that wait`,
    set: waitingOpens(CROWD),
  },
  ...FLAGS.flatMap(([detail, flags]): Case[] => {
    const open = (stage: Stage): Promise<Ends> => openFifo(stage, flags);
    return [
      { way: "read", kind: "FIFO", detail, set: waitingReads(open) },
      { way: "write", kind: "FIFO", detail, set: waitingWrites(open) },
    ];
  }),
  {
    way: "read",
    kind: "FIFO",
    detail: "ready() of it",
    set: async (stage) => {
      const { handle, peer, close } = await openFifo(stage, O_RDWR);
      let isReady = false;
      return {
        begin: () => stoppable(handle.ready("readable")),
        makeWait: async () => {},
        makeReady: async () => {
          if (!isReady) await peer.write("x");
          isReady = true;
        },
        conserved: async () => {
          if (isReady) await handle.readExactly(1);
          return conservedReadiness(handle, peer);
        },
        close,
      };
    },
  },
  { way: "read", kind: "pipe", detail: "", set: waitingReads(() => openPair("reader")) },
  { way: "write", kind: "pipe", detail: "", set: waitingWrites(() => openPair("writer")) },
  { way: "read", kind: "inherited socket", detail: "", set: waitingReads(openSocket) },
  { way: "write", kind: "inherited socket", detail: "", set: waitingWrites(openSocket) },
];
