// Goal: each example does what its first lines say. Method: each runs as a child process, as a user
// would start it.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runScript } from "../support/children.ts";

const FOLDER = new URL("../../examples/", import.meta.url);

/** What each prints if it does what it is for. */
const EXPECTED: Readonly<Record<string, readonly RegExp[]>> = {
  // Nobody is there to type. In a terminal it is tested in test/native/ask-tmux.test.ts.
  "agent-prompt.js": [/^Commands: work, delete\. .*\nBye\.\n$/],
  "checksums.js": [/^[0-9a-f]{64} \S*\/checksums\.js$/m, /^[1-9]\d* files$/m],
  "copy-progress.js": [
    /^(\d+) of \1 bytes: \S*examples\/\S+$/m,
    /^copied: [1-9]\d* files, [1-9]\d* bytes in \d+ ms$/m,
    /^Cannot copy "[^"]*nonexistent": .* \(ENOENT\)\nuntil then: 0 files, 0 bytes/m,
  ],
  "first-mirror.js": [/Left open:\W*"\/far"/, /# pass 2\n/, /# fail 0\n/],
  "lost-bytes.js": [
    /by race: "[^"]*" came of "one two three four five "/,
    /read #\d+ completed: \d+ .* is canceling/,
    /Again: simulate\(\{ seed: \d+ \}, …\)/,
    /by outcome: 200 seeds, and every message arrived/,
  ],
};

describe("examples", () => {
  test("all are known here", () => {
    const names = readdirSync(fileURLToPath(FOLDER)).filter((name) => name.endsWith(".js"));
    assert.deepEqual(names.sort(), Object.keys(EXPECTED));
  });

  for (const [name, lines] of Object.entries(EXPECTED)) {
    test(name, async () => {
      // Its tests report to whoever started it, unless they do not know that they are in one.
      const env = { NODE_TEST_CONTEXT: "" };
      const { exitCode, out, err } = await runScript(new URL(name, FOLDER), [], { env });
      assert.equal(exitCode, 0, err + out);
      for (const line of lines) assert.match(out, line);
    });
  }
});
