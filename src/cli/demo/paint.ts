/** Colors for a terminal, and nothing at all for a log. */

export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  kernel(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** As https://no-color.org asks: NO_COLOR counts when it is there and not empty. */
export function wantsColor(stream: Terminal, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

export function paintFor(color: boolean): Paint {
  const style =
    (open: number, close: number) =>
    (text: string): string =>
      color && text !== "" ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    kernel: style(36, 39),
    good: style(32, 39),
    bad: style(31, 39),
  };
}

/** Columns to lay out for: those of the terminal, within what still reads well. */
export function widthOf(stream: Terminal): number {
  const columns = stream.isTTY === true ? (stream.columns ?? 80) : 100;
  return Math.max(40, Math.min(columns, 132));
}

/** Columns that a painted text takes: everything we print is one column wide. */
export function visibleLength(text: string): number {
  return text.replaceAll(/\u001b\[\d+m/g, "").length;
}
