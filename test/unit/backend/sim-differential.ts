// Calls that are made of two kernels alike, and what each of them answered as text.

import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  unlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { FileStat } from "../../../src/api/stat.ts";
import { type File, Io, IoBuffer, type Operation } from "../../../src/index.ts";
import {
  O_CREAT,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_RDWR,
  O_TRUNC,
} from "../../../src/kernel/open-flags.ts";
import { SimBed } from "./sim-bed.ts";

/** Paths are relative to a directory that is there. */
export type Step =
  | { readonly call: "open"; readonly path: string; readonly flags: string | number }
  | { readonly call: "read"; readonly file: number; readonly length: number; readonly at: number }
  | { readonly call: "write"; readonly file: number; readonly length: number; readonly at: number }
  | { readonly call: "truncate"; readonly file: number; readonly length: number }
  | {
      readonly call: "allocate";
      readonly file: number;
      readonly at: number;
      readonly length: number;
      readonly keepSize: boolean;
    }
  | { readonly call: "sync" | "datasync" | "fstat" | "close"; readonly file: number }
  | { readonly call: "stat"; readonly path: string; readonly followSymlinks: boolean }
  | { readonly call: "rename" | "link"; readonly path: string; readonly to: string }
  | { readonly call: "symlink"; readonly target: string; readonly path: string }
  | { readonly call: "unlink" | "rmdir" | "mkdir"; readonly path: string };

/** Files that can be open at once; a further open closes the oldest. */
const FILES_MAX = 3;

/** Without a position of its own: where the last such call ended. */
const NEXT = -1;

/**
 * So deep is the directory below the disk's root that no path leads out of the disk, with the two
 * `..` that it may have and one for each of the 40 links it may follow.
 */
const DEPTH = 45;
const ABOVE: readonly string[] = new Array<string>(DEPTH).fill("d");

/** What is there before: a file, a directory with another one, a link to it. */
export const PRELUDE: readonly Step[] = [
  { call: "open", path: "a", flags: "w+" },
  { call: "write", file: 0, length: 9, at: 0 },
  { call: "mkdir", path: "b" },
  { call: "open", path: "b/a", flags: "a+" },
  { call: "symlink", target: "b", path: "c" },
];

export interface Side {
  readonly answers: readonly string[];
  /** All that is on the disk at the end. */
  readonly tree: readonly string[];
}

class Runner {
  readonly answers: string[] = [];
  readonly #io: Io;
  readonly #base: string;
  readonly #until: <T>(promise: Promise<T>) => Promise<T>;
  readonly #files: File[] = [];

  constructor(io: Io, base: string, until: <T>(promise: Promise<T>) => Promise<T>) {
    this.#io = io;
    this.#base = base;
    this.#until = until;
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const [number, step] of [...PRELUDE, ...steps].entries()) {
      this.answers.push(await this.#answer(step, number));
    }
    for (const file of this.#files) await this.#until(file.close());
  }

  async #answer(step: Step, number: number): Promise<string> {
    if ("file" in step) {
      const file = this.#files[step.file % Math.max(this.#files.length, 1)];
      return file === undefined ? "no file" : this.#answerOfFile(file, step, number);
    }
    const [io, path] = [this.#io, this.#at(step.path)];
    switch (step.call) {
      case "open":
        return this.#open(path, step.flags);
      case "stat":
        return this.#told(io.stat(path, step), describe);
      case "symlink":
        return this.#told(io.symlink(step.target, path));
      case "rename":
      case "link":
        return this.#told(io[step.call](path, this.#at(step.to)));
      case "mkdir":
        return this.#told(io.mkdir(path, 0o777));
      default:
        return this.#told(io[step.call](path));
    }
  }

  #at(path: string): string {
    return `${this.#base}/${path}`;
  }

  async #open(path: string, flags: string | number): Promise<string> {
    const opening = this.#io.open(path, flags, 0o640);
    const told = await this.#told(opening, ({ isStream }) => (isStream ? "stream" : "file"));
    if (opening.state !== "settled" || !/stream|file/.test(told)) return told;
    this.#files.push(await opening);
    if (this.#files.length > FILES_MAX) await this.#until(this.#files.shift()!.close());
    return told;
  }

  async #answerOfFile(file: File, step: Extract<Step, { file: number }>, number: number) {
    switch (step.call) {
      case "read": {
        const buffer = new IoBuffer(step.length);
        const options = step.at === NEXT ? {} : { position: step.at };
        return this.#told(file.read(buffer, options), (count) => {
          return `read ${JSON.stringify(Buffer.from(buffer.bytes.subarray(0, count)).toString())}`;
        });
      }
      case "write": {
        const data = String.fromCharCode(0x41 + (number % 26)).repeat(step.length);
        return this.#told(file.write(data, step.at === NEXT ? {} : { position: step.at }), String);
      }
      case "truncate":
        return this.#told(file.truncate(step.length));
      case "allocate":
        return this.#told(file.allocate(step.at, step.length, step));
      case "fstat":
        return this.#told(file.stat(), describe);
      case "close":
        this.#files.splice(this.#files.indexOf(file), 1);
        return this.#told(file.close());
      default:
        return this.#told(file[step.call]());
    }
  }

  async #told<T>(operation: Operation<T>, tell: (value: T) => string = () => "done") {
    const outcome = await this.#until(operation.outcome());
    return outcome.status === "completed" ? tell(outcome.value) : outcome.error.code;
  }
}

/** Without what depends on the file system: how big a directory is, and how it is linked. */
function describe({ type, size, mode, nlink }: FileStat): string {
  const rest = type === "directory" ? "" : ` of ${size} bytes, ${nlink} names`;
  return `${type} ${(mode & 0o7777).toString(8)}${rest}`;
}

