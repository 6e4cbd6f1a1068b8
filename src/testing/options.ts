// What a caller may ask of a simulation, and the checks. Names that are not known are refused: a
// slip of the pen in a test would otherwise test nothing.

import { checkNumber, checkObject } from "../api/options.ts";
import { REQUEST_KINDS } from "../backend/capabilities.ts";
import {
  FAULT_NAMES,
  type Fault,
  type FaultRates,
  type ScriptedFault,
} from "../backend/sim/faults.ts";
import { rangeError, shown, typeError } from "../base/errors.ts";
import { TIMEOUT_MS_MAX } from "../base/limits.ts";
import { FAULT_SETS, type FaultSet } from "./fault-sets.ts";

export const SEED_MAX: number = 0xffff_ffff;

/** Real milliseconds without a sign of life: far more than a turn, and soon enough for a test. */
const PATIENCE_MS = 500;

/**
 * Options of `simulate` and `simulateSeeds`.
 *
 * @example The first read completes although it was canceled
 * ```ts
 * import { IoBuffer } from "overlapped";
 * import { simulate } from "overlapped/testing";
 * const script = [{ fault: "lateCancel", kind: "read", nth: 1 }] as const;
 * await simulate({ script }, async (io, world) => {
 *   world.makeFile("/a", "text");
 *   await using file = await io.open("/a");
 *   const outcome = await file.read(new IoBuffer(4), { timeoutMs: 10 }).outcome();
 *   console.log(outcome.status, world.nowMs); // completed 10
 * });
 * ```
 */
export interface SimulateOptions {
  /** 0 to 4_294_967_295; 0 if absent. The same seed gives the same run. */
  readonly seed?: number | undefined;
  /**
   * A set of which the seed draws some, each with a probability of its own; or the probability of
   * each fault by name, 0 to 1. `"benign"` if absent, but `"none"` with a script.
   */
  readonly faults?: FaultSet | FaultRates | undefined;
  /** Faults that happen to requests chosen in advance; none if absent. Each must come to pass. */
  readonly script?: readonly ScriptedFault[] | undefined;
  /**
   * How often the kernel does not do what is first in line, and how often it is slow, so that time
   * passes meanwhile; 0 to 1. If absent it is drawn from the seed, but 0 without faults.
   */
  readonly disorder?: number | undefined;
  /**
   * Real milliseconds for which nothing at all must happen, in the simulation or outside, until a
   * function counts as one that waits in vain; 0 to 2_147_483_647, 500 if absent.
   */
  readonly patienceMs?: number | undefined;
}

const OPTION_NAMES = ["seed", "faults", "script", "disorder", "patienceMs"];
const SCRIPT_NAMES = ["fault", "kind", "path", "nth"];

/** The options as they were when the call was made. */
export interface Settings {
  readonly seed: number;
  readonly faults: FaultSet | FaultRates;
  readonly script: readonly ScriptedFault[];
  /** Undefined if it is to be drawn. */
  readonly disorder: number | undefined;
  readonly patienceMs: number;
}

export function takeSettings(options: SimulateOptions, call: string): Settings {
  checkObject(options, call);
  checkNames(options, OPTION_NAMES, "option", call);
  const { seed = 0, faults, script = [], disorder, patienceMs = PATIENCE_MS } = options;
  checkNumber(seed, "seed", call, 0, SEED_MAX);
  checkNumber(patienceMs, "patienceMs", call, 0, TIMEOUT_MS_MAX);
  if (disorder !== undefined) checkShare(disorder, "disorder", call);
  if (!Array.isArray(script)) {
    throw typeError(`Cannot ${call}: script is ${shown(script)}, wanted an array`);
  }
  return {
    seed,
    faults: takeFaults(faults === undefined ? usualFaults(script) : faults, call),
    script: Array.from(script, (line: unknown) => takeLine(line, call)),
    disorder,
    patienceMs,
  };
}

/** A story that is told in a script is told without others, if nobody asks for them. */
export function usualFaults(script: readonly ScriptedFault[]): FaultSet {
  return script.length > 0 ? "none" : "benign";
}

function takeFaults(faults: unknown, call: string): FaultSet | FaultRates {
  if (typeof faults === "string" && !(FAULT_SETS as readonly string[]).includes(faults)) {
    throw badValue("faults", faults, `one of ${FAULT_SETS.join(", ")}, or rates`, call);
  }
  if (typeof faults === "string") return faults as FaultSet;
  if (typeof faults !== "object" || faults === null || Array.isArray(faults)) {
    throw typeError(`Cannot ${call}: faults are ${shown(faults)}, wanted a string or an object`);
  }
  checkNames(faults, FAULT_NAMES, "fault", call);
  const rates = Object.entries(faults).filter(([, rate]) => rate !== undefined);
  for (const [name, rate] of rates) checkShare(rate, name, call);
  return Object.fromEntries(rates);
}

function takeLine(line: unknown, call: string): ScriptedFault {
  if (typeof line !== "object" || line === null) {
    throw typeError(`Cannot ${call}: script has ${shown(line)}, wanted an object`);
  }
  checkNames(line, SCRIPT_NAMES, "name in the script", call);
  const { fault, kind, path, nth } = line as Partial<Record<keyof ScriptedFault, unknown>>;
  if (!(FAULT_NAMES as readonly unknown[]).includes(fault)) {
    throw badValue("fault", fault, `one of ${FAULT_NAMES.join(", ")}`, call);
  }
  if (kind !== undefined && !(REQUEST_KINDS as readonly unknown[]).includes(kind)) {
    throw badValue("kind", kind, `one of ${REQUEST_KINDS.join(", ")}`, call);
  }
  if (path !== undefined && typeof path !== "string") {
    throw typeError(`Cannot ${call}: path is ${shown(path)}, wanted a string`);
  }
  if (nth !== undefined) checkNumber(nth, "nth", call, 1, Number.MAX_SAFE_INTEGER);
  return { fault: fault as Fault, kind, path, nth } as ScriptedFault;
}

function checkNames(given: object, known: readonly string[], what: string, call: string): void {
  const wrong = Object.keys(given).find((name) => !known.includes(name));
  if (wrong !== undefined) throw badValue(`a ${what}`, wrong, `one of ${known.join(", ")}`, call);
}

function checkShare(value: unknown, name: string, call: string): void {
  if (typeof value !== "number") {
    throw typeError(`Cannot ${call}: ${name} is ${shown(value)}, wanted a number`);
  }
  if (value >= 0 && value <= 1) return;
  throw rangeError(`Cannot ${call}: ${name} is ${value}, wanted a number from 0 to 1`);
}

function badValue(name: string, value: unknown, wanted: string, call: string): TypeError {
  const message = `Cannot ${call}: ${name} is ${shown(value)}, wanted ${wanted}`;
  return typeError(message, "ERR_INVALID_ARG_VALUE");
}
