// Mistakes in scopes and in what is told of operations.

import type { Mutant } from "../mutant.ts";

const STATE = "src/api/scope-state.ts";
const TASK = "src/api/scope-task.ts";

const LEAVING = "unit/api/scope";
const CANCEL = "unit/api/scope-cancel";
const ERRORS = "unit/api/scope-errors";
const SHIELD = "unit/api/scope-shield";
const PROGRAMS = "sim/scopes";

export const WRONG_SCOPE: readonly Mutant[] = [
  {
    name: "scope does not wait for the operations of its files",
    file: STATE,
    find: "const ofFiles = [...this.#handles].flatMap(({ records }) => records);",
    replace: "const ofFiles: OperationRecord[] = [];",
    killers: [LEAVING, CANCEL, PROGRAMS],
  },
  {
    name: "scope does not wait for its tasks",
    file: STATE,
    find: "return this.#tasks.size + this.#inner.size > 0 ||",
    replace: "return this.#inner.size > 0 ||",
    killers: [CANCEL, ERRORS, PROGRAMS],
  },
  {
    name: "scope does not wait for scopes within it",
    file: STATE,
    find: "return this.#tasks.size + this.#inner.size > 0 ||",
    replace: "return this.#tasks.size > 0 ||",
    killers: [CANCEL, SHIELD, PROGRAMS],
  },
  {
    name: "scope left although something began while its files were closed",
    file: STATE,
    find: "while (this.#isBusy() || this.#handles.size > 0);",
    replace: "while (false);",
    killers: [LEAVING, PROGRAMS],
  },
  {
    name: "scope leaves no time for cleaning up",
    file: STATE,
    find: "for (let turn = 0; turn < FOLLOW_UP_TURNS; turn++) await undefined;",
    replace: "",
    killers: [LEAVING],
  },
  {
    name: "scope waits for what was abandoned",
    file: STATE,
    find: 'ofFiles.filter(({ state }) => state !== "abandoned")',
    replace: "ofFiles",
    killers: [LEAVING, PROGRAMS],
  },
  {
    name: "scope waits for the end of an orphan with its close",
    file: STATE,
    find: "if (isOurs && handle.records.length > 0) closing.abandon();",
    replace: "",
    killers: [LEAVING, PROGRAMS],
  },
  {
    name: "scope does not close what an open brings too late",
    file: STATE,
    find: "if (handle !== undefined) this.take(handle);",
    replace: "if (handle !== undefined && this.#cause === null) this.take(handle);",
    killers: [LEAVING, PROGRAMS],
  },
  {
    name: "files of a canceled scope go on working",
    file: STATE,
    find: "for (const handle of this.#handles) handle.endCause = given;",
    replace: "",
    killers: [CANCEL, PROGRAMS],
  },
  {
    name: "shield canceled with its scope",
    file: STATE,
    find: 'if (kind !== "shielded") inner.cancel(given);',
    replace: "{ void kind; inner.cancel(given); }",
    killers: [SHIELD],
  },
  {
    name: "scope that nobody leaves keeps the outer one for ever",
    file: STATE,
    find: 'if (kind === "loose" && inner.#phase === "open") loose.push(inner);',
    replace: 'if (kind === "loose" && inner.#phase === "left") loose.push(inner);',
    killers: [CANCEL],
  },
  {
    name: "scope takes any error for one of its cancel",
    file: STATE,
    find: "if (error === reason) return true;",
    replace: "if (error === reason || error instanceof IoError) return true;",
    killers: [ERRORS, PROGRAMS],
  },
  {
    name: "scope tells of what it has canceled itself",
    file: STATE,
    find: "if (this.isOfCancel(error)) return;",
    replace: "",
    killers: [ERRORS, PROGRAMS],
  },
  {
    name: "scope swallows failures after the first",
    file: STATE,
    find: "? this.#errors.slice(1) : this.#errors;",
    replace: "? [] : this.#errors;",
    killers: [ERRORS, PROGRAMS],
  },
  {
    name: "failure told by the scope although its task is awaited",
    file: TASK,
    find: "this.#isHeard = true;",
    replace: "",
    killers: [ERRORS, PROGRAMS],
  },
  {
    name: "scope keeps its timer",
    file: STATE,
    find: "this.#onLeft.push(() => timer.cancel());",
    replace: "",
    killers: [LEAVING, PROGRAMS],
  },
  {
    name: "a failure counts as handled because a cancel was asked for",
    file: "src/operation/operation.ts",
    find: 'outcome.status !== "failed" && this.cause?.isOwn === true',
    replace: "this.cause?.isOwn === true",
    killers: [CANCEL],
  },
];
