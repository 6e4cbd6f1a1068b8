// Node binaries to measure: the one that runs this, and others by path, from the cache, or fetched
// from npm. And Bun, likewise.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import {
  type BinaryPackage,
  bunPackage,
  cachedBinary,
  fetchBinary,
  nodePackage,
} from "../scripts/runtimes/binary.ts";
import type { Options } from "./options.ts";

/** Bun is a peer only: it has no `uv_poll_init`, which the native part needs. */
export type RuntimeKind = "node" | "bun";

export interface Runtime {
  readonly kind: RuntimeKind;
  /** Such as "node24", or "bun". */
  readonly name: string;
  /** Of Bun, that of the Node which it claims to be. */
  readonly major: number;
  readonly version: string;
  readonly path: string;
}

/** The targets name these, so their absence is worth a word. */
const EXPECTED_MAJORS = [20, 24];

function describeRuntime(path: string): Runtime {
  const ask = '(process.versions.bun ?? "") + " " + process.versions.node';
  const [bun = "", node = ""] = execFileSync(path, ["-p", ask], { encoding: "utf8" })
    .trimEnd()
    .split(" ");
  const major = Number(node.split(".")[0]);
  if (bun !== "") return { kind: "bun", name: "bun", major, version: `Bun ${bun}`, path };
  return { kind: "node", name: `node${major}`, major, version: node, path };
}

function locate(
  root: string,
  wanted: BinaryPackage,
  given: string | undefined,
  isToFetch: boolean,
): string | null {
  if (given !== undefined) return given;
  if (isToFetch) return fetchBinary(root, wanted);
  const cached = cachedBinary(root, wanted);
  return existsSync(cached) ? cached : null;
}

/** Finds what there is and says what is missing: a run with fewer peers is still a run. */
export function findRuntimes(
  options: Options,
  packageRoot: string,
  say: (line: string) => void,
): Runtime[] {
  const found = [describeRuntime(process.execPath)];
  const add = (name: string, find: () => string | null): void => {
    try {
      const path = find();
      if (path === null) return;
      const runtime = describeRuntime(path);
      if (found.every((other) => other.name !== runtime.name)) found.push(runtime);
    } catch (error) {
      say(`${name} left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const { nodePaths, fetchMajors, bunPath, fetchesBun } = options;
  for (const major of new Set([...nodePaths.keys(), ...fetchMajors, 20, 22, 24, 26])) {
    const isToFetch = fetchMajors.includes(major);
    const given = nodePaths.get(major);
    add(`Node ${major}`, () => locate(packageRoot, nodePackage(major), given, isToFetch));
  }
  add("Bun", () => locate(packageRoot, bunPackage(), bunPath, fetchesBun));
  for (const major of EXPECTED_MAJORS) {
    if (found.some(({ name }) => name === `node${major}`)) continue;
    say(`Node ${major} left out: no binary; give --node${major} PATH or --fetch ${major}`);
  }
  const place = ({ kind, major }: Runtime): number => (kind === "bun" ? Infinity : major);
  return found.sort((left, right) => place(left) - place(right));
}
