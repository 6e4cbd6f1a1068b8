/**
 * What a program tells the process that started it: one JSON object per line on stdout.
 *
 * It says what it saw and judges nothing: a program that hangs cannot report that it does.
 */

/** Which of the two views shows the event. */
export type Side = "kernel" | "app";

export interface HazardEvent {
  readonly side: Side;
  /** Milliseconds since the program began, on its own clock. */
  readonly atMs: number;
  readonly text: string;
}

export type Fact = string | number | boolean | null;
export type Facts = Readonly<Record<string, Fact>>;

export type Line =
  | ({ readonly type: "event" } & HazardEvent)
  | { readonly type: "fact"; readonly atMs: number; readonly name: string; readonly value: Fact }
  /** From here on patience runs, until this has happened. */
  | {
      readonly type: "expect";
      readonly atMs: number;
      readonly text: string;
      /** It is the end of the process. */
      readonly isEnd: boolean;
    }
  | { readonly type: "met"; readonly atMs: number }
  /** The library has no way to say this. */
  | { readonly type: "cannot"; readonly atMs: number; readonly text: string }
  /** All has been seen; how the process ends is not part of it. */
  | { readonly type: "done"; readonly atMs: number }
  | { readonly type: "failure"; readonly atMs: number; readonly text: string };

const TYPES: readonly Line["type"][] = [
  "event",
  "fact",
  "expect",
  "met",
  "cannot",
  "done",
  "failure",
];

/** The line as an object, or null when the process printed something that is not ours. */
export function parseLine(text: string): Line | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const line = value as Line;
  return typeof line.atMs === "number" && TYPES.includes(line.type) ? line : null;
}

/** A fact that must be there: a program that did not see it has failed, it is not safe. */
export function textFact(facts: Facts, name: string): string {
  const value = facts[name];
  if (typeof value !== "string") throw new Error(`the program did not measure "${name}"`);
  return value;
}

export function numberFact(facts: Facts, name: string): number {
  const value = facts[name];
  if (typeof value !== "number") throw new Error(`the program did not measure "${name}"`);
  return value;
}

export function flagFact(facts: Facts, name: string): boolean {
  const value = facts[name];
  if (typeof value !== "boolean") throw new Error(`the program did not measure "${name}"`);
  return value;
}
