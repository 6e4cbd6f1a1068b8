// What went wrong, in words for the person at the terminal.

import { getSystemErrorMap } from "node:util";
import { IoError } from "../../index.ts";
import { quotePath } from "./paths.ts";

/** Something that a copy cannot do. Its message is complete: it names the files and the reason. */
export class CopyError extends Error {
  override readonly name: string = "CopyError";
}

/** The user asked to stop; the reason of the one AbortController. */
export class Interruption extends Error {
  override readonly name: string = "Interruption";
  readonly signalName: NodeJS.Signals;

  constructor(signalName: NodeJS.Signals) {
    super(`stopped by ${signalName}`);
    this.signalName = signalName;
  }
}

/** Whether an error only says that the user asked to stop. */
export function isInterruption(error: unknown): boolean {
  if (error instanceof Interruption) return true;
  return error instanceof IoError && error.code === "ABORT_ERR";
}

/** `cannot ACTION 'PATH': reason`; what is complete already, or is no failure, passes as it is. */
export function cannot(action: string, path: Buffer, error: unknown): Error {
  if (error instanceof CopyError || isInterruption(error)) return error as Error;
  const message = `cannot ${action} ${quotePath(path)}: ${reasonOf(error)}`;
  return new CopyError(message, { cause: error });
}

/** Does `work`; its failure becomes that of `cannot`. So does a refusal, as of a path too long. */
export async function attempt<T>(action: string, path: Buffer, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw cannot(action, path, error);
  }
}

/** The code of an error of the library or of node:fs, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const errno = (error as NodeJS.ErrnoException).errno;
  const known = typeof errno === "number" ? getSystemErrorMap().get(errno) : undefined;
  return known === undefined ? error.message : known[1];
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** `512 B`, `1.46 MiB`, `10.0 GiB`: three digits, as much as one reads at a glance. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}
