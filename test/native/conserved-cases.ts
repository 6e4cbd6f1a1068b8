// The tests of `conserved.test.ts`, for each backend that can be asked for terminals.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { test } from "node:test";
import { fromFd, openPipe, openStream } from "../../src/index.ts";
import { loadTerminals } from "../../src/kernel/terminal.ts";
import { makeFifo } from "../support/fifo.ts";
import { runConserved, STOPS, startWriter } from "./conserved-run.ts";

/** A terminal that changes no byte, and one descriptor of each end, which keeps it from hang-up. */
function openTerminal(): { readonly controller: number; readonly path: string; terminal: number } {
  const opened = loadTerminals().terminals!.openPty();
  assert.ok(typeof opened !== "number");
  const { controller, follower: path } = opened;
  const terminal = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  assert.equal(spawnSync("stty", ["raw", "-echo"], { stdio: [terminal] }).status, 0);
  return { controller, path, terminal };
}

export function conservedTests(temporary: string, skip: string | false): void {
  test(`${STOPS} reads of a FIFO, stopped at random`, { skip }, async (t) => {
    const path = makeFifo(temporary, "numbers");
    const child = startWriter(path);
    await runConserved(t, await openPipe(path), child);
  });

  test(`${STOPS} reads of a terminal, stopped at random`, { skip }, async (t) => {
    const { controller, path, terminal } = openTerminal();
    const child = startWriter("3", controller);
    closeSync(controller);
    await runConserved(t, await openStream(path, "r"), child);
    closeSync(terminal);
  });

  test(`${STOPS} reads of a terminal's other end, stopped at random`, { skip }, async (t) => {
    const { controller, path, terminal } = openTerminal();
    const child = startWriter(path);
    await runConserved(t, fromFd(controller), child);
    closeSync(terminal);
    closeSync(controller);
  });
}
