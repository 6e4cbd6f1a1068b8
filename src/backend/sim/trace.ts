// What happened, one line per event, seen from both sides of the glasses: what the kernel did and
// holds, and what those above believe meanwhile.

/** Lines that are kept; older ones go. */
const LINES_MAX = 10_000;

export interface TraceLine {
  readonly step: number;
  readonly atMs: number;
  /** What happened. */
  readonly event: string;
  /** What the kernel has of it. */
  readonly kernel: string;
  /** What the application thinks of it. */
  readonly application: string;
}

export class Trace {
  readonly #now: () => number;
  #lines: TraceLine[] = [];
  #step = 0;
  #dropped = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get lines(): readonly TraceLine[] {
    return this.#lines;
  }

  get step(): number {
    return this.#step;
  }

  add(event: string, kernel = "", application = ""): void {
    this.#lines.push({ step: ++this.#step, atMs: this.#now(), event, kernel, application });
    if (this.#lines.length < 2 * LINES_MAX) return;
    this.#dropped += LINES_MAX;
    this.#lines = this.#lines.slice(LINES_MAX);
  }

  /** As a table, the last `atMost` lines. */
  toString(atMost: number = LINES_MAX): string {
    const shown = this.#lines.slice(-atMost);
    const left = this.#dropped + this.#lines.length - shown.length;
    const width = (of: (line: TraceLine) => string, title: string): number =>
      Math.max(title.length, ...shown.map((line) => of(line).length));
    const [event, kernel] = [
      width((line) => line.event, "event"),
      width((line) => line.kernel, "kernel"),
    ];
    const row = (step: string, ms: string, ...cells: readonly [string, string, string]): string => {
      const middle = `${cells[0].padEnd(event)}  ${cells[1].padEnd(kernel)}`;
      return `${step.padStart(6)} ${ms.padStart(7)}  ${middle}  ${cells[2]}`.trimEnd();
    };
    return [
      ...(left > 0 ? [`… ${left} earlier events …`] : []),
      row("step", "ms", "event", "kernel", "application"),
      ...shown.map((line) =>
        row(
          String(line.step),
          String(Math.round(line.atMs * 10) / 10),
          line.event,
          line.kernel,
          line.application,
        ),
      ),
    ].join("\n");
  }
}
