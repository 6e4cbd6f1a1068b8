// Time as an argument: `operation/` and the simulated kernel never ask the machine for it.

export interface Timer {
  readonly cancel: () => void;
}

export interface Clock {
  /** Milliseconds since a fixed point in the past; never goes back. */
  readonly now: () => number;
  /** Calls `onTime` once, `delayMs` from now. Keeps the process alive only if `isHolding`. */
  readonly after: (delayMs: number, onTime: () => void, isHolding?: boolean) => Timer;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (delayMs, onTime, isHolding = false) => {
    const timeout = setTimeout(onTime, delayMs);
    if (!isHolding) timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  },
};
