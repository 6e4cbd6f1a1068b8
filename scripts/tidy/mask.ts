// Tells code from comments and strings, which is all that the rules need of a parser.
//
// `code` has the length and the line breaks of the source; what stands in comments, strings and
// regular expressions is blank there, so that a rule can search it without meeting prose.

export interface StringLiteral {
  readonly start: number;
  readonly value: string;
}

export interface Masked {
  readonly code: string;
  readonly strings: readonly StringLiteral[];
}

const WORDS_BEFORE_REGEX =
  /\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield)$/;
const SIGNS_BEFORE_REGEX = /[(,=:[!&|?{};+\-*%~^<>]$/;

export function mask(source: string): Masked {
  const state: State = { source, out: [...blank(source)], strings: [], at: 0 };
  skipCode(state, false);
  return { code: state.out.join(""), strings: state.strings };
}

interface State {
  readonly source: string;
  readonly out: string[];
  readonly strings: StringLiteral[];
  at: number;
}

/** Works on UTF-16 units, so that offsets are those of the source. */
function blank(source: string): string[] {
  return source.split("").map((unit) => (unit === "\n" ? "\n" : " "));
}

/** Copies code up to the end, or up to the brace that ends a template's `${`. */
function skipCode(state: State, isInTemplate: boolean): void {
  let depth = 0;
  while (state.at < state.source.length) {
    const unit = state.source[state.at]!;
    if (isInTemplate && unit === "}" && depth === 0) return;
    if (unit === "{") depth += 1;
    if (unit === "}") depth -= 1;
    if (!skipQuoted(state, unit)) {
      state.out[state.at] = unit;
      state.at += 1;
    }
  }
}

function skipQuoted(state: State, unit: string): boolean {
  const next = state.source[state.at + 1];
  if (unit === "/" && next === "/") skipTo(state, "\n", 0);
  else if (unit === "/" && next === "*") skipTo(state, "*/", 2);
  else if (unit === '"' || unit === "'") skipString(state, unit);
  else if (unit === "`") skipTemplate(state);
  else if (unit === "/" && startsRegex(state)) skipRegex(state);
  else return false;
  return true;
}

function skipTo(state: State, end: string, endLength: number): void {
  const found = state.source.indexOf(end, state.at + 2);
  state.at = found === -1 ? state.source.length : found + endLength;
}

function skipString(state: State, quote: string): void {
  const start = state.at;
  state.at += 1;
  while (state.at < state.source.length) {
    const unit = state.source[state.at]!;
    if (unit === quote || unit === "\n") break;
    state.at += unit === "\\" ? 2 : 1;
  }
  state.strings.push({ start, value: state.source.slice(start + 1, state.at) });
  state.out[start] = quote;
  if (state.at < state.source.length) state.out[state.at] = state.source[state.at]!;
  state.at += 1;
}

function skipTemplate(state: State): void {
  state.out[state.at] = "`";
  state.at += 1;
  while (state.at < state.source.length) {
    const unit = state.source[state.at]!;
    if (unit === "`") break;
    if (unit === "$" && state.source[state.at + 1] === "{") {
      state.at += 2;
      skipCode(state, true);
      state.at += 1;
    } else {
      state.at += unit === "\\" ? 2 : 1;
    }
  }
  if (state.at < state.source.length) state.out[state.at] = "`";
  state.at += 1;
}

function startsRegex(state: State): boolean {
  // Comments are blank in `out`, so what precedes them decides.
  const from = Math.max(0, state.at - 200);
  const before = state.out.slice(from, state.at).join("").trimEnd();
  return before === "" || SIGNS_BEFORE_REGEX.test(before) || WORDS_BEFORE_REGEX.test(before);
}

function skipRegex(state: State): void {
  let isInClass = false;
  state.out[state.at] = "/";
  state.at += 1;
  while (state.at < state.source.length) {
    const unit = state.source[state.at]!;
    if (unit === "\n" || (unit === "/" && !isInClass)) break;
    if (unit === "[") isInClass = true;
    if (unit === "]") isInClass = false;
    state.at += unit === "\\" ? 2 : 1;
  }
  if (state.source[state.at] === "/") state.out[state.at] = "/";
  state.at += 1;
}
