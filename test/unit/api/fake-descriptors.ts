// What makes descriptors at once, without a kernel: numbers that are counted up.

import type { DescriptorDescription, Descriptors } from "../../../src/kernel/descriptors.ts";

const EBADF = 9;
const FIRST = 100;

export class FakeDescriptors implements Descriptors {
  /** What was asked, in order. */
  readonly log: string[] = [];
  /** What others have open. */
  readonly known: Map<number, DescriptorDescription> = new Map();
  /** The answer to everything, if it is not 0. */
  failure = 0;
  #last = FIRST - 1;

  /** Somebody has it open: a pipe, if nothing else is said. */
  know(fd: number, description: Partial<DescriptorDescription> = {}): void {
    const usual = { kind: "fifo", accessMode: "r", isNonBlocking: false, name: `pipe:[${fd}]` };
    this.known.set(fd, { ...(usual as DescriptorDescription), ...description });
  }

  readonly duplicate = (fd: number): number => this.#copy("duplicate", fd);

  readonly reopen = (fd: number): number => this.#copy("reopen", fd);

  readonly describe = (fd: number): DescriptorDescription | number => this.known.get(fd) ?? -EBADF;

  readonly pipe = (): { readonly reader: number; readonly writer: number } | number => {
    const reader = this.#make("pipe", { name: "pipe:[7]" });
    if (reader < 0) return reader;
    return { reader, writer: this.#make("pipe", { name: "pipe:[7]", accessMode: "w" }) };
  };

  readonly eventfd = (initial: number, isSemaphore: boolean): number =>
    this.#make(`eventfd ${initial} ${isSemaphore}`, { kind: "eventfd" });

  readonly timerfd = (clock: string): number => this.#make(`timerfd ${clock}`, { kind: "timerfd" });

  readonly setTimer = (fd: number, firstMs: number, intervalMs: number): number =>
    this.#answer(`setTimer ${fd} ${firstMs} ${intervalMs}`, 0);

  readonly inotify = (): number => this.#make("inotify", { kind: "inotify" });

  readonly addWatch = (fd: number, path: Uint8Array | string, mask: number): number =>
    this.#answer(`addWatch ${fd} ${Buffer.from(path as string)} ${mask.toString(16)}`, path.length);

  readonly removeWatch = (fd: number, watch: number): number =>
    this.#answer(`removeWatch ${fd} ${watch}`, 0);

  readonly close = (fd: number): number => {
    this.known.delete(fd);
    return this.#answer(`close ${fd}`, 0);
  };

  #copy(call: string, fd: number): number {
    const known = this.known.get(fd);
    this.log.push(`${call} ${fd}`);
    if (known === undefined) return -EBADF;
    if (this.failure !== 0) return -this.failure;
    this.known.set(++this.#last, known);
    return this.#last;
  }

  #make(call: string, description: Partial<DescriptorDescription>): number {
    const fd = this.#answer(call, this.#last + 1);
    if (fd < 0) return fd;
    this.#last = fd;
    this.know(fd, description);
    return fd;
  }

  #answer(call: string, answer: number): number {
    this.log.push(call);
    return this.failure === 0 ? answer : -this.failure;
  }
}
