// Order statistics. Samples are few and skewed, so no means and no standard deviations.

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** First and third quartile. */
  readonly q1: number;
  readonly q3: number;
}

/** The value below which `fraction` of `values` lies, interpolated; 0 if there are none. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  if (sorted.length === 0) return 0;
  const index = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(index)] ?? 0;
  const above = sorted[Math.ceil(index)] ?? below;
  return below + (above - below) * (index - Math.floor(index));
}

export function spread(values: readonly number[]): Spread {
  return {
    median: quantile(values, 0.5),
    min: quantile(values, 0),
    max: quantile(values, 1),
    q1: quantile(values, 0.25),
    q3: quantile(values, 0.75),
  };
}

/** Ratios of samples taken in the same round, so that what slows both cancels out. */
export function ratios(numerators: readonly number[], denominators: readonly number[]): number[] {
  const result: number[] = [];
  const count = Math.min(numerators.length, denominators.length);
  for (let round = 0; round < count; round += 1) {
    result.push((numerators[round] ?? 0) / (denominators[round] ?? 1));
  }
  return result;
}
