// Goal: a copy ends whatever the kernel does to it, leaves no part file, descriptor or operation
// behind, and every destination is the old file or the new one, whole.
// Method: trees drawn from a seed are copied on the simulated kernel, with faults and cancels drawn
// from the seed. OVERLAPPED_SEED replays a seed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Prng } from "../../../src/base/prng.ts";
import { CopyError, type CopyOptions, type CopyReport, type Io } from "../../../src/index.ts";
import { type FaultSet, type SimulatedWorld, simulateSeeds } from "../../../src/testing.ts";

const FIRST_SEED = Number(process.env.OVERLAPPED_SEED ?? 0);
const SEEDS = process.env.OVERLAPPED_SEED === undefined ? 150 : 1;

/** Sizes around those at which the way of copying changes. */
const SIZES = [0, 1, 4096, 65_536, 65_537, 600_000, 1_048_576, 1_200_001];

const WAYS = ["reflink", "range", "blocks"] as const;

/** Paths of files with their bytes, and of links with what they say. */
type Content = ReadonlyMap<string, Uint8Array | string>;

class Case {
  readonly prng: Prng;
  readonly #io: Io;
  readonly #world: SimulatedWorld;
  readonly source: Map<string, Uint8Array | string> = new Map();
  /** What is at the destination before. */
  readonly old: Map<string, Uint8Array | string> = new Map();

  constructor(seed: number, io: Io, world: SimulatedWorld) {
    this.prng = new Prng(seed);
    this.#io = io;
    this.#world = world;
  }

  async make(): Promise<void> {
    this.#world.makeDirectory("/from");
    const folders = ["/from"];
    for (let count = 1 + this.prng.below(8); count > 0; count--) {
      const folder = folders[this.prng.below(folders.length)]!;
      const path = `${folder}/${count}`;
      const kind = this.prng.below(5);
      if (kind === 0) {
        this.#world.makeDirectory(path);
        folders.push(path);
      } else if (kind === 1) {
        // It may meet a fault, too.
        await this.#io.symlink(`nowhere/${count}`, path).catch(() => {});
        if (this.#world.exists(path)) this.source.set(path, `nowhere/${count}`);
      } else {
        const content = this.#bytes(SIZES[this.prng.below(SIZES.length)]!);
        this.#world.makeFile(path, content);
        this.source.set(path, content);
      }
    }
    if (this.prng.chance(0.5)) this.#makeOld();
  }

  /** A file is in the way here and there. */
  #makeOld(): void {
    this.#world.makeDirectory("/to");
    for (const path of this.source.keys()) {
      const there = path.replace("/from", "/to");
      if (there.lastIndexOf("/") > 3 || this.prng.chance(0.5)) continue;
      const content = this.#bytes(1 + this.prng.below(100_000));
      this.#world.makeFile(there, content);
      this.old.set(there, content);
    }
  }

  #bytes(length: number): Uint8Array {
    return new Uint8Array(length).fill(1 + this.prng.below(255)).fill(7, 0, this.prng.below(9));
  }

  options(): CopyOptions {
    return {
      sync: this.prng.chance(0.5),
      preserve: this.prng.chance(0.5),
      // The simulated disk can share blocks; what must not, and need not look for holes, is copied
      // by the kernel.
      reflink: this.prng.chance(0.4) ? "never" : "auto",
      sparse: (["auto", "never", "always"] as const)[this.prng.below(3)],
      overwrite: (["replace", "never", "error"] as const)[this.prng.below(3)],
      filesAtOnce: 1 + this.prng.below(8),
    };
  }
}

/** All files and links below a directory, which need not be there. */
function contentOf(world: SimulatedWorld, root: string): Content {
  const found = new Map<string, Uint8Array | string>();
  const visit = (path: string): void => {
    const kind = kindOf(world, path);
    if (kind === "link") found.set(path, world.linkTargetOf(path));
    else if (kind === "file") found.set(path, world.contentOf(path));
    else for (const name of world.namesIn(path)) visit(`${path}/${name}`);
  };
  if (world.exists(root)) visit(root);
  return found;
}

