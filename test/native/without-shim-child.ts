// A process without the shim that does what it is told with its standard streams. What it says goes
// to standard error.

import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";

import { ask, fromFd, IoBuffer, IoError, open, pipe, stdin, stdout } from "../../src/index.ts";

const [way = "", path = ""] = process.argv.slice(2);

function say(text: string): void {
  writeSync(2, `${text}\n`);
}

async function sayError(doing: () => unknown): Promise<void> {
  try {
    say(`done: ${JSON.stringify(await doing())}`);
  } catch (error) {
    if (!(error instanceof IoError)) throw error;
    say(`${error.code}: ${error.cause instanceof Error ? error.cause.message : ""}`);
  }
}

const WAYS: Readonly<Record<string, () => Promise<unknown>>> = {
  lines: async () => {
    const input = stdin();
    const lines: string[] = [];
    for await (const line of input.lines()) lines.push(line);
    say(`${input.kind}: ${lines}`);
    await stdout().writeAll("written\n");
  },
  // Both look at the same socket; whoever is first, the other must not fail.
  "beside Node's": async () => {
    const reading = stdin().readUntil("\n");
    reading.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    say(`Node's: ${process.stdin.readable}`);
    say(
      `got: ${Buffer.from((await reading) ?? [])
        .toString()
        .trim()}`,
    );
    process.exit();
  },
  "one line": async () => {
    const line = await stdin().readUntil("\n");
    say(
      `one: ${Buffer.from(line ?? [])
        .toString()
        .trim()}`,
    );
  },
  refused: async () => {
    await sayError(() => pipe());
    await sayError(() => fromFd(Number(path)));
  },
  "timed out": () => sayError(() => stdin().readUntil("\n", { timeoutMs: 1 })),
  ask: async () => {
    say(`answer: ${JSON.stringify(await ask("first? "))}`);
    say(`answer: ${JSON.stringify(await ask("second? "))}`);
  },
  "ask for a secret": () => sayError(() => ask("secret? ", { secret: true })),
  "ask and give up": () => sayError(() => ask("nobody? ", { timeoutMs: 1 })),
  // Far more buffers than there is memory for, if they stayed.
  buffers: async () => {
    const before = process.memoryUsage().rss;
    const file = await open("/dev/zero");
    for (let count = 0; count < 4000; count++) await file.read(new IoBuffer(1_048_576));
    await file.close();
    const grown = process.memoryUsage().rss - before;
    say(grown < 1_073_741_824 ? "bounded" : `grown by ${grown} bytes`);
  },
  "a worker at work": async () => {
    const worker = new Worker(new URL(import.meta.url), { argv: ["read on and on", path] });
    await new Promise<void>((resolve) => worker.once("message", () => resolve()));
    say(`terminated: ${await worker.terminate()}`);
  },
  "read on and on": async () => {
    const { parentPort } = await import("node:worker_threads");
    const file = await open(path);
    const readOn = async (): Promise<void> => {
      const buffer = new IoBuffer(1_048_576);
      for (;;) await file.read(buffer, { position: 0 });
    };
    for (let count = 0; count < 16; count++) void readOn();
    setTimeout(() => parentPort!.postMessage("reads"), 20);
  },
};

await WAYS[way]!();
