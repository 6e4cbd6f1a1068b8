// Goal: a switch of the machine that a test sets is set back, however the test ends.
// Method: a file in the place of the switch, and processes that end in every way.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { ChildScript } from "../support/children.ts";
import { Switch, whyNotSet } from "../support/switch.ts";
import { makeTemporary } from "../support/temp.ts";

const temporary = makeTemporary("switch");

function makeSwitch(name: string): string {
  const path = join(temporary, name);
  fs.writeFileSync(path, "1\n");
  return path;
}

describe("a switch", () => {
  test("is set, and set back", async () => {
    const path = makeSwitch("usual");
    const it = new Switch(path);
    it.set("2");
    assert.equal(fs.readFileSync(path, "utf8"), "2");
    assert.equal((await it.restore()).trim(), "1");
  });

  test("that cannot be set says why", () => {
    assert.equal(whyNotSet(makeSwitch("settable")), null);
    assert.match(whyNotSet(join(temporary, "missing")) ?? "", /ENOENT/);
  });

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    test(`is set back after ${signal}`, async () => {
      const path = makeSwitch(signal);
      const child = new ChildScript(new URL("./switch-child.js", import.meta.url), [path]);
      await child.printed("set");
      assert.equal(fs.readFileSync(path, "utf8"), "2");
      child.kill(signal);
      await child.ended();
      while (fs.readFileSync(path, "utf8") !== "1") await turn();
    });
  }
});
