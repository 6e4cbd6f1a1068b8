// A random tree of files for tests of copying: odd names, odd sizes, links that lead nowhere. The
// same seed makes the same tree.

import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, writeSync } from "node:fs";

export interface TreeOptions {
  readonly fileCount: number;
  /** Bytes of the one big file; the others are small, but for a few of some MiB. */
  readonly bigFileBytes: number;
}

/** What was made. */
export interface TreeCount {
  readonly files: number;
  readonly links: number;
  readonly directories: number;
}

const mebibyte = 1024 * 1024;

/** Sizes where copying in blocks goes wrong first. */
const edgeSizes = [0, 1, 4095, 4096, 4097, 4 * mebibyte + 5].concat(
  [mebibyte / 4, mebibyte / 2, mebibyte, 2 * mebibyte].flatMap((it) => [it - 1, it, it + 1]),
);

/** Makes a tree in the directory `root`, which must not exist. */
export function makeTree(root: string, seed: number, options: TreeOptions): TreeCount {
  return new TreeMaker(root, seed, options).make();
}

/** Numbers that look random and depend on the seed alone: an xorshift of 32 bits. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Zero would stay zero for ever.
    this.#state = (seed ^ 0x9e3779b9) >>> 0 || 1;
    for (let round = 0; round < 8; round += 1) this.below(2);
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  fill(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = this.below(256);
  }
}

class TreeMaker {
  readonly #random: Random;
  readonly #options: TreeOptions;
  readonly #directories: Buffer[];
  readonly #taken = new Set<string>();
  /** Random bytes, of which files take a stretch from anywhere. */
  readonly #bytes: Buffer = Buffer.alloc(8 * mebibyte + 17);
  #links = 0;

  constructor(root: string, seed: number, options: TreeOptions) {
    this.#random = new Random(seed);
    this.#options = options;
    this.#directories = [Buffer.from(root)];
    this.#random.fill(this.#bytes);
  }

  make(): TreeCount {
    mkdirSync(this.#directories[0]!);
    const { fileCount, bigFileBytes } = this.#options;
    for (let index = 0; index < fileCount; index += 1) {
      if (this.#random.below(12) === 0) this.#makeDirectory();
      if (this.#random.below(16) === 0) this.#makeLink();
      if (index === fileCount >> 1) this.#makeBigFile(bigFileBytes);
      else this.#makeFile(index);
    }
    return { files: fileCount, links: this.#links, directories: this.#directories.length };
  }

  #makeDirectory(): void {
    const path = this.#freePath(this.#oddName());
    if (path === null) return;
    mkdirSync(path, this.#random.pick([0o755, 0o755, 0o700, 0o775, 0o750]));
    this.#directories.push(path);
  }

  #makeLink(): void {
    const path = this.#freePath(this.#oddName());
    if (path === null) return;
    const somewhere = this.#random.pick(this.#directories);
    const target = this.#random.pick([
      Buffer.from("nowhere to be found"),
      Buffer.from("."),
      Buffer.from("../.."),
      Buffer.from([0x2e, 0x2f, 0xff, 0x0a]),
      this.#oddName(),
      somewhere,
    ]);
    symlinkSync(target, path);
    this.#links += 1;
  }

  #makeFile(index: number): void {
    const { path, mode } = this.#fileAt();
    const size = edgeSizes[index] ?? this.#randomSize();
    const from = this.#random.below(this.#bytes.length - size + 1);
    const fd = openSync(path, "wx", mode);
    writeSync(fd, this.#bytes, from, size);
    closeSync(fd);
    // Its part file's name is a file, too: both have to arrive.
    if (this.#random.below(40) === 0) this.#makeFileNamed(`${path.toString("latin1")}.part`);
  }

  #makeFileNamed(latin1: string): void {
    if (latin1.length > 4000 || latin1.slice(latin1.lastIndexOf("/") + 1).length > 255) return;
    if (this.#taken.has(latin1)) return;
    this.#taken.add(latin1);
    const fd = openSync(Buffer.from(latin1, "latin1"), "wx", 0o644);
    writeSync(fd, this.#bytes, this.#random.below(1000), 100);
    closeSync(fd);
  }

  /** Mostly holes, so that making it is quick; what is between them tells positions apart. */
  #makeBigFile(size: number): void {
    const { path, mode } = this.#fileAt();
    const fd = openSync(path, "wx", mode);
    ftruncateSync(fd, size);
    for (let count = 0; count < 64; count += 1) {
      const length = 1 + this.#random.below(100_000);
      const position = this.#random.below(Math.max(1, size - length));
      writeSync(fd, this.#bytes, this.#random.below(mebibyte), Math.min(length, size), position);
    }
    closeSync(fd);
  }

  #fileAt(): { path: Buffer; mode: number } {
    let path = this.#freePath(this.#oddName());
    while (path === null) path = this.#freePath(this.#oddName());
    return { path, mode: this.#random.pick([0o644, 0o644, 0o600, 0o755, 0o664, 0o444, 0o400]) };
  }

  #randomSize(): number {
    const kind = this.#random.below(100);
    if (kind < 60) return this.#random.below(5000);
    if (kind < 98) return this.#random.below(100_000);
    return this.#random.below(8 * mebibyte);
  }

  /** A path in some directory that nothing has yet; null when the name is taken there. */
  #freePath(name: Buffer): Buffer | null {
    // Near the root, too: a chain of long names would leave room for nothing.
    const folders = this.#directories.filter((path) => path.length + name.length < 3500);
    const path = Buffer.concat([this.#random.pick(folders), Buffer.from("/"), name]);
    const key = path.toString("latin1");
    if (this.#taken.has(key)) return null;
    this.#taken.add(key);
    return path;
  }

  #oddName(): Buffer {
    const number = this.#random.below(1_000_000);
    switch (this.#random.below(12)) {
      case 0:
        return Buffer.from(`-rf --${number}`);
      case 1:
        return Buffer.from(`two\nlines ${number}\t`);
      case 2:
        return Buffer.concat([Buffer.from(`${number}`), Buffer.from([0xff, 0xc3, 0x28, 0x80])]);
      case 3:
        return Buffer.from(`Grüße 名前 🙂 ${number}`);
      case 4:
        return Buffer.from(`${number}`.padEnd(255, "long "));
      case 5:
        return Buffer.from(`"'\`$(exit)\\ *?${number}`);
      case 6:
        return Buffer.from(`.${number}.part`);
      case 7:
        return Buffer.from(` ${number}~ `);
      case 8:
        return Buffer.from(`${number}${"é".repeat(120)}`);
      default:
        return Buffer.from(`file-${number}.bin`);
    }
  }
}