function kindOf(world: SimulatedWorld, path: string): "link" | "file" | "directory" {
  try {
    world.linkTargetOf(path);
    return "link";
  } catch {
    // It is none.
  }
  try {
    world.contentOf(path);
    return "file";
  } catch {
    return "directory";
  }
}

function isSame(a: Uint8Array | string | undefined, b: Uint8Array | string | undefined): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

/** Whatever came of it: nothing is half-written, and what could not be removed is told. */
function checkNothingHalf(world: SimulatedWorld, made: Case, report: CopyReport): void {
  const { source, old } = made;
  for (const [path, content] of contentOf(world, "/to")) {
    if (path.endsWith(".part")) {
      assert.ok(report.leftBehind.includes(path), `${path} was left behind, and nobody told`);
      continue;
    }
    const wanted = source.get(path.replace("/to", "/from"));
    assert.ok(isSame(content, wanted) || isSame(content, old.get(path)), `${path} is half-written`);
  }
  for (const path of old.keys()) assert.ok(world.exists(path), `${path} is gone`);
  for (const [path, content] of source) {
    assert.ok(isSame(contentOf(world, "/from").get(path), content), `${path} was changed`);
  }
}

function checkComplete(world: SimulatedWorld, made: Case, options: CopyOptions): void {
  const there = contentOf(world, "/to");
  for (const [path, content] of made.source) {
    const destination = path.replace("/from", "/to");
    const kept = options.overwrite === "never" ? made.old.get(destination) : undefined;
    assert.ok(isSame(there.get(destination), kept ?? content), `${destination} is not right`);
  }
}

async function copyOrFail(io: Io, options: CopyOptions): Promise<CopyReport | CopyError> {
  try {
    return await io.copy("/from", "/to", options);
  } catch (error) {
    if (error instanceof CopyError) return error;
    throw error;
  }
}

function describeCase(name: string, faults: FaultSet, isCanceled: boolean): void {
  test(name, async () => {
    let seed = FIRST_SEED;
    let canceled = 0;
    const moved = { reflink: 0, range: 0, blocks: 0 };
    await simulateSeeds(SEEDS, { seed, faults }, async (io, world) => {
      const made = new Case(seed++, io, world);
      await made.make();
      const options = made.options();
      const controller = new AbortController();
      const { signal } = controller;
      let stages = made.prng.below(6);
      const onEntry = (): void => {
        if (isCanceled && stages-- === 0) controller.abort("enough");
      };
      if (isCanceled && made.prng.chance(0.5)) {
        void world.passTime(made.prng.below(20)).then(() => controller.abort("enough"));
      }
      const end = await copyOrFail(io, { ...options, signal, onEntry });
      const report = end instanceof CopyError ? end.report : end;
      for (const way of WAYS) moved[way] += report.bytesCopied[way];
      checkNothingHalf(world, made, report);
      if (!(end instanceof CopyError)) checkComplete(world, made, options);
      else if (end.code === "ABORT_ERR") {
        canceled++;
        assert.equal(end.cause, "enough");
        assert.equal(end.name, "AbortError");
      }
      if (end instanceof CopyError && faults === "benign") {
        assert.ok(end.code === "ABORT_ERR" || end.code === "EEXIST", `${end.stack}`);
      }
    });
    if (SEEDS > 1) for (const way of WAYS) assert.ok(moved[way] > 0, `nothing moved by ${way}`);
    if (isCanceled && SEEDS > 1) assert.ok(canceled > SEEDS / 20, `${canceled} were canceled`);
  });
}

describeCase("a copy gets through what a kernel may do", "benign", false);
describeCase("a copy that is canceled leaves nothing half-written", "benign", true);
describeCase("a copy that fails leaves nothing half-written", "failures", false);
describeCase("a copy that fails or is canceled leaves nothing half-written", "failures", true);
