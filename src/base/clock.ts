// Time as an argument: `operation/` and the simulated kernel never ask the machine for it.

export interface Timer {
  readonly cancel: () => void;
}

export interface Clock {
  /** Milliseconds since a fixed point in the past; never goes back. */
  readonly now: () => number;
  /** Calls `onTime` once, `delayMs` from now. Does not keep the process alive. */
  readonly after: (delayMs: number, onTime: () => void) => Timer;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (delayMs, onTime) => {
    const timeout = setTimeout(onTime, delayMs);
    timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  },
};
