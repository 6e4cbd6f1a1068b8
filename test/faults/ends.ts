// Processes and workers that end while a server does not answer. A request that the server has
// taken and not answered keeps a process from ending whatever it does, SIGKILL included: so it is
// with every program. One that the server has not taken yet keeps nobody, but for threads that are
// joined: those of libuv's pool.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { readFile } from "../../src/index.ts";
import { type ChildEnd, ChildScript } from "../support/children.ts";
import { makeClockJump } from "../support/jumping-clock.ts";
import { type Served, withServer } from "./served.ts";
import { report, type Variant } from "./variant.ts";

const SCRIPT = new URL("./end-child.js", import.meta.url);
const ENOSYS = 38;
const JOINED = "Node waits for the threads of its pool";

interface Expected {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it says last. */
  readonly says: RegExp;
}

const WAYS: Readonly<Record<string, Expected>> = {
  "process.exit": { code: 3, signal: null, says: /in flight: 1\n$/ },
  drain: { code: 3, signal: null, says: /held: (?:read 65536)?\n$/ },
  throw: { code: 1, signal: null, says: /reading\n$/ },
  terminate: { code: 0, signal: null, says: /terminated: 1, leaked: (?:true|false)\n$/ },
  SIGTERM: { code: null, signal: "SIGTERM", says: /reading\n$/ },
  SIGKILL: { code: null, signal: "SIGKILL", says: /reading\n$/ },
};

/** What it says before it ends, with the read in flight. */
const BEGUN: Readonly<Record<string, string>> = {
  "process.exit": "in flight",
  drain: "held: read 65536",
};

type Way = keyof typeof WAYS;

type Env = Readonly<Record<string, string>>;

function begin(env: Env, way: Way, path: string): ChildScript {
  return new ChildScript(SCRIPT, [way, path], { env });
}

function tell(child: ChildScript, way: Way): void {
  child.kill(way.startsWith("SIG") ? (way as NodeJS.Signals) : "SIGUSR2");
}

function assertEnd(way: Way, end: ChildEnd): void {
  const { code, signal, says } = WAYS[way]!;
  assert.equal(end.isHanging, false, `it did not end; it said:\n${end.out}${end.err}`);
  assert.deepEqual([end.exitCode, end.signal], [code, signal], end.out + end.err);
  assert.match(end.out, says);
}

/** The server has the request, and comes back when the process has been told to end. */
async function endWithTaken(variant: Variant, way: Way, { server, path }: Served): Promise<void> {
  await server.rule("read", "hold");
  const before = server.countOf("read");
  const child = begin(variant.env, way, path);
  await server.asked("read", before + 1);
  await child.printed("reading");
  tell(child, way);
  const begun = BEGUN[way];
  if (begun !== undefined) await child.printed(begun);
  await server.comeBack();
  assertEnd(way, await child.ended());
}

/** The server never gets the request: nobody but the process itself can end it. What it said. */
async function endWithoutServer(env: Env, way: Way, { server, path }: Served): Promise<string> {
  // To close asks the server, too, unless it has said once that it does not want to know.
  await server.rule("flush", `error ${ENOSYS}`);
  await readFile(path);
  await server.rule("open", "last");
  const child = begin(env, way, path);
  await child.printed("reading");
  tell(child, way);
  const end = await child.ended();
  assertEnd(way, end);
  await server.comeBack();
  return end.out;
}

export function ends(variant: Variant, skip: string | false): void {
  describe(`the end of a process whose server hangs, on ${variant.name}`, { skip }, () => {
    for (const way of Object.keys(WAYS)) {
      test(`${way}: it ends as it should when the server comes back`, (t) =>
        withServer(async (served) => {
          await endWithTaken(variant, way, served);
          report(t, variant, `FUSE hangs while a process ends: ${way}, then comes back`);
        }));
    }

    const skipped = !variant.hasShim && JOINED;
    for (const way of Object.keys(WAYS)) {
      test(
        `${way}: nobody waits for a server that has not taken the request`,
        { skip: skipped },
        (t) =>
          withServer(async (served) => {
            await endWithoutServer(variant.env, way, served);
            report(t, variant, `FUSE takes no request any more while a process ends: ${way}`);
          }),
      );
    }

    // A bound by the wall clock would be a day, or none.
    const clockSet = "terminate: it waits no longer when somebody sets the clock back meanwhile";
    test(clockSet, { skip: skipped }, (t) =>
      withServer(async (served) => {
        const { env, skip: noClock } = makeClockJump(served.elsewhere);
        if (noClock !== false) {
          t.skip(noClock);
          return;
        }
        const said = await endWithoutServer({ ...variant.env, ...env }, "terminate", served);
        assert.match(said, /^the clock jumps$/m);
        report(t, variant, "a worker ends while its server hangs and the clock is set back");
      }),
    );
  });
}
