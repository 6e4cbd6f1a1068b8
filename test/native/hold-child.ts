// A process with a pending read that keeps it alive, or does not.
//
// Data come from a timer that does not hold the loop itself. So they come only if something else
// does; otherwise the process ends without them.
import { closeSync, openSync, writeSync } from "node:fs";
import { type File, IoBuffer, type Operation, open } from "../../src/index.ts";

const [kind = "", fifo = "", otherFifo = ""] = process.argv.slice(2);

function say(word: string): void {
  writeSync(1, `${word}\n`);
}

process.on("exit", () => say("exit"));

function feedLater(path: string): void {
  setTimeout(() => {
    const descriptor = openSync(path, "r+");
    writeSync(descriptor, "fed");
    closeSync(descriptor);
  }, 20).unref();
}

function tell(name: string, read: Operation<number>): void {
  read.then(
    (count) => say(`${name}: ${count} bytes`),
    () => say(`${name}: ended`),
  );
}

/** Some turns of the loop later, when it was seen that nothing holds it, or that something does. */
function someTurnsLater(act: () => void, turns = 4): void {
  setImmediate(turns === 0 ? act : () => someTurnsLater(act, turns - 1));
}

type Kind = (file: File, buffer: IoBuffer) => void | Promise<void>;

const HELD: Readonly<Record<string, Kind>> = {
  read: (file, buffer) => tell("read", file.read(buffer)),
  "ref again at once": (file, buffer) => tell("read", file.unref().ref().read(buffer)),
  "ref again while pending": (file, buffer) => {
    file.unref();
    tell("read", file.read(buffer));
    file.ref();
  },
  "ref again some turns later": (file, buffer) => {
    file.unref();
    tell("read", file.read(buffer));
    someTurnsLater(() => file.ref());
  },
  "read after the loop was let go": (file, buffer) => {
    someTurnsLater(() => tell("read", file.read(buffer)));
  },
  "queued behind an orphan": (file, buffer) => {
    file.read(new IoBuffer(10)).abandon();
    tell("read", file.read(buffer));
  },
  "one file of two": async (file, buffer) => {
    const other = (await open(otherFifo, "r+")).unref();
    tell("other", other.read(new IoBuffer(10)));
    tell("read", file.read(buffer));
  },
};

const NOT_HELD: Readonly<Record<string, Kind>> = {
  nothing: () => {},
  unref: (file, buffer) => tell("read", file.unref().read(buffer)),
  "unref while pending": (file, buffer) => {
    tell("read", file.read(buffer));
    file.unref();
  },
  "unref some turns later": (file, buffer) => {
    tell("read", file.read(buffer));
    someTurnsLater(() => file.unref());
  },
  "ref and unref again": (file, buffer) => {
    file.unref();
    tell("read", file.read(buffer));
    someTurnsLater(() => someTurnsLater(() => file.ref().unref()));
  },
  timeout: (file, buffer) => tell("read", file.unref().read(buffer, { timeoutMs: 2 ** 30 })),
  orphan: (file, buffer) => tell("read", file.read(buffer).abandon()),
  "orphan of a ref'd file": (file, buffer) => {
    const read = file.read(buffer);
    tell("read", read);
    someTurnsLater(() => {
      read.abandon();
      file.unref().ref();
    });
  },
  canceled: (file, buffer) => tell("read", file.read(buffer).cancel()),
  closed: (file, buffer) => {
    tell("read", file.read(buffer));
    file.close().then(() => say("closed"));
  },
};

const file = await open(fifo, "r+");
const held = HELD[kind];
if (held !== undefined) feedLater(fifo);
await (held ?? NOT_HELD[kind]!)(file, new IoBuffer(10));
