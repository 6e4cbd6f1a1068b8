// A bounded queue between the walk and the copying.

export class Queue<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  #head = 0;
  #isEnded = false;
  #wakeProducer: (() => void) | null = null;
  readonly #wakeConsumers: (() => void)[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Adds an item, once there is room. For one producer. */
  async push(item: T): Promise<void> {
    while (this.size >= this.#capacity) {
      await new Promise<void>((resolve) => {
        this.#wakeProducer = resolve;
      });
    }
    this.#items.push(item);
    this.#wakeConsumers.shift()?.();
  }

  /** No item follows. */
  end(): void {
    this.#isEnded = true;
    for (const wake of this.#wakeConsumers.splice(0)) wake();
  }

  /** The next item, once there is one, or undefined at the end. For many consumers. */
  async shift(): Promise<T | undefined> {
    while (this.size === 0) {
      if (this.#isEnded) return undefined;
      await new Promise<void>((resolve) => this.#wakeConsumers.push(resolve));
    }
    const item = this.#items[this.#head];
    this.#head += 1;
    if (this.#head >= this.#capacity || this.#head === this.#items.length) this.#compact();
    this.#wakeProducer?.();
    this.#wakeProducer = null;
    return item;
  }

  #compact(): void {
    this.#items.splice(0, this.#head);
    this.#head = 0;
  }
}
