// Limits of the system: no descriptor is left, and no memory for a ring.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";

import { type DeniedEnd, Launcher } from "../support/denied.ts";
import { report, type Variant } from "./variant.ts";

const SCRIPT = fileURLToPath(new URL("./limit-child.js", import.meta.url));

type Run = (what: string, options: readonly string[], env?: NodeJS.ProcessEnv) => DeniedEnd;

/** Skips with the reason where nothing can be denied. */
async function withLauncher(
  t: TestContext,
  variant: Variant,
  act: (run: Run) => void,
): Promise<void> {
  const temporary = mkdtempSync(join(tmpdir(), "overlapped-limits-"));
  try {
    const launcher = new Launcher(temporary);
    if (launcher.skip !== false) {
      t.skip(launcher.skip);
      return;
    }
    writeFileSync(join(temporary, "file"), "content");
    act((what, options, env = variant.env) =>
      launcher.run(options, [SCRIPT, what, launcher.path, temporary], env),
    );
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function seenBy({ exitCode, out, err }: DeniedEnd): Record<string, unknown> {
  assert.equal(exitCode, 0, err);
  return JSON.parse(out) as Record<string, unknown>;
}

export function limits(variant: Variant, skip: string | false): void {
  describe(`limits of the system, on ${variant.name}`, { skip }, () => {
    test("no descriptor is left: EMFILE, and all is well when some are closed", (t) =>
      withLauncher(t, variant, (run) => {
        const { backend, ...seen } = seenBy(run("files", []));
        assert.deepEqual(seen, {
          isLast: true,
          codes: ["EMFILE true"],
          failures: ["io EMFILE -24 0", "io EMFILE -24 0", "copy EMFILE -24 0"],
          isWell: true,
          isClean: true,
          left: 0,
        });
        report(t, variant, "no descriptor is left (EMFILE)", { backend: String(backend) });
      }));
  });
  if (variant.name === "uring") describe("no memory for rings", { skip }, () => noMemory(variant));
}

function noMemory(variant: Variant): void {
  const refused: readonly (readonly string[])[] = [
    ["--deny", "setup=ENOMEM"],
    ["--deny", "register=ENOMEM"],
    ["--deny", "enter=ENOMEM"],
    ["--no-ipc-lock", "--locked", "0"],
  ];
  for (const options of refused) {
    test(`the work is done all the same: ${options.join(" ")}`, (t) =>
      withLauncher(t, variant, (run) => {
        // Which backend does it is the library's choice.
        const { backend, ...seen } = seenBy(run("rings", options, { OVERLAPPED_BACKEND: "" }));
        assert.deepEqual(seen, { isWell: true, left: 0 });
        assert.notEqual(backend, "uring", "nothing was refused");
        report(t, variant, `rings are refused: ${options.join(" ")}`, {
          backend: String(backend),
        });
      }));
  }
}