/** The answers of the simulated kernel. */
export async function runSimulated(steps: readonly Step[]): Promise<Side> {
  const bed = new SimBed();
  let base = "";
  for (const name of ABOVE) {
    base += `/${name}`;
    bed.world.makeDirectory(base);
  }
  const runner = new Runner(bed.io, base, (promise) => bed.result(promise));
  await runner.run(steps);
  const { world, kernel } = bed;
  const tree: string[] = [];
  const list = (path: string): void => {
    for (const name of world.namesIn(path === "" ? "/" : path)) {
      const node = kernel.disk.find(`${path}/${name}`, false);
      const kind = "kind" in node ? node.kind : "nothing";
      if (kind === "directory") list(`${path}/${name}`);
      const content =
        kind === "file"
          ? Buffer.from(world.contentOf(`${path}/${name}`)).toString()
          : kind === "symlink"
            ? world.linkTargetOf(`${path}/${name}`)
            : "";
      if (name !== ABOVE[0]) tree.push(`${shown(`${path}/${name}`)} ${kind} ${content}`);
    }
  };
  list("");
  if (kernel.violations.length > 0) throw new Error(kernel.violations.join("\n"));
  return { answers: runner.answers, tree: tree.sort() };
}

/** Without the many directories above. */
function shown(path: string): string {
  return path.replace(/^(?:\/d)+/, (above) => `…${above.length / 2}`);
}

/** The kernel that this runs on, with a directory of its own. */
export class RealDisk {
  readonly #io: Io = new Io();
  readonly #root: string = mkdtempSync(join(tmpdir(), "overlapped-differential-"));
  readonly #base: string = join(this.#root, ...ABOVE);

  constructor() {
    mkdirSync(this.#base, { recursive: true });
  }

  async run(steps: readonly Step[]): Promise<Side> {
    const runner = new Runner(this.#io, this.#base, (promise) => promise);
    await runner.run(steps);
    return { answers: runner.answers, tree: this.#takeAll("").sort() };
  }

  dispose(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Lists what is there and removes it, but for the directories above. */
  #takeAll(path: string): string[] {
    return readdirSync(this.#root + path).flatMap((name) => {
      const place = `${path}/${name}`;
      const whole = this.#root + place;
      const stat = lstatSync(whole);
      if (stat.isDirectory()) {
        const inside = this.#takeAll(place);
        if (name === ABOVE[0]) return inside;
        rmdirSync(whole);
        return [...inside, `${shown(place)} directory `];
      }
      const told = stat.isFile()
        ? `${shown(place)} file ${readFileSync(whole, "utf8")}`
        : `${shown(place)} symlink ${readlinkSync(whole)}`;
      unlinkSync(whole);
      return [told];
    });
  }
}

const LONG_NAME = "x".repeat(256);

const name = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom("a", "b", "c") },
  { weight: 2, arbitrary: fc.constant(".") },
  { weight: 1, arbitrary: fc.constant(LONG_NAME) },
);

/** At most so many `..`, so that nothing leads out of the disk. */
function pathOf(upMax: number): fc.Arbitrary<string> {
  return fc
    .record({
      names: fc.array(name, { minLength: 1, maxLength: 3 }),
      ups: fc.array(fc.nat(3), { maxLength: upMax }),
      tail: fc.constantFrom("", "", "", "", "/", "//", "/."),
    })
    .map(({ names, ups, tail }) => {
      const parts = [...names];
      for (const up of ups) parts.splice(up, 0, "..");
      return parts.join("/") + tail;
    });
}

const path = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "c", "b/a", "b/b", "c/a", "c/b") },
  { weight: 2, arbitrary: pathOf(2) },
);
const target = fc.oneof(fc.constantFrom("a", "b", "c", "b/a", "."), pathOf(1));
const flags = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("r", "r+", "w", "wx", "w+", "a", "a+", "ax") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      O_DIRECTORY,
      O_DIRECTORY | O_CREAT,
      O_DIRECTORY | O_RDWR,
      O_NOFOLLOW,
      O_NOFOLLOW | O_CREAT | O_RDWR,
      O_TRUNC,
    ),
  },
);
const file = fc.nat(FILES_MAX - 1);
const at = fc.oneof(fc.constant(NEXT), fc.nat(20));
const length = fc.integer({ min: 1, max: 12 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ call: fc.constant("open"), path, flags }) },
  { weight: 3, arbitrary: fc.record({ call: fc.constant("read"), file, length, at }) },
  { weight: 4, arbitrary: fc.record({ call: fc.constant("write"), file, length, at }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant("truncate"), file, length: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constant("allocate"),
      file,
      at: fc.nat(20),
      length,
      keepSize: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ call: fc.constantFrom("sync", "datasync", "fstat", "close"), file }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ call: fc.constant("stat"), path, followSymlinks: fc.boolean() }),
  },
  { weight: 5, arbitrary: fc.record({ call: fc.constantFrom("rename", "link"), path, to: path }) },
  { weight: 4, arbitrary: fc.record({ call: fc.constant("symlink"), target, path }) },
  { weight: 3, arbitrary: fc.record({ call: fc.constantFrom("mkdir", "mkdir", "rmdir"), path }) },
  { weight: 2, arbitrary: fc.record({ call: fc.constantFrom("unlink", "rmdir"), path }) },
);

/** Short: two kernels that do not agree differ soon. */
export const sequences: fc.Arbitrary<Step[]> = fc.array(step, {
  minLength: 8,
  maxLength: 16,
});
