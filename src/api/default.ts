// The functions of the entry: those of one `Io`, made when first needed. Their documentation is on
// `Io`, method by method.
import { Io } from "./io.ts";

let io: Io | null = null;

function defaultIo(): Io {
  io ??= new Io();
  return io;
}

/** Opens a file, FIFO, terminal or device. See {@link Io.open}. */
export const open: Io["open"] = (...args) => defaultIo().open(...args);

/** What the kernel knows of a path. See {@link Io.stat}. */
export const stat: Io["stat"] = (...args) => defaultIo().stat(...args);

/** Gives a file another name. See {@link Io.rename}. */
export const rename: Io["rename"] = (...args) => defaultIo().rename(...args);

/** Gives a file a second name. See {@link Io.link}. */
export const link: Io["link"] = (...args) => defaultIo().link(...args);

/** Makes a symbolic link. See {@link Io.symlink}. */
export const symlink: Io["symlink"] = (...args) => defaultIo().symlink(...args);

/** Removes a name. See {@link Io.unlink}. */
export const unlink: Io["unlink"] = (...args) => defaultIo().unlink(...args);

/** Makes a directory. See {@link Io.mkdir}. */
export const mkdir: Io["mkdir"] = (...args) => defaultIo().mkdir(...args);

/** Removes an empty directory. See {@link Io.rmdir}. */
export const rmdir: Io["rmdir"] = (...args) => defaultIo().rmdir(...args);

/** Waits until nothing is in flight, up to a deadline. See {@link Io.drain}. */
export const drain: Io["drain"] = (...args) => defaultIo().drain(...args);

/** What has begun and not ended. See {@link Io.inFlight}. */
export const inFlight: Io["inFlight"] = () => defaultIo().inFlight();

/** Whether operations remember where they were called. See {@link Io.captureStacks}. */
export const captureStacks: Io["captureStacks"] = (isOn) => defaultIo().captureStacks(isOn);

/** The backend, or why there is none; and what is held. See {@link Io.status}. */
export const status: Io["status"] = () => defaultIo().status();
