// A prompt of an agent that works while you type. Its news come above the prompt, and what you have
// typed so far stays. Ctrl-C stops the work, a question that nobody answers has an answer, and
// Ctrl-D is the end. Try it: node dist/examples/agent-prompt.js

import { ask, IoError } from "overlapped";

const STEPS = 3;
const STEP_MS = 500;
const PATIENCE_MS = 2000;

/** Why a prompt is interrupted. */
const NEWS = Symbol("news");

/** What the agent has to say, which interrupts the prompt. */
class News {
  readonly #lines: string[] = [];
  #interrupter = new AbortController();

  /** For the prompt: aborts when there is something to say. */
  get signal(): AbortSignal {
    return this.#interrupter.signal;
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#interrupter.abort(NEWS);
  }

  print(): void {
    this.#interrupter = new AbortController();
    for (const line of this.#lines.splice(0)) console.log(line);
  }
}

/** The work, some time of it for each step. */
class Work {
  #timer: NodeJS.Timeout | undefined;

  get isUnderWay(): boolean {
    return this.#timer !== undefined;
  }

  start(news: News): void {
    this.stop();
    let step = 0;
    this.#timer = setInterval(() => {
      news.add(`Step ${++step} of ${STEPS} is done.`);
      if (step === STEPS) this.stop();
    }, STEP_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** The error's code, and that of its cause: Ctrl-C is an ABORT_ERR of ERR_INTERRUPTED. */
function codeOf(error: unknown): string {
  if (!(error instanceof IoError)) throw error;
  if (error.code !== "ABORT_ERR") return error.code;
  return error.cause === NEWS ? "news" : ((error.cause as IoError | undefined)?.code ?? "");
}

/** Yes or no; silence is no. */
async function confirm(question: string): Promise<boolean> {
  try {
    const answer = await ask(`${question} [y/N] `, { timeoutMs: PATIENCE_MS, trim: true });
    return answer?.toLowerCase() === "y";
  } catch (error) {
    if (codeOf(error) === "ETIMEDOUT") console.log("Nobody answers, so it is a no.");
    return false;
  }
}

const news = new News();
const work = new Work();
const history: string[] = [];

async function obey(command: string): Promise<void> {
  if (command === "work") work.start(news);
  else if (command === "delete") {
    console.log((await confirm("Delete everything?")) ? "Deleted." : "Not deleted.");
  } else if (command !== "") console.log(`You said ${JSON.stringify(command)}.`);
}

/** The next command; null at the end. */
async function nextCommand(): Promise<string | null> {
  for (;;) {
    news.print();
    try {
      // It vanishes when it is interrupted, and comes again below the news.
      return await ask("agent> ", { history, signal: news.signal, trim: true, clear: true });
    } catch (error) {
      const code = codeOf(error);
      if (code === "news") continue;
      if (code !== "ERR_INTERRUPTED" || !work.isUnderWay) return null;
      work.stop();
      console.log("Stopped.");
    }
  }
}

console.log("Commands: work, delete. Anything else is only repeated.");
for (let command = await nextCommand(); command !== null; command = await nextCommand()) {
  await obey(command);
}
work.stop();
console.log("Bye.");
