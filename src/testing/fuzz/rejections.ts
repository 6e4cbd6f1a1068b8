// What Node tells of the promises of a session that nobody has listened to: at the end of the turn
// in which they reject, to those who listen to the process.

export class Rejections {
  readonly #told: Set<Promise<unknown>> = new Set();
  readonly #isExpected: (promise: Promise<unknown>) => boolean;
  readonly #onStranger: (reason: unknown) => void;
  #others: readonly NodeJS.UnhandledRejectionListener[] = [];

  /**
   * @param isExpected Whether a promise is the result of a call, which may be told of.
   * @param onStranger Hears the reason of any other.
   */
  constructor(
    isExpected: (promise: Promise<unknown>) => boolean,
    onStranger: (reason: unknown) => void,
  ) {
    this.#isExpected = isExpected;
    this.#onStranger = onStranger;
  }

  /**
   * Sets the other listeners aside: a test runner would take what a session does on purpose for a
   * failure of its own.
   */
  start(): void {
    this.#others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", this.#onUnhandled);
    process.on("rejectionHandled", nobody);
  }

  stop(): void {
    process.off("unhandledRejection", this.#onUnhandled);
    process.off("rejectionHandled", nobody);
    for (const other of this.#others) process.on("unhandledRejection", other);
  }

  /** Whether Node has told of it; in the turn after it has rejected. */
  hasToldOf(promise: Promise<unknown>): boolean {
    return this.#told.has(promise);
  }

  readonly #onUnhandled = (reason: unknown, promise: Promise<unknown>): void => {
    if (this.#isExpected(promise)) this.#told.add(promise);
    else this.#onStranger(reason);
  };
}

/** Without a listener, Node warns of each that is listened to later. */
const nobody = (): void => {};
