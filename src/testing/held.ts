// How an operation that is in flight is told of: which, what it holds, from where it was called.

import type { InFlight } from "../api/report.ts";

/** Lines of a stack that are shown. */
const FRAMES_MAX = 5;

export function describeHeld(held: InFlight): string {
  const { kind, id, path, fd, state, byteLength, stack } = held;
  const subject =
    path === undefined ? (fd === undefined ? "" : ` of descriptor ${fd}`) : ` of ${quoted(path)}`;
  const memory = byteLength === 0 ? "" : `, holds ${byteLength} bytes of memory`;
  const frames = stack === undefined ? [] : callersOf(stack);
  return [`${kind} ${id}${subject}: ${state}${memory}`, ...frames.map((it) => `  ${it}`)].join(
    "\n",
  );
}

export function quoted(path: string): string {
  return JSON.stringify(path);
}

export function indented(text: string): string {
  return text.replace(/^/gm, "  ");
}

/** The frames of a stack that are not ours. */
export function callersOf(stack: string): string[] {
  return stack
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("at ") && !line.includes(OWN_FOLDER))
    .slice(0, FRAMES_MAX);
}

/** Where this library is, as stacks have it: where it was compiled to, or what that was made of. */
const OWN_FOLDER: string = ownFolder();

function ownFolder(): string {
  const frame = new Error().stack?.split("\n")[1] ?? "";
  return /([^\s(]*[\\/])testing[\\/]held\.[jt]s/.exec(frame)?.[1] ?? import.meta.url;
}
