// First in, first out, where any one can leave from the middle.
//
// A Map or Set alone is slow at that: to find its first entry, an engine passes all that were taken
// away before it, so that a million that come and go in order take the square of that. Here one
// iterator stays where it is, and all that is before it has gone.

export class KeyedQueue<K, V> {
  readonly #entries: Map<K, V> = new Map();
  #front: Iterator<[K, V]> = this.#entries.entries();
  #deleted = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** To the end; the key must not be in it. */
  push(key: K, value: V): void {
    this.#entries.set(key, value);
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /** Whether it was in it. */
  delete(key: K): boolean {
    if (!this.#entries.delete(key)) return false;
    // An iterator that stands still keeps each table that the map has outgrown, and what was in it.
    if (++this.#deleted > this.#entries.size) {
      this.#front = this.#entries.entries();
      this.#deleted = 0;
    }
    return true;
  }

  /** Takes the oldest; undefined if there is none. */
  shift(): [K, V] | undefined {
    if (this.#entries.size === 0) return undefined;
    let next = this.#front.next();
    if (next.done === true) {
      // An iterator that has come to an end does not see who comes later.
      this.#front = this.#entries.entries();
      next = this.#front.next();
    }
    if (next.done === true) return undefined;
    this.#entries.delete(next.value[0]);
    return next.value;
  }

  values(): IterableIterator<V> {
    return this.#entries.values();
  }
}

/** The same of things that are their own keys. */
export class Queue<T> {
  readonly #entries: KeyedQueue<T, T> = new KeyedQueue();

  get size(): number {
    return this.#entries.size;
  }

  push(item: T): void {
    this.#entries.push(item, item);
  }

  delete(item: T): boolean {
    return this.#entries.delete(item);
  }

  shift(): T | undefined {
    return this.#entries.shift()?.[1];
  }

  values(): IterableIterator<T> {
    return this.#entries.values();
  }
}
