// A process of its own with standard streams that the test has chosen: `scenario args`. It tells
// through descriptor 3 what happens.

import { closeSync, constants, openSync, writeSync } from "node:fs";

import {
  drain,
  fromFd,
  IoBuffer,
  type IoError,
  open,
  openPty,
  openStream,
  pipe,
  stderr,
  stdin,
  stdout,
} from "../../src/index.ts";
import { type DescriptorDescription, loadDescriptors } from "../../src/kernel/descriptors.ts";

const say = (text: string): void => void writeSync(3, `${text}\n`);

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

const LINES = 2000;

/** Lines as long as a number is not; only whole ones count. */
async function writeLines(name: string): Promise<void> {
  const out = stdout();
  for (let count = 0; count < LINES; count++) {
    await out.writeAll(`${name} ${String(count).padStart(6, "0")}\n`);
  }
}

const SCENARIOS: Readonly<Record<string, (...args: string[]) => Promise<void>>> = {
  /** Reads what others share, and is canceled, and reads again. */
  shared: async () => {
    const first = stdin().readUntil("\n");
    say(`reading ${stdin().kind}`);
    say(`got ${textOf(await first).trim()}`);
    const late = stdin().readUntil("\n", { timeoutMs: 20 });
    say(`late ${await late.catch((error: IoError) => error.code)}`);
    await stdin().close();
    say("closed");
  },
  /** The same of another number: whoever starts a program changes the flags of the first three. */
  sharedAs: async (fd = "") => {
    const shared = fromFd(Number(fd));
    const first = shared.readUntil("\n");
    say(`reading ${shared.kind}`);
    say(`got ${textOf(await first).trim()}`);
    await shared.close();
    say("closed");
  },
  /** The same beside Node's own. */
  beside: async () => {
    process.stdin.once("data", (text) => {
      process.stdin.pause();
      say(`node ${text.toString().trim()}`);
      stdin()
        .readUntil("\n")
        .then((line) => say(`ours ${textOf(line).trim()}`));
      say("reading");
    });
    say("waiting");
  },
  exactly: async (count = "") => {
    say(`${stdin().kind} ${textOf(await stdin().readExactly(Number(count)))}`);
  },
  lines: async () => {
    for await (const line of stdin().lines()) say(line);
  },
  holds: async () => {
    say("reading");
    say(`got ${await stdin().read(new IoBuffer(8))}`);
  },
  unref: async () => {
    void stdin().unref().read(new IoBuffer(8));
    say("reading");
  },
  refAgain: async () => {
    const reading = stdin().unref().readExactly(2);
    stdin().ref();
    say("reading");
    say(`got ${textOf(await reading)}`);
  },
  exit: async () => {
    void stdin().readUntil("\n");
    await stdout().writeAll("bye");
    say("exiting");
    process.exit(7);
  },
  writeLines: (name = "") => writeLines(name),
  both: async () => {
    await stdout().writeAll("one ");
    await stderr().writeAll("two ");
    await stdout().writeAll("three");
  },
  /** Nobody reads its output. */
  broken: async () => {
    const { reader, writer } = pipe();
    await reader.close();
    const errors: string[] = [];
    for (const write of [() => writer.write("x"), () => writer.writeAll(new Uint8Array(100_000))]) {
      errors.push(await write().then(String, ({ code }: IoError) => code));
    }
    say(`pipe ${errors.join()}`);
    say(
      `${stdout().kind} ${await stdout()
        .writeAll("x")
        .catch(({ code }: IoError) => code)}`,
    );
  },
  /** Nobody reads what is written to a terminal: it must wait in the ring, and not in a call. */
  terminal: async (way = "") => {
    const { controller, path } = openPty();
    const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
    const terminal =
      way === "fromFd"
        ? fromFd(fd)
        : await (way === "open" ? open(path, "r+") : openStream(path, "r+"));
    const writing = terminal.writeAll(new Uint8Array(1_000_000).fill(0x78));
    const reading = terminal.read(new IoBuffer(10));
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    say(`${writing.state} ${reading.state}`);
    const [written, read] = await Promise.all([
      writing.cancel().outcome(),
      reading.cancel().outcome(),
    ]);
    say(`${written.status} ${written.bytesTransferred > 0} ${read.status}`);
    const described = loadDescriptors()?.describe(fd) as DescriptorDescription;
    say(`ours waits: ${!described.isNonBlocking}`);
    await terminal.close();
    await controller.close();
    closeSync(fd);
  },
  drain: async () => {
    const reading = stdin()
      .readUntil("\n")
      .catch(({ code }: IoError) => code);
    const { held } = await drain();
    say(`${held.length} held, ${await reading}`);
  },
};

await SCENARIOS[process.argv[2] ?? ""]?.(...process.argv.slice(3));
