// Makes a descriptor of each kind, and ends in the way it is told without closing any.
import { parentPort, workerData } from "node:worker_threads";
import { type Descriptors, loadDescriptors } from "../../src/kernel/descriptors.ts";
import { loadTerminals, type Terminals } from "../../src/kernel/terminal.ts";

const calls = loadDescriptors() as Descriptors;
const terminals = loadTerminals().terminals as Terminals;
const pipe = calls.pipe();
const pty = terminals.openPty();
if (typeof pipe === "number" || typeof pty === "number") throw new Error("no descriptors");
// The guard's own duplicate is the eighth.
const made = [
  calls.duplicate(0),
  pipe.reader,
  pipe.writer,
  calls.eventfd(0, false),
  calls.timerfd("monotonic"),
  calls.inotify(),
  pty.controller,
];
const isGuarded = terminals.guard(pty.controller) === 0;
parentPort!.postMessage(new Set(made.filter((fd) => fd > 2)).size + Number(isGuarded));
switch (workerData) {
  case "process.exit":
    process.exit(0);
    break;
  case "throw":
    throw new Error("on purpose");
  case "terminated":
    // Until it is.
    parentPort!.on("message", () => {});
    break;
  default:
}
