/**
 * What a scene's child process tells its parent: one JSON object per line on stdout.
 *
 * The child reports events and measured facts and judges nothing; the parent does (judge functions
 * beside the scenes), because a child that hangs cannot report that it does.
 */

export type LibraryName = "node:fs" | "overlapped";
export const LIBRARIES: readonly LibraryName[] = ["node:fs", "overlapped"];

/** Hidden first argument of the program: play one part of a scene in this process. */
export const PLAY_ARGUMENT = "demo-play";

/** Which of the two views shows the event. */
export type Side = "kernel" | "app";

export interface DemoEvent {
  readonly side: Side;
  /** Milliseconds since the part began, on the child's clock. */
  readonly atMs: number;
  readonly text: string;
}

export type Fact = string | number | boolean | null;
export type Facts = Readonly<Record<string, Fact>>;

export type Line =
  | ({ readonly type: "event" } & DemoEvent)
  | { readonly type: "fact"; readonly atMs: number; readonly name: string; readonly value: Fact }
  /** From here on the parent's patience runs. */
  | { readonly type: "mark"; readonly atMs: number }
  | { readonly type: "failure"; readonly atMs: number; readonly text: string };

/** The line as an object, or null when a child printed something that is not ours. */
export function parseLine(text: string): Line | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const line = value as Line;
  if (typeof line.atMs !== "number") return null;
  return ["event", "fact", "mark", "failure"].includes(line.type) ? line : null;
}

/** A fact that must be there: a part that did not measure it has failed, it is not safe. */
export function textFact(facts: Facts, name: string): string {
  const value = facts[name];
  if (typeof value !== "string") throw new Error(`the scene did not measure "${name}"`);
  return value;
}

export function numberFact(facts: Facts, name: string): number {
  const value = facts[name];
  if (typeof value !== "number") throw new Error(`the scene did not measure "${name}"`);
  return value;
}

export function flagFact(facts: Facts, name: string): boolean {
  const value = facts[name];
  if (typeof value !== "boolean") throw new Error(`the scene did not measure "${name}"`);
  return value;
}
