// Guards its controlling terminal and makes it raw, then ends or goes on in the way it is told.
// Talks over descriptor 3.
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { constants as system } from "node:os";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { loadTerminals, type Terminals } from "../../src/kernel/terminal.ts";
import {
  CONTROL_FLAGS,
  CS8,
  CSIZE,
  ECHO,
  ICANON,
  ICRNL,
  IEXTEN,
  INPUT_FLAGS,
  ISIG,
  IXON,
  LOCAL_FLAGS,
  MODES_WORDS,
  OPOST,
  OUTPUT_FLAGS,
} from "../../src/kernel/terminal-abi.ts";

const [way = "", detail = ""] = process.argv.slice(2);
/** Not standard input, whose modes Node restores itself at some of the ends. */
const terminal = openSync("/dev/tty", constants.O_RDWR);
const terminals = loadTerminals().terminals as Terminals;

function say(text: string): void {
  writeSync(3, `${text}\n`);
}

function must(answer: number): void {
  if (answer < 0) throw new Error(`errno ${-answer}`);
}

/** With `signals`, Ctrl-C and Ctrl-Z still are what they are. */
function setRaw(fd: number, signals = 0): void {
  const words = new Uint32Array(MODES_WORDS);
  must(terminals.getModes(fd, words));
  words[INPUT_FLAGS]! &= ~(ICRNL | IXON);
  words[OUTPUT_FLAGS]! &= ~OPOST;
  words[CONTROL_FLAGS]! = (words[CONTROL_FLAGS]! & ~CSIZE) | CS8;
  words[LOCAL_FLAGS]! &= ~(ECHO | ICANON | ISIG | IEXTEN);
  words[LOCAL_FLAGS]! |= signals;
  must(terminals.setModes(fd, words, 0));
}

function takeTerminal(fd: number, signals = 0): void {
  must(terminals.guard(fd));
  setRaw(fd, signals);
}

/** Holds the process until something ends it. */
function wait(): void {
  setInterval(() => {}, 2 ** 30);
}

/** The parts that are used here; the compiler's list of names has none of them. */
interface WebAssemblyParts {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: { readonly f: () => number } };
}

/** A load beyond the memory, of which V8 learns by SIGSEGV. */
function trapInWebAssembly(): void {
  // (module (memory 1) (func (export "f") (result i32) (i32.load (i32.const 65536000))))
  const hex =
    "0061736d010000000105016000017f030201000503010001" +
    "07050101660000" +
    "0a0c010a00418080a01f2802000b";
  const bytes = Uint8Array.from(hex.match(/../g)!, (digits) => Number.parseInt(digits, 16));
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyParts })
    .WebAssembly;
  try {
    new Instance(new Module(bytes)).exports.f();
    say("no trap");
  } catch (error) {
    say(`trapped: ${(error as Error).name}`);
  }
}

async function startWorker(workerWay: string): Promise<Worker> {
  const worker = new Worker(new URL(import.meta.url), { argv: [workerWay] });
  worker.on("error", () => {});
  await new Promise<void>((resolve) => worker.once("message", () => resolve()));
  return worker;
}

async function endWorker(ending: string): Promise<void> {
  const worker = await startWorker(`worker ${ending}`);
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  process.once("SIGUSR1", async () => {
    if (ending === "terminated") await worker.terminate();
    else worker.postMessage("end");
    await ended;
    say("worker ended");
  });
  say("raw");
  wait();
}

function beWorker(ending: string): void {
  takeTerminal(terminal);
  parentPort!.once("message", () => {
    if (ending === "process.exit") process.exit(5);
    if (ending === "throw") throw new Error("on purpose");
  });
  parentPort!.postMessage("raw");
}

/** A listener of the program, as Node has it: the process goes on. */
function listen(signal: NodeJS.Signals): void {
  process.once(signal, () => {
    process.on(signal, () => process.exit(9));
    say("heard");
  });
}

const WAYS: Readonly<Record<string, () => void | Promise<void>>> = {
  natural: () => takeTerminal(terminal),
  "process.exit": () => {
    takeTerminal(terminal);
    process.on("exit", () => say("raw"));
    process.exit(7);
  },
  throw: () => {
    takeTerminal(terminal);
    throw new Error("on purpose");
  },
  reject: () => {
    takeTerminal(terminal);
    void Promise.reject(new Error("on purpose"));
  },
  "process.abort": () => {
    takeTerminal(terminal);
    process.abort();
  },
  trap: () => {
    takeTerminal(terminal);
    new Function("%SystemBreak()")();
  },
  WebAssembly: () => {
    takeTerminal(terminal);
    trapInWebAssembly();
    wait();
  },
  wait: () => {
    takeTerminal(terminal, ISIG);
    say("raw");
    wait();
  },
  "listener before": () => {
    listen(detail as NodeJS.Signals);
    takeTerminal(terminal);
    say("raw");
    wait();
  },
  "listener behind": () => {
    takeTerminal(terminal);
    listen(detail as NodeJS.Signals);
    say("raw");
    wait();
  },
  "listener removed": () => {
    takeTerminal(terminal);
    const signal = detail as NodeJS.Signals;
    const listener = (): void => {};
    process.on(signal, listener);
    process.removeListener(signal, listener);
    must(terminals.guardSignals(system.signals[signal], true));
    say("raw");
    wait();
  },
  "signal not guarded": () => {
    must(terminals.guardSignals(system.signals[detail as NodeJS.Signals], false));
    takeTerminal(terminal);
    say("raw");
    wait();
  },
  released: () => {
    takeTerminal(terminal);
    must(terminals.release(terminal));
    setRaw(terminal);
    say("raw");
    wait();
  },
  "two terminals": () => {
    takeTerminal(terminal);
    takeTerminal(openSync(detail, constants.O_RDWR | constants.O_NOCTTY));
    say("raw");
    wait();
  },
  "by another name": () => {
    takeTerminal(terminal);
    closeSync(terminal);
    const other = openSync(detail, constants.O_RDWR);
    // Raw as it is now, it would be remembered as such.
    must(terminals.guard(other));
    must(terminals.release(other));
    say("released");
    wait();
  },
  "worker process.exit": () => endWorker("process.exit"),
  "worker throw": () => endWorker("throw"),
  "worker natural": () => endWorker("natural"),
  "worker terminated": () => endWorker("terminated"),
  "worker as well": async () => {
    takeTerminal(terminal);
    const worker = await startWorker("worker natural");
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.postMessage("end");
    await ended;
    process.once("SIGUSR1", () => {
      must(terminals.release(terminal));
      say("released");
    });
    say("raw");
    wait();
  },
  survive: () => {
    takeTerminal(terminal);
    process.kill(process.pid, "SIGTERM");
    say("survived");
    wait();
  },
  stop: () => {
    takeTerminal(terminal);
    process.once("SIGUSR1", () => process.exit(6));
    say(`pid: ${process.pid}`);
    process.kill(process.pid, detail as NodeJS.Signals);
    say("continued");
    wait();
  },
};

if (isMainThread) await WAYS[way]!();
else beWorker(way.replace("worker ", ""));
