// Who plays: the `fs` of each runtime, and Overlapped on each backend.

import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LibraryName } from "../../src/cli/hazards/library.ts";
import type { Player } from "../../src/cli/hazards/run-hazard.ts";
import { Io } from "../../src/index.ts";
import {
  type BinaryPackage,
  bunPackage,
  denoPackage,
  fetchBinary,
  nodePackage,
} from "../runtimes/binary.ts";

export interface Column {
  readonly name: string;
  /** Its head in a table, under that of its group. */
  readonly title: string;
  readonly group: "runtime" | "overlapped";
  /** What it runs on, with the version. */
  readonly place: string;
  readonly player: Player;
}

export interface Columns {
  readonly columns: readonly Column[];
  /** Something could not be had. */
  readonly missing: boolean;
}

type Say = (line: string) => void;

/** How a runtime is started so that a program can ask for a collection of garbage. */
const ARGS: Readonly<Record<"node" | "bun" | "deno", readonly string[]>> = {
  node: ["--expose-gc"],
  bun: [],
  deno: ["run", "--allow-all", "--v8-flags=--expose-gc"],
};

/** Of Deno's cache of what it has compiled, which is not for the user's home. */
const ENVIRONMENT = { DENO_DIR: join(tmpdir(), "overlapped-deno"), DENO_NO_UPDATE_CHECK: "1" };

const MAJORS = [20, 22, 24, 26];

type RuntimeKind = keyof typeof ARGS;

interface Runtime {
  readonly kind: RuntimeKind;
  /** Such as `Node 24.18.0`. */
  readonly place: string;
  readonly path: string;
}

const TITLES: Readonly<Record<RuntimeKind, string>> = { node: "Node", bun: "Bun", deno: "Deno" };

function runtimeAt(kind: RuntimeKind, path: string): Runtime {
  const text = execFileSync(path, ["--version"], { encoding: "utf8" });
  const version = /\d+\.\d+\.\d+/.exec(text)?.[0] ?? "of an unknown version";
  return { kind, place: `${TITLES[kind]} ${version}`, path };
}

const BACKENDS = {
  uring: { OVERLAPPED_BACKEND: "uring" },
  shim: { OVERLAPPED_BACKEND: "portable" },
  bare: { OVERLAPPED_BACKEND: "portable", OVERLAPPED_SHIM: "off" },
};

function columnOf(
  { kind, place, path }: Runtime,
  library: LibraryName,
  head: Pick<Column, "name" | "title">,
  env: Player["env"] = {},
): Column {
  const player = { library, command: path, args: ARGS[kind], env: { ...ENVIRONMENT, ...env } };
  return { ...head, group: library === "overlapped" ? "overlapped" : "runtime", place, player };
}

/** This Node, and Overlapped on it. */
export function columnsHere(say: Say): Columns {
  const runtime = runtimeAt("node", process.execPath);
  const [major] = process.versions.node.split(".");
  const node = columnOf(runtime, "node:fs", { name: `node${major}`, title: `Node ${major}` });
  const ours = columnsOfOurs(runtime, say);
  return { columns: [node, ...ours.columns], missing: ours.missing };
}

/** All that there is: what is not here is fetched from npm, or named by the environment. */
export function columnsEverywhere(root: string, say: Say): Columns {
  const columns: Column[] = [];
  let missing = false;
  const find = (kind: RuntimeKind, wanted: BinaryPackage): Runtime | null => {
    const { folder: name } = wanted;
    try {
      const given = process.env[`OVERLAPPED_${name.toUpperCase()}`];
      return runtimeAt(kind, given ?? fetchBinary(root, wanted));
    } catch (error) {
      say(`${name} left out: ${error instanceof Error ? error.message : String(error)}`);
      missing = true;
      return null;
    }
  };
  const here = runtimeAt("node", process.execPath);
  for (const major of MAJORS) {
    const isHere = process.versions.node.startsWith(`${major}.`);
    const runtime = isHere ? here : find("node", nodePackage(major));
    if (runtime === null) continue;
    columns.push(columnOf(runtime, "node:fs", { name: `node${major}`, title: `Node ${major}` }));
  }
  const found = [find("bun", bunPackage()), find("deno", denoPackage())];
  const others = found.filter((runtime) => runtime !== null);
  for (const runtime of others) {
    const { kind } = runtime;
    columns.push(columnOf(runtime, kind as "bun" | "deno", { name: kind, title: TITLES[kind] }));
  }
  const ours = columnsOfOurs(here, say);
  columns.push(...ours.columns);
  for (const runtime of others) {
    const head = { name: `overlapped-${runtime.kind}`, title: `on ${TITLES[runtime.kind]}` };
    columns.push(columnOf(runtime, "overlapped", head, BACKENDS.bare));
  }
  return { columns, missing: missing || ours.missing };
}

/** Only backends that work here: what is asked for and not there would be an error, or another. */
function columnsOfOurs(runtime: Runtime, say: Say): Columns {
  const ring = new Io({ backend: "uring" }).status();
  const { rejected } = new Io({ backend: "portable" }).status();
  const noShim = rejected.find(({ candidate }) => candidate === "portable-shim")?.text ?? null;
  const ours = [
    { name: "uring", title: "io_uring", env: BACKENDS.uring, reason: ring.reason },
    { name: "portable", title: "portable", env: BACKENDS.shim, reason: noShim },
    { name: "portable-node", title: "without shim", env: BACKENDS.bare, reason: null },
  ];
  for (const { title, reason } of ours) if (reason !== null) say(`${title} left out: ${reason}`);
  const there = ours.filter(({ reason }) => reason === null);
  return {
    columns: there.map(({ name, title, env }) =>
      columnOf(runtime, "overlapped", { name, title }, env),
    ),
    missing: there.length < ours.length,
  };
}
