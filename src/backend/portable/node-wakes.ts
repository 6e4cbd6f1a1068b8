// When a FIFO or terminal has bytes, without taking any: Node has no poll(2), but its sockets wait
// with libuv's. One over an open file of its own is given a buffer of no bytes to read into. When
// there is something to read, libuv finds no room for it and says so, and nothing was taken.
//
// Not in a worker: there Node remembers each number that `fs` has opened until `fs` closes it. A
// socket closes its own, and so the end of the worker would close whatever has the number by then.

import fs from "node:fs";
import net from "node:net";
import tty from "node:tty";
import { isMainThread } from "node:worker_threads";

import { O_NOCTTY, O_NONBLOCK, O_RDONLY } from "../../kernel/open-flags.ts";
import { pathOfDescriptor } from "./node-path.ts";
import { hasSocketsOfLibuv } from "./runtimes.ts";

const NO_ROOM = new Uint8Array(0);

/** Stops waiting. */
export type Stop = () => void;

/** Calls back once, not from within; null if nobody can wait for it this way. */
export function wakeWhenReadable(fd: number, onReadable: () => void): Stop | null {
  if (!hasSocketsOfLibuv || !isMainThread) return null;
  let own: number;
  try {
    own = fs.openSync(pathOfDescriptor(fd), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return null;
  }
  const onread = { buffer: NO_ROOM, callback: () => false };
  const socket = socketOver(own, onread);
  if (socket === null) {
    fs.closeSync(own);
    return null;
  }
  let isOver = false;
  // ENOBUFS most times; a hang-up or an end, too, is something to be read.
  const end = (): void => {
    socket.destroy();
    if (isOver) return;
    isOver = true;
    onReadable();
  };
  socket.on("error", end).on("end", end).on("close", end);
  socket.unref(); // Who waits is held by the backend.
  socket.resume();
  return () => {
    isOver = true;
    socket.destroy();
  };
}

function socketOver(fd: number, onread: net.OnReadOpts): net.Socket | null {
  try {
    const options = { readable: true, writable: false, onread };
    if (!tty.isatty(fd)) return new net.Socket({ ...options, fd });
    // Passed on to the socket that it is, though the types do not say so.
    return new (tty.ReadStream as unknown as TtyReadStream)(fd, options);
  } catch {
    return null;
  }
}

type TtyReadStream = new (fd: number, options: object) => net.Socket;
