// The functions of the entry: those of one `Io`, made when first needed. Their documentation is on
// `Io`, method by method.
import { Io } from "./io.ts";

let io: Io | null = null;

/** This thread's own. */
export function defaultIo(): Io {
  io ??= new Io();
  return io;
}

/** Opens a file, FIFO, terminal or device. See {@link Io.open}. */
export const open: Io["open"] = (...args) => defaultIo().open(...args);

/** What the kernel knows of a path. See {@link Io.stat}. */
export const stat: Io["stat"] = (...args) => defaultIo().stat(...args);

/** What the kernel knows of a path itself. See {@link PathCalls.lstat}. */
export const lstat: Io["lstat"] = (...args) => defaultIo().lstat(...args);

/** What a symbolic link says. See {@link PathCalls.readlink}. */
export const readlink: Io["readlink"] = (...args) => defaultIo().readlink(...args);

/** The bytes of what a symbolic link says. See {@link PathCalls.readlinkBytes}. */
export const readlinkBytes: Io["readlinkBytes"] = (...args) => defaultIo().readlinkBytes(...args);

/** Changes permissions. See {@link PathCalls.chmod}. */
export const chmod: Io["chmod"] = (...args) => defaultIo().chmod(...args);

/** Changes user and group. See {@link PathCalls.chown}. */
export const chown: Io["chown"] = (...args) => defaultIo().chown(...args);

/** Changes the times of a path. See {@link PathCalls.utimes}. */
export const utimes: Io["utimes"] = (...args) => defaultIo().utimes(...args);

/** Gives a file another name. See {@link Io.rename}. */
export const rename: Io["rename"] = (...args) => defaultIo().rename(...args);

/** Gives a file a second name. See {@link Io.link}. */
export const link: Io["link"] = (...args) => defaultIo().link(...args);

/** Makes a symbolic link. See {@link Io.symlink}. */
export const symlink: Io["symlink"] = (...args) => defaultIo().symlink(...args);

/** Removes a name. See {@link Io.unlink}. */
export const unlink: Io["unlink"] = (...args) => defaultIo().unlink(...args);

/** Makes a directory, or all that is missing of a path. See {@link EverydayCalls.mkdir}. */
export const mkdir: Io["mkdir"] = ((...args: Parameters<Io["mkdir"]>) =>
  defaultIo().mkdir(...args)) as Io["mkdir"];

/** Makes a directory that nobody had before. See {@link EverydayCalls.mkdtemp}. */
export const mkdtemp: Io["mkdtemp"] = (...args) => defaultIo().mkdtemp(...args);

/** Removes an empty directory. See {@link Io.rmdir}. */
export const rmdir: Io["rmdir"] = (...args) => defaultIo().rmdir(...args);

/** Removes a file, or a directory with all that is in it. See {@link EverydayCalls.remove}. */
export const remove: Io["remove"] = (...args) => defaultIo().remove(...args);

/** Whether something is there. See {@link EverydayCalls.exists}. */
export const exists: Io["exists"] = (...args) => defaultIo().exists(...args);

/** Reads a file to its end. See {@link EverydayCalls.readFile}. */
export const readFile: Io["readFile"] = ((...args: Parameters<Io["readFile"]>) =>
  defaultIo().readFile(...args)) as Io["readFile"];

/** Writes a file. See {@link EverydayCalls.writeFile}. */
export const writeFile: Io["writeFile"] = (...args) => defaultIo().writeFile(...args);

/** Writes at the end of a file. See {@link EverydayCalls.appendFile}. */
export const appendFile: Io["appendFile"] = (...args) => defaultIo().appendFile(...args);

/** Puts a new file in the place of an old one. See {@link EverydayCalls.writeFileAtomic}. */
export const writeFileAtomic: Io["writeFileAtomic"] = (...args) =>
  defaultIo().writeFileAtomic(...args);

/** What is in a directory. See {@link EverydayCalls.readdir}. */
export const readdir: Io["readdir"] = (...args) => defaultIo().readdir(...args);

/** The entries of a tree, one by one. See {@link EverydayCalls.walk}. */
export const walk: Io["walk"] = (...args) => defaultIo().walk(...args);

/** Waits until nothing is in flight, up to a deadline. See {@link Io.drain}. */
export const drain: Io["drain"] = (...args) => defaultIo().drain(...args);

/** What has begun and not ended. See {@link Io.inFlight}. */
export const inFlight: Io["inFlight"] = () => defaultIo().inFlight();

/** Whether operations remember where they were called. See {@link Io.captureStacks}. */
export const captureStacks: Io["captureStacks"] = (isOn) => defaultIo().captureStacks(isOn);

/** The backend, or why there is none; and what is held. See {@link Io.status}. */
export const status: Io["status"] = () => defaultIo().status();

/** Copies a file, a symbolic link or a tree. See {@link EverydayCalls.copy}. */
export const copy: Io["copy"] = (...args) => defaultIo().copy(...args);

/** Opens a FIFO. See {@link StreamCalls.openPipe}. */
export const openPipe: Io["openPipe"] = (...args) => defaultIo().openPipe(...args);

/** Opens a device or anything else as a stream. See {@link StreamCalls.openStream}. */
export const openStream: Io["openStream"] = (...args) => defaultIo().openStream(...args);

/** Makes a pipe. See {@link StreamCalls.pipe}. */
export const pipe: Io["pipe"] = () => defaultIo().pipe();

/** What the program reads from. See {@link StreamCalls.stdin}. */
export const stdin: Io["stdin"] = () => defaultIo().stdin();

/** What the program writes to. See {@link StreamCalls.stdout}. */
export const stdout: Io["stdout"] = () => defaultIo().stdout();

/** What the program complains to. See {@link StreamCalls.stderr}. */
export const stderr: Io["stderr"] = () => defaultIo().stderr();

/** A handle for a descriptor that the program has. See {@link StreamCalls.fromFd}. */
export const fromFd: Io["fromFd"] = (...args) => defaultIo().fromFd(...args);

/** Opens a terminal or serial line. See {@link StreamCalls.openTty}. */
export const openTty: Io["openTty"] = (...args) => defaultIo().openTty(...args);

/** Makes a pseudo-terminal. See {@link StreamCalls.openPty}. */
export const openPty: Io["openPty"] = () => defaultIo().openPty();

/** Makes a counter to wake others with. See {@link StreamCalls.eventfd}. */
export const eventfd: Io["eventfd"] = (...args) => defaultIo().eventfd(...args);

/** Makes a timer of the kernel's. See {@link StreamCalls.timer}. */
export const timer: Io["timer"] = (...args) => defaultIo().timer(...args);

/** Makes a watcher of files and directories. See {@link StreamCalls.inotify}. */
export const inotify: Io["inotify"] = () => defaultIo().inotify();
