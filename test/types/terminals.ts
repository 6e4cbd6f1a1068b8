// Terminals, serial lines and questions: what each call takes and gives, and what must not
// compile. Never run.

import {
  type AskHistory,
  type AskOptions,
  ask,
  type Complete,
  type Completions,
  type Io,
  type ModemLines,
  type OpenTtyOptions,
  type Operation,
  openPty,
  openTty,
  type Pty,
  type Scope,
  type StreamHandle,
  stderr,
  stdin,
  Tty,
  type TtyModeChanges,
  type TtyModes,
  type TtySize,
  type WaitingBytes,
} from "../../src/index.ts";
import { same } from "./same.ts";

const modes: TtyModes = {
  speed: 9600,
  dataBits: 8,
  parity: "even",
  stopBits: 1,
  flow: "rtscts",
  canonical: false,
  echo: false,
  signals: false,
  translateInput: false,
  translateOutput: false,
  vmin: 1,
  vtime: 0,
  ignoreCarrier: true,
  hangUpOnClose: false,
};
const changes: TtyModeChanges = { transparent: true, speed: 9600 };
const history: AskHistory = { lines: ["older"], max: 5 };
const completions: Completions = [["help"], "h"];
const complete: Complete = () => completions;
const later: Complete = async () => completions;
const options: AskOptions = {
  signal: AbortSignal.abort(),
  timeoutMs: 5,
  secret: true,
  mask: "*",
  history,
  initial: "",
  complete,
  trim: true,
  output: stderr(),
  interrupt: "signal",
  clear: true,
  maxBytes: 5,
};
const opening: OpenTtyOptions = { modes: changes, exclusive: true, timeoutMs: 5 };

export function gives(io: Io, scope: Scope, tty: Tty): void {
  for (const calls of [io, scope]) {
    same<Operation<Tty>>()(calls.openTty("/dev/ttyS0", opening));
    same<Pty>()(calls.openPty());
  }
  same<Operation<Tty>>()(openTty());
  const { controller, path } = openPty();
  same<Tty>()(controller);
  same<string>()(path);
  const stream: StreamHandle = tty;
  if (stream instanceof Tty) same<Tty>()(stream);
  same<boolean>()(tty.isRaw);
  same<TtyModes>()(tty.modes());
  same<Tty>()(tty.setRaw(true));
  same<Tty>()(tty.setModes(modes));
  same<Tty>()(tty.setSize(1, 1));
  same<Tty>()(tty.setExclusive(true));
  same<Tty>()(tty.discard("both"));
  same<TtySize>()(tty.size);
  same<Disposable>()(tty.onResize(({ rows, columns }) => same<number>()(rows - columns)));
  same<Promise<void>>()(tty.sendBreak(5, { timeoutMs: 5 }));
  const { dtr, rts, cts, dsr, carrier, ring }: ModemLines = tty.modemLines();
  for (const isOn of [dtr, rts, cts, dsr, carrier, ring]) same<boolean>()(isOn);
  same<Tty>()(tty.setModemLines({ dtr: true }));
  const { input, output }: WaitingBytes = tty.waiting();
  for (const byteCount of [input, output]) same<number>()(byteCount);
  same<Promise<string | null>>()(tty.ask("?", options));
  same<Promise<string | null>>()(ask("?", { history: ["older"], complete: later }));
}

export function refuses(io: Io, tty: Tty): void {
  // @ts-expect-error it is opened for reading and writing, always
  io.openTty("/dev/tty", "r");
  // @ts-expect-error the speed is one of the modes
  openTty("/dev/ttyS0", { speed: 9600 });
  // @ts-expect-error a size is set with setSize()
  openPty({ rows: 24 });
  // @ts-expect-error its modes are known when it is open
  tty.modes({ timeoutMs: 5 });
  // @ts-expect-error raw or not, there is no third
  tty.setRaw("cbreak");
  // @ts-expect-error the speed is called so
  tty.setModes({ baudRate: 9600 });
  // @ts-expect-error there are 5 to 8
  tty.setModes({ dataBits: 9 });
  // @ts-expect-error the other modes say what it is not
  tty.setModes({ transparent: false });
  // @ts-expect-error rows and columns, one after the other
  tty.setSize({ rows: 24, columns: 80 });
  // @ts-expect-error what is heard is the new size
  tty.onResize((size: string) => size);
  // @ts-expect-error it is everybody's, or nobody else's
  tty.setExclusive("root");
  // @ts-expect-error a time in milliseconds
  tty.sendBreak("250");
  // @ts-expect-error they are known at once
  tty.modemLines({ timeoutMs: 5 });
  // @ts-expect-error that one is the modem's
  tty.setModemLines({ cts: true });
  // @ts-expect-error both ways are told
  tty.waiting("input");
  // @ts-expect-error both are called "both"
  tty.discard("all");
  // @ts-expect-error a question has words
  tty.ask();
  // @ts-expect-error the option is called secret
  ask("?", { password: true });
  // @ts-expect-error the answer may be null
  ask("?").then((answer: string) => answer);
  // @ts-expect-error one character, as text
  ask("?", { secret: true, mask: 42 });
  // @ts-expect-error of any of them it is not known whether it is a terminal
  stdin().setRaw(true);
  // @ts-expect-error made by openTty() and its likes
  new Tty();
}
