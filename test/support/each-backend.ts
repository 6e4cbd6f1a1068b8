// Runs a check on every backend: the simulated kernel, io_uring, the portable backend with the
// shim and without it. The last one has to have a process of its own, since a process has one kind
// of memory: that process runs the same test file with OVERLAPPED_SHIM=off, and then has only that
// one.
//
// `noticesWrong` is the proof that a check bites: it runs the check on a backend that makes the
// mistake, and wants it to fail, or never to come to an end.

import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";

import type { BackendName } from "../../src/backend/rejection.ts";
import { Io, type Status } from "../../src/index.ts";
import { FileSystem, REAL_ABILITIES, realStage } from "../conformance/file-system.ts";
import {
  type MakeBackend,
  type SimSubjectOptions,
  simSubject,
} from "../conformance/sim-subject.ts";
import {
  type Abilities,
  type Ability,
  LONG_MS,
  type Stage,
  turn,
  type World,
} from "../conformance/subject.ts";
import { runScript } from "./children.ts";

export type Check = (stage: Stage) => Promise<void>;

type Simulated = Omit<SimSubjectOptions, "name">;

export interface CheckOptions {
  /** Without these a backend is skipped, with the reason. */
  readonly needs?: readonly Ability[];
  /** How the simulated kernel behaves; or why it is not asked. */
  readonly sim?: Simulated | string;
  /** Why the backend without the shim is not asked, if it is not. */
  readonly noShim?: string;
}

interface Ground {
  readonly name: string;
  readonly abilities: Abilities;
  /** Why it is not here, if it is not. */
  readonly absence: string | null;
  readonly isSimulated: boolean;
  makeWorld(): World;
  makeStage(world: World): Stage;
}

/** A whole file, on a machine with much else to do. */
const FILE_MS_MAX = 200_000;
const WITHOUT_SHIM = "the portable backend without the shim";
const isWithoutShim = process.env.OVERLAPPED_SHIM === "off";

/** Turns of the event loop after which a check on a simulated kernel hangs. */
const TURNS_MAX = 20_000;

const tried: Map<BackendName, Status> = new Map();
let isPrepared = false;

/** A test for each backend. */
export function onEachBackend(name: string, check: Check, options: CheckOptions = {}): void {
  prepare();
  for (const ground of grounds(options)) {
    const skip = reasonToSkip(ground, options);
    test(`${name}: ${ground.name}`, { skip }, () => run(ground, check));
  }
}

/** A test that the check notices what is wrong with a backend. */
export function noticesWrong(
  what: string,
  check: Check,
  makeBackend: MakeBackend,
  sim: Simulated = {},
): void {
  prepare();
  if (isWithoutShim) return;
  test(`wrong: ${what}`, async () => {
    const ground = simulated({ ...sim, makeBackend });
    await assert.rejects(run(ground, check), "nobody has noticed");
  });
}

async function run(ground: Ground, check: Check): Promise<void> {
  const world = ground.makeWorld();
  try {
    const stage = ground.makeStage(world);
    const checking = prepared(stage, check);
    await (ground.isSimulated ? withinTurns(checking) : checking);
  } finally {
    world.dispose();
  }
}

async function prepared(stage: Stage, check: Check): Promise<void> {
  await stage.io.stat("/"); // What a backend opens for itself is open from here on.
  await check(stage).catch((error: unknown) => {
    // What is left would keep the process from ending.
    void stage.io.drain({ deadlineMs: 0 });
    throw error;
  });
}

/** Where nothing is but the turns of the event loop, what takes so many has no end. */
async function withinTurns(checking: Promise<void>): Promise<void> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  checking.then(over, over);
  for (let count = 0; count < TURNS_MAX; count++) {
    if (isOver) return checking;
    await turn();
  }
  throw new Error(`It hangs: no end after ${TURNS_MAX} turns`);
}

function grounds({ sim = {}, noShim }: CheckOptions): Ground[] {
  if (isWithoutShim) return [{ ...real(WITHOUT_SHIM, "portable"), absence: noShim ?? null }];
  const all = [real("io_uring", "uring"), real("the portable backend", "portable")];
  return typeof sim === "string" ? all : [simulated(sim), ...all];
}

function simulated(options: Simulated): Ground {
  return {
    ...simSubject({ name: "the simulated kernel", ...options }),
    absence: null,
    isSimulated: true,
  };
}

function real(name: string, backend: BackendName): Ground {
  const { backend: chosen, reason } = trial(backend);
  const isRing = backend === "uring";
  return {
    name,
    abilities: isRing ? REAL_ABILITIES : { ...REAL_ABILITIES, overtaking: "a cancel is prompt" },
    absence: chosen === backend ? null : `${reason}`,
    isSimulated: false,
    makeWorld: () => new FileSystem(),
    makeStage: (world) => realStage(world, backend),
  };
}

/** One `Io` of each is enough to know. */
function trial(backend: BackendName): Status {
  const status = tried.get(backend) ?? new Io({ backend }).status();
  tried.set(backend, status);
  return status;
}

function reasonToSkip(ground: Ground, { needs = [] }: CheckOptions): string | false {
  if (ground.absence !== null) return ground.absence;
  for (const ability of needs) {
    const able = ground.abilities[ability];
    if (able !== true) return `${ground.name} has no ${ability}: ${able}`;
  }
  return false;
}

/** Once for each test file. */
function prepare(): void {
  if (isPrepared) return;
  isPrepared = true;
  // Orphans do not hold the process, but tests wait for their end.
  const hold = setInterval(() => {}, LONG_MS);
  after(() => clearInterval(hold));
  // Behind the others, which say more of what fails.
  if (!isWithoutShim) queueMicrotask(() => test(WITHOUT_SHIM, (t) => runAgain(t)));
}

/** This test file in a process of its own, with the one backend that needs that. */
async function runAgain(t: TestContext): Promise<void> {
  const end = await runScript(pathToFileURL(process.argv[1] ?? ""), [], {
    nodeFlags: ["--expose-gc", "--test-reporter=tap"],
    env: { OVERLAPPED_SHIM: "off", NODE_TEST_CONTEXT: "" },
    boundMs: FILE_MS_MAX,
  });
  assert.equal(end.isHanging, false, `it hangs: ${end.out}${end.err}`);
  assert.equal(end.exitCode, 0, `${end.out}${end.err}`);
  if (!/^# pass [1-9]/m.test(end.out))
    t.skip(/# SKIP (.*)/.exec(end.out)?.[1] ?? "nothing is for it");
}
