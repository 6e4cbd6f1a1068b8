// What the model of an operation says of itself: its states, its transitions, and the mistakes that
// can be compiled into it. Read from the statements that Spin executes, not from comments.

export interface ModelText {
  readonly states: readonly string[];
  /** Pairs as `from → to`, sorted; one for each way that there is, however often it is written. */
  readonly transitions: readonly string[];
  readonly mistakes: readonly Mistake[];
}

/** `unsafe`: an assertion must fail. `endless`: something must never be released. */
export interface Mistake {
  readonly name: string;
  readonly kind: "unsafe" | "endless";
}

/** No other statement changes a state, and this one only from where it says. */
const ENTER =
  /\binline enter\(who, from, to\) \{\s*assert\(state\[who\] == from\);\s*state\[who\] = to\s*\}/;

/** @throws {Error} if the model is not written as the reading of it needs. */
export function readModel(text: string): ModelText {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, " ").replace(/\/\/.*/g, "");
  if (!ENTER.test(code)) throw new Error("Cannot read the model: enter() is not as expected");
  const rest = code.replace(ENTER, "");
  // The declaration has `= queued`, which is where every record begins.
  const changes = rest.match(/\bstate\[[^\]]*\]\s*(?:=(?!=)|\+\+|--)/g) ?? [];
  if (changes.length !== 1 || !/\bmtype state\[RECORDS\] = queued;/.test(rest)) {
    throw new Error("Cannot read the model: a state changes without enter()");
  }
  const pairs = transitionsOf(rest);
  return {
    states: statesOf(rest),
    transitions: [...new Set(pairs)].sort(),
    mistakes: mistakesOf(code),
  };
}

function statesOf(code: string): string[] {
  const lists = [...code.matchAll(/\bmtype = \{([^}]*)\}/g)].map(([, names = ""]) =>
    names.split(",").map((name) => name.trim()),
  );
  return lists.find((names) => names.includes("queued")) ?? [];
}

/** A transition that only some builds of the model have would be one that Spin may never see. */
function transitionsOf(code: string): string[] {
  const pairs: string[] = [];
  let depth = 0;
  for (const line of code.split("\n")) {
    if (/^\s*#\s*if/.test(line)) depth++;
    if (/^\s*#\s*endif/.test(line)) depth--;
    for (const [call, from, to] of line.matchAll(/\benter\(\w+, (\w+), (\w+)\)/g)) {
      if (depth > 0) throw new Error(`Cannot read the model: ${call} is conditional`);
      pairs.push(`${from} → ${to}`);
    }
  }
  const calls = code.match(/\benter\b/g)?.length ?? 0;
  if (calls !== pairs.length) throw new Error("Cannot read the model: an odd call of enter()");
  return pairs;
}

function mistakesOf(code: string): Mistake[] {
  const names = new Set(code.match(/\b(?:UNSAFE|ENDLESS)_[A-Z_]+\b/g));
  return [...names].sort().map((name) => ({
    name,
    kind: name.startsWith("UNSAFE_") ? "unsafe" : "endless",
  }));
}
