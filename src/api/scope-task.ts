// The promise of a task. It knows whether anybody waits for it, for then its failure is told there,
// and whoever leaves the scope need not hear the same again.

const { then } = Promise.prototype;

const ignore = (): void => {};

export class Task<T> extends Promise<T> {
  #isHeard = false;

  /** What is derived from it is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** Never counts as unhandled: what nobody waits for, the scope tells. */
  static of<T>(work: Promise<T>): Task<T> {
    const task = new Task<T>((resolve) => resolve(work));
    then.call(task, undefined, ignore);
    return task;
  }

  get isHeard(): boolean {
    return this.#isHeard;
  }

  // `await` comes here, too, since the constructor is not Promise itself.
  // biome-ignore lint/suspicious/noThenProperty: it is one of a promise.
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isHeard = true;
    return super.then(onFulfilled, onRejected);
  }
}
