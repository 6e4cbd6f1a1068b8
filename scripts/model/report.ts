// What a verifier made by Spin has printed.

export interface Report {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** What was violated, in the words of Spin; null if nothing was. */
  readonly violation: string | null;
  /** Statements that no run comes to, as `file:line, text`. */
  readonly unreached: readonly string[];
  /** Why it does not hold for all runs within the bounds; null if it does. */
  readonly gap: string | null;
}

const GAPS: readonly (readonly [pattern: RegExp, gap: string])[] = [
  [/max search depth too small/, "the depth of the search was not enough"],
  [/^Bit statespace search/m, "it was a search by bits, which can miss states"],
  [/Hash-Compact/, "it was a search by hashes, which can miss states"],
  [/out of memory|reached -DMEMLIM/, "the memory was not enough"],
  [/Search not completed/, "the search did not come to its end"],
];

/** @throws {Error} if it is not the output of a verifier. */
export function readReport(output: string): Report {
  const errors = numberIn(output, /errors: (\d+)/);
  const found = /^pan:\d+: (.*?)\s*\(at depth \d+\)/m.exec(output)?.[1]?.replace(/\s+/g, " ");
  const violation = errors === 0 ? null : (found ?? "an error that Spin does not name");
  const gap = GAPS.find(([pattern]) => pattern.test(output))?.[1] ?? null;
  const isFull = /^Full statespace search for:/m.test(output);
  return {
    states: numberIn(output, /([\d.e+]+) states, stored/),
    transitions: numberIn(output, /([\d.e+]+) transitions \(=/),
    depth: numberIn(output, /depth reached (\d+)/),
    violation,
    unreached: unreachedIn(output),
    gap: gap ?? (isFull ? null : "it was no search of all states"),
  };
}

function numberIn(output: string, pattern: RegExp): number {
  const text = pattern.exec(output)?.[1];
  if (text === undefined) throw new Error(`Cannot read what the verifier says:\n${output}`);
  return Number(text);
}

/** The end of a process is not to be reached: kernel and thread go on for ever. */
function unreachedIn(output: string): string[] {
  return [...output.matchAll(/^\t(\S+:\d+), state \d+, "(.*)"$/gm)]
    .filter(([, , text]) => text !== "-end-")
    .map(([, place, text]) => `${place}, ${text}`);
}
