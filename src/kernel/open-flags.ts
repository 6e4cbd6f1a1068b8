// The flags of open(2) by the names that Node's users know. The numbers differ between
// architectures; Node has those of this one.
import { constants } from "node:fs";

const { O_SYNC } = constants;

export const O_APPEND: number = constants.O_APPEND;
export const O_CREAT: number = constants.O_CREAT;
export const O_DIRECTORY: number = constants.O_DIRECTORY;
export const O_EXCL: number = constants.O_EXCL;
export const O_NOFOLLOW: number = constants.O_NOFOLLOW;
export const O_RDONLY: number = constants.O_RDONLY;
export const O_RDWR: number = constants.O_RDWR;
export const O_TRUNC: number = constants.O_TRUNC;
export const O_WRONLY: number = constants.O_WRONLY;

const BY_NAME: ReadonlyMap<string, number> = new Map([
  ["r", O_RDONLY],
  ["rs", O_RDONLY | O_SYNC],
  ["r+", O_RDWR],
  ["rs+", O_RDWR | O_SYNC],
  ["w", O_WRONLY | O_CREAT | O_TRUNC],
  ["wx", O_WRONLY | O_CREAT | O_TRUNC | O_EXCL],
  ["w+", O_RDWR | O_CREAT | O_TRUNC],
  ["wx+", O_RDWR | O_CREAT | O_TRUNC | O_EXCL],
  ["a", O_WRONLY | O_CREAT | O_APPEND],
  ["ax", O_WRONLY | O_CREAT | O_APPEND | O_EXCL],
  ["a+", O_RDWR | O_CREAT | O_APPEND],
  ["ax+", O_RDWR | O_CREAT | O_APPEND | O_EXCL],
]);

/** A terminal that is opened does not become the process's own. */
export const O_NOCTTY: number = constants.O_NOCTTY;

export const O_NONBLOCK: number = constants.O_NONBLOCK;

/** Not passed on to programs that we start: Node has no constant for it. */
export const O_CLOEXEC: number = 0o2000000;

export const OPEN_FLAG_NAMES: readonly string[] = [...BY_NAME.keys()];

export function openFlags(name: string): number | undefined {
  return BY_NAME.get(name);
}
