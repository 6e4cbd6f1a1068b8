// Makes its terminal raw and ends, or waits for what happens to it, in the way it is told. Talks
// over descriptor 3.
import { writeSync } from "node:fs";
import { IoBuffer, openTty, stdout, type Tty } from "../../src/index.ts";

const [way = ""] = process.argv.slice(2);
const tty = await openTty();

function say(text: string): void {
  writeSync(3, `${text}\n`);
}

function setRaw(): Tty {
  tty.setRaw(true);
  say(`raw: ${tty.isRaw}`);
  return tty;
}

/** Ctrl-C as everywhere, but each key at once and unseen. */
function setUnseen(): void {
  tty.setModes({ canonical: false, echo: false });
  say("unseen");
}

function sayRead(): Promise<void> {
  const buffer = new IoBuffer(100);
  return tty.read(buffer).then(
    (count) =>
      say(`read: ${JSON.stringify(Buffer.from(buffer.bytes.subarray(0, count)).toString())}`),
    (error) => say(`read: ${error.code}`),
  );
}

const WAYS: Readonly<Record<string, () => unknown>> = {
  natural: setRaw,
  "process.exit": () => {
    setRaw();
    process.exit(7);
  },
  throw: () => {
    setRaw();
    throw new Error("on purpose");
  },
  reject: () => {
    setRaw();
    void Promise.reject(new Error("on purpose"));
  },
  wait: () => {
    setRaw();
    void sayRead();
  },
  "wait without its listener": () => {
    setRaw();
    const listener = (): void => {};
    process.on("SIGTERM", listener);
    process.removeListener("SIGTERM", listener);
    say("nobody listens");
    void sayRead();
  },
  unseen: () => {
    setUnseen();
    void sayRead();
  },
  read: sayRead,
  resize: () => {
    const watch = tty.onResize(({ rows, columns }) => {
      say(`${rows} rows, ${columns} columns`);
      if (rows === 0) watch[Symbol.dispose]();
    });
    tty
      .onResize(() => {
        throw new Error("It was disposed of");
      })
      [Symbol.dispose]();
    say("watches");
    return sayRead();
  },
  "hang-up": () => {
    tty.onResize(() => say("resized"));
    const told = (): void => {
      say("told");
      process.exit(9);
    };
    process.once("SIGHUP", () => {
      process.once("SIGWINCH", told);
      process.kill(process.pid, "SIGWINCH");
    });
    setInterval(() => {}, 2 ** 30);
    say("watches");
  },
  "another user's": () => {
    (process as Required<NodeJS.Process>).seteuid(65_534);
    // More than it takes, and nobody looks.
    stdout().writeAll(new Uint8Array(1_000_000));
    setImmediate(() => {
      say("goes on");
      process.exit(9);
    });
  },
  "resize does not hold": () => {
    tty.onResize(() => {});
    process.on("exit", () => say("ends"));
  },
};

say(`pid: ${process.pid}`);
await WAYS[way]?.();
