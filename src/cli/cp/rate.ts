// Bytes per second over the last few seconds, and what is left at that rate.

import { RATE_WINDOW_MS } from "./limits.ts";

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

export class Rate {
  readonly #samples: Sample[] = [];

  add(atMs: number, bytes: number): void {
    this.#samples.push({ atMs, bytes });
    // The sample before the window is its beginning.
    while ((this.#samples[1]?.atMs ?? atMs) <= atMs - RATE_WINDOW_MS) this.#samples.shift();
  }

  get bytesPerSecond(): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.atMs === first.atMs) return 0;
    return Math.max(0, ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * 1000);
  }
}

/** `7 s`, `3 min 20 s`, `5 h 12 min`; `--` when there is no telling. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "--";
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
