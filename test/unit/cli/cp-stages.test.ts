/**
 * Goal: an abort is answered truthfully in each stage of a file, and a source that changes under
 * the copy gives what was there.
 * Method: the copy runs in this process with a reporter that acts at the very moment of a stage.
 */

import assert from "node:assert/strict";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Reporter, Stage, Tally } from "../../../src/cli/cp/context.ts";
import { Interruption } from "../../../src/cli/cp/messages.ts";
import { runCopy } from "../../../src/cli/cp/run.ts";
import { inFlight, status } from "../../../src/index.ts";

const temporary: string = mkdtempSync(join(tmpdir(), "overlapped-cp-stages-"));
after(() => rmSync(temporary, { recursive: true, force: true }));

const noRing: string | false = status().backend === null ? `no ring: ${status().reason}` : false;
const mebibyte = 1024 * 1024;

class Script implements Reporter {
  readonly failures: string[] = [];
  readonly notes: string[] = [];
  readonly stages: Stage[] = [];
  readonly #act: (stage: Stage, destination: string) => void;

  constructor(act: (stage: Stage, destination: string) => void) {
    this.#act = act;
  }

  stage(stage: Stage, _source: Buffer, destination: Buffer): void {
    this.stages.push(stage);
    this.#act(stage, destination.toString());
  }

  failure(message: string): void {
    this.failures.push(message);
  }

  note(message: string): void {
    this.notes.push(message);
  }
}

interface Run {
  readonly tally: Tally;
  readonly script: Script;
}

