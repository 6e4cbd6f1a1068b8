/**
 * Goal: without the shim, too, each byte of a FIFO or terminal is read once and in order, whatever
 * is canceled, timed out or abandoned, and whenever (P7). Method: that of `conserved.test.ts`.
 */

import "./without-shim-here.ts";

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { openPipe, openStream, status } from "../../src/index.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";
import { runConserved, STOPS, startWriter } from "./conserved-run.ts";
import { keepAlive } from "./keep-alive.ts";

const temporary: string = makeTemporary("without-shim-conserved");
keepAlive();

/** The terminal is made by a process that has the shim. */
const addon = new URL("../../../build/Release/overlapped.node", import.meta.url);
const noPty: string | false = existsSync(addon) ? false : "no shim to make a terminal with";

test(`${STOPS} reads of a FIFO, stopped at random`, async (t) => {
  assert.equal(status().rejected[0]?.code, "shim-off");
  const path = makeFifo(temporary, "numbers");
  const child = startWriter(path);
  await runConserved(t, await openPipe(path), child);
});

test(`${STOPS} reads of a terminal, stopped at random`, { skip: noPty }, async (t) => {
  const script = fileURLToPath(new URL("./conserved-terminal.js", import.meta.url));
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, OVERLAPPED_SHIM: "" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  await runConserved(t, await openStream(line.toString().trim(), "r"), child);
});
