// What a fuzzing session finds: which checker, and what it saw.

/** Every checker with what it makes sure of. They look from outside and from the kernel's side. */
export const CHECKERS = {
  settling: "an operation settles once, and not before the kernel has let go",
  outcome: "an outcome says what the kernel did, and why it was asked to stop",
  buffer: "a buffer is out of reach until its operation settles, then it holds what it should",
  pool: "free, taken and quarantined buffers add up; none is given out twice",
  memory: "nobody touches memory or descriptors that the kernel is at work on",
  order: "lanes, fence and positions are as promised; nothing is asked that nobody asked for",
  stream: "no byte of a FIFO is lost, doubled or moved",
  file: "a file holds what was written to it last",
  account: "status(), inFlight() and drain() tell what is in flight",
  signal: "a signal has one listener at most",
  rejection: "a rejection without a listener is told of, but for what the program asked for",
  end: "nothing is left at the end but what is stuck",
  crash: "nothing is thrown that is not promised",
} as const;

export type Checker = keyof typeof CHECKERS;

export class Finding extends Error {
  override readonly name = "Finding";
  readonly checker: Checker;

  constructor(checker: Checker, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.checker = checker;
  }
}

/** @param tell What is wrong; asked only if it is. */
export function check(holds: boolean, checker: Checker, tell: () => string): asserts holds {
  if (!holds) throw new Finding(checker, tell());
}

/** Whatever else was thrown should not have been. */
export function asFinding(error: unknown): Finding {
  return error instanceof Finding ? error : new Finding("crash", `thrown: ${error}`, error);
}