async function copy(
  sources: readonly string[],
  destination: string,
  act: (stage: Stage, destination: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<Run> {
  const script = new Script(act);
  const tally = await runCopy({
    sources: sources.map((path) => Buffer.from(path)),
    destination: Buffer.from(destination),
    recursive: true,
    signal,
    reporter: script,
  });
  assert.deepEqual(inFlight(), []);
  return { tally, script };
}

/** A folder with the file `source`; `replaced` says whether there is a `target`, too. */
function newFolder(bytes: Buffer, replaced: boolean): { folder: string; paths: [string, string] } {
  const folder = mkdtempSync(join(temporary, "case-"));
  const paths: [string, string] = [join(folder, "source"), join(folder, "target")];
  writeFileSync(paths[0], bytes);
  if (replaced) writeFileSync(paths[1], "old");
  return { folder, paths };
}

const moments = ["at once", "in a microtask", "in a later turn"] as const;

function at(moment: (typeof moments)[number], act: () => void): void {
  if (moment === "at once") act();
  else if (moment === "in a microtask") queueMicrotask(act);
  else setImmediate(act);
}

const stages = ["copying", "syncing", "renaming", "syncing directory"] as const;

for (const stage of stages) {
  for (const moment of moments) {
    for (const replaced of [false, true]) {
      const what = replaced ? "a replaced destination" : "a new destination";
      test(`abort while ${stage}, ${moment}: ${what}`, { skip: noRing }, async () => {
        const content = Buffer.alloc(3 * mebibyte + 7, stage);
        const { folder, paths } = newFolder(content, replaced);
        const controller = new AbortController();
        const abort = (): void => controller.abort(new Interruption("SIGINT"));
        const act = (now: Stage): void => {
          if (now === stage) at(moment, abort);
        };
        const { tally, script } = await copy([paths[0]], paths[1], act, controller.signal);
        assert.deepEqual(script.failures, []);
        assert.equal(tally.failures, 0);
        const names = readdirSync(folder).sort();
        if (tally.filesCopied === 1) {
          // The abort came too late, or a file that was replaced had to stay: all of it is there.
          assert.ok(readFileSync(paths[1]).equals(content));
          assert.ok(script.stages.includes("copied"));
        } else {
          assert.ok(!script.stages.includes("copied"));
          assert.deepEqual(names, replaced ? ["source", "target"] : ["source"]);
          if (replaced) assert.equal(readFileSync(paths[1], "utf8"), "old");
        }
        assert.ok(!names.includes("target.part"));
        if (moment === "at once")
          assert.equal(tally.filesCopied, isTooLate(stage, replaced) ? 1 : 0);
      });
    }
  }
}

/** Whether the old file is gone already when the stage begins. */
function isTooLate(stage: Stage, replaced: boolean): boolean {
  return stage === "syncing directory" && replaced;
}

test("abort while a symbolic link is renamed", { skip: noRing }, async () => {
  const { folder } = newFolder(Buffer.alloc(0), false);
  symlinkSync("nowhere", join(folder, "link"));
  const controller = new AbortController();
  const act = (stage: Stage): void => {
    if (stage === "syncing directory") controller.abort(new Interruption("SIGINT"));
  };
  await copy([join(folder, "link")], join(folder, "new"), act, controller.signal);
  assert.deepEqual(readdirSync(folder).sort(), ["link", "source"]);
});

test("undoing a rename leaves a file that somebody else put there", { skip: noRing }, async () => {
  const { paths } = newFolder(Buffer.from("mine"), false);
  const controller = new AbortController();
  const act = (stage: Stage): void => {
    if (stage !== "syncing directory") return;
    writeFileSync(`${paths[1]}.theirs`, "theirs");
    renameSync(`${paths[1]}.theirs`, paths[1]);
    controller.abort(new Interruption("SIGINT"));
  };
  const { tally } = await copy([paths[0]], paths[1], act, controller.signal);
  assert.equal(tally.filesCopied, 0);
  assert.equal(readFileSync(paths[1], "utf8"), "theirs");
});

test("abort of a tree ends the walk and keeps what is complete", { skip: noRing }, async () => {
  const folder = mkdtempSync(join(temporary, "tree-"));
  for (let number = 0; number < 20; number += 1) {
    mkdirSync(join(folder, "from", `${number}`), { recursive: true });
    for (let file = 0; file < 20; file += 1) {
      writeFileSync(join(folder, "from", `${number}`, `${file}`), `${number} ${file}`);
    }
  }
  const controller = new AbortController();
  let copied = 0;
  const act = (stage: Stage): void => {
    if (stage !== "copied") return;
    copied += 1;
    if (copied === 50) controller.abort(new Interruption("SIGINT"));
  };
  const target = join(folder, "to");
  const { tally, script } = await copy([join(folder, "from")], target, act, controller.signal);
  assert.deepEqual(script.failures, []);
  assert.equal(tally.filesCopied, copied);
  const names = readdirSync(target, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => lstatSync(join(target, name)).isFile());
  assert.equal(files.length, copied);
  for (const name of files) {
    assert.equal(readFileSync(join(target, name), "utf8"), name.replace("/", " "));
  }
});

for (const [before, after] of [
  [9 * mebibyte + 5, 2 * mebibyte + 1],
  [9 * mebibyte, 0],
  [100, 12 * mebibyte + 3],
  [5 * mebibyte, 12 * mebibyte],
] as const) {
  test(`a source that goes from ${before} to ${after} bytes while it is copied`, {
    skip: noRing,
  }, async () => {
    const content = Buffer.alloc(Math.max(before, after));
    for (let at = 0; at < content.length; at += 1) content[at] = at % 251;
    const { paths } = newFolder(content.subarray(0, before), false);
    const act = (stage: Stage): void => {
      if (stage !== "copying") return;
      if (after < before) truncateSync(paths[0], after);
      else writeFileSync(paths[0], content, { flag: "r+" });
    };
    const { tally, script } = await copy([paths[0]], paths[1], act);
    assert.equal(tally.filesCopied, 1);
    assert.equal(tally.failures, 0);
    assert.equal(script.notes.length, 1);
    assert.match(script.notes[0]!, after < before ? /shrank while/ : /grew while/);
    assert.ok(readFileSync(paths[1]).equals(content.subarray(0, after)));
  });
}

test("a source that vanishes between the walk and its turn is named", {
  skip: noRing,
}, async () => {
  const folder = mkdtempSync(join(temporary, "vanish-"));
  mkdirSync(join(folder, "from"));
  // More than are at work at once, so that the last ones are still to come.
  for (let number = 0; number < 200; number += 1) {
    writeFileSync(join(folder, "from", `${number}`), "content");
  }
  let started = 0;
  const act = (stage: Stage): void => {
    if (stage !== "copying") return;
    started += 1;
    if (started > 1) return;
    for (const name of readdirSync(join(folder, "from"))) unlinkSync(join(folder, "from", name));
  };
  const { tally, script } = await copy([join(folder, "from")], join(folder, "to"), act);
  assert.ok(script.failures.length > 100);
  assert.equal(tally.failures, script.failures.length);
  assert.ok(script.failures.every((text) => /cannot open '.*': no such file or/.test(text)));
  assert.equal(readdirSync(join(folder, "to")).length, tally.filesCopied);
  assert.equal(tally.filesCopied + tally.failures, 200);
});
