// Which descriptors may wait for ever, and so are never left to a thread.

/** What cannot be waited for, such as `/dev/zero`, never waits, and is done as files are. */
export type Sort = "file" | "stream";

export class Sorts {
  readonly #ask: (fd: number) => Sort;
  readonly #known: Map<number, Sort> = new Map();

  /** `ask` looks at a descriptor, at its first use. */
  constructor(ask: (fd: number) => Sort) {
    this.#ask = ask;
  }

  of(fd: number): Sort {
    let sort = this.#known.get(fd);
    if (sort === undefined) {
      sort = this.#ask(fd);
      this.#known.set(fd, sort);
    }
    return sort;
  }

  /** Told by whoever has opened it: asking would be to wait for its file system. */
  learn(fd: number, sort: Sort): void {
    this.#known.set(fd, sort);
  }

  /** It is about to be closed: its number may be another's at any moment. */
  forget(fd: number): void {
    this.#known.delete(fd);
  }
}
