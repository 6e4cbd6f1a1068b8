// What can be watched of files and directories, and the kernel's numbers for it: inotify(7).

import { shown, typeError } from "../base/errors.ts";

/** What happened, to a file or directory that is watched or to an entry of such a directory. */
const WATCHABLE = {
  access: 0x1,
  modify: 0x2,
  attributes: 0x4,
  closeWrite: 0x8,
  closeRead: 0x10,
  open: 0x20,
  moveFrom: 0x40,
  moveTo: 0x80,
  create: 0x100,
  delete: 0x200,
  deleteSelf: 0x400,
  moveSelf: 0x800,
} as const;

/** What is told without having been asked for. */
const ALWAYS = { unmount: 0x2000, overflow: 0x4000, end: 0x8000 } as const;

/**
 * What to tell of a watched file, or of a watched directory and its entries. `modify`: it was
 * written to or truncated; `attributes`: permissions, owner, times or the number of its names;
 * `closeWrite` and `closeRead`: somebody closed it who had it open for writing, or only for
 * reading; `moveFrom` and `moveTo`: an entry was renamed, away or here, both with one `cookie`;
 * `create` and `delete`: an entry; `deleteSelf` and `moveSelf`: what is watched itself.
 */
export type WatchableEvent = keyof typeof WATCHABLE;

/**
 * Besides those that can be asked for: `overflow`, more happened than the kernel keeps, so that
 * events are missing; `unmount`; `end`, it is watched no more, for it was removed or is gone.
 */
export type WatchEvent = WatchableEvent | keyof typeof ALWAYS;

const NUMBERS: Readonly<Record<WatchEvent, number>> = { ...WATCHABLE, ...ALWAYS };

const NAMES: readonly WatchEvent[] = Object.keys(NUMBERS) as WatchEvent[];

/** All that changes something. */
const USUAL: readonly WatchableEvent[] = [
  "modify",
  "attributes",
  "closeWrite",
  "moveFrom",
  "moveTo",
  "create",
  "delete",
  "deleteSelf",
  "moveSelf",
];

/** The kernel's number for the events; the usual ones if none are given. */
export function checkEvents(events: unknown, call: string): number {
  if (events === undefined) return maskOf(USUAL);
  if (!Array.isArray(events) || events.length === 0) {
    const remedy = "wanted an array of at least one name";
    throw typeError(`Cannot ${call}: events are ${shown(events)}, ${remedy}`);
  }
  let mask = 0;
  // One by one: an array can be long without holding anything.
  for (const name of events as Iterable<unknown>) {
    if (typeof name !== "string" || !isWatchable(name)) {
      throw typeError(
        `Cannot ${call}: ${shown(name)} is no event, wanted ${Object.keys(WATCHABLE).join(", ")}`,
        typeof name === "string" ? "ERR_INVALID_ARG_VALUE" : "ERR_INVALID_ARG_TYPE",
      );
    }
    mask |= WATCHABLE[name];
  }
  return mask;
}

function isWatchable(name: string): name is WatchableEvent {
  return Object.hasOwn(WATCHABLE, name);
}

function maskOf(names: readonly WatchableEvent[]): number {
  return names.reduce((mask, name) => mask | WATCHABLE[name], 0);
}

export function eventsIn(mask: number): WatchEvent[] {
  return NAMES.filter((name) => (mask & NUMBERS[name]) !== 0);
}
