// Asks, in the way it is told, at its standard input or its terminal. What it says goes to
// descriptor 3.
import { writeSync } from "node:fs";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { type AskOptions, ask, IoError, openTty, stdin, Tty } from "../../src/index.ts";

const [way = ""] = process.argv.slice(2);

function say(text: string): void {
  writeSync(3, `${text}\n`);
}

async function sayAnswer(prompt: string, options?: AskOptions): Promise<void> {
  try {
    say(`answer: ${JSON.stringify(await ask(prompt, options))}`);
  } catch (error) {
    if (!(error instanceof IoError)) throw error;
    say(`error: ${error.code} ${(error.cause as IoError | undefined)?.code ?? ""}`);
  }
}

/** Asks the terminal of the process, which need not be its standard input. */
async function pending(): Promise<Tty> {
  const tty = await openTty();
  tty.ask("pending? ").catch((error: IoError) => say(error.code));
  // The prompt is behind the modes.
  say(`raw: ${tty.isRaw}`);
  return tty;
}

/** Node stands between a signal and a program that listens to it. */
function heard(signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => process.once(signal, () => resolve()));
}

const WAYS: Readonly<Record<string, () => Promise<unknown>>> = {
  one: () => {
    say(`pid: ${process.pid}`);
    return sayAnswer("1? ");
  },
  "hang-up": () => {
    process.once("SIGHUP", () => say("hung up"));
    return sayAnswer("1? ");
  },
  two: async () => {
    await sayAnswer("1? ");
    await sayAnswer("2? ");
  },
  short: async () => {
    for (const maxBytes of [1, 4, 5]) await sayAnswer("? ", { maxBytes });
  },
  secret: () => sayAnswer("1? ", { secret: true, mask: "*" }),
  "with history": () => sayAnswer("1? ", { history: ["older", "old"] }),
  "as a signal": () => sayAnswer("1? ", { interrupt: "signal" }),
  "as a signal that is heard": async () => {
    process.once("SIGINT", () => say("heard"));
    await sayAnswer("1? ", { interrupt: "signal" });
  },
  "not held": async () => {
    stdin().unref();
    void sayAnswer("1? ");
    process.on("exit", () => say("ends"));
    const tty = stdin();
    // What is shown holds the process, what is awaited does not.
    if (tty instanceof Tty) await tty.ready("writable");
  },
  pending: async () => {
    await pending();
    say("asked");
  },
  "process.exit": async () => {
    await pending();
    process.exit(7);
  },
  throw: async () => {
    await pending();
    throw new Error("on purpose");
  },
  reject: async () => {
    await pending();
    await Promise.reject(new Error("on purpose"));
  },
  "unhandled Ctrl-C": async () => {
    const tty = await openTty();
    say("asks");
    await tty.ask("pending? ");
  },
  listener: async () => {
    const terminated = heard("SIGTERM");
    const tty = await pending();
    say("asked");
    await terminated;
    say(`still raw: ${tty.isRaw}`);
    process.exit(9);
  },
  worker: async () => {
    if (!isMainThread) {
      await pending();
      parentPort?.postMessage("asked");
      return;
    }
    const worker = new Worker(new URL(import.meta.url), { argv: [way] });
    await new Promise((resolve) => worker.once("message", resolve));
    const told = heard("SIGUSR1");
    say("asked");
    await told;
    await worker.terminate();
    say("terminated");
    setInterval(() => {}, 2 ** 30);
  },
};

await WAYS[way]?.();
