// What the modes of a terminal mean: words of the kernel → names, and back. Nothing is asked here.

import { shown, typeError } from "../../base/errors.ts";
import * as abi from "../../kernel/terminal-abi.ts";
import { checkNumber, checkObject } from "../options.ts";

/** Modes of a terminal or serial line. */
export interface TtyModes {
  /** Bits per second, both ways; 0 to 2_147_483_647, and 0 hangs up. Any that the line can do. */
  readonly speed: number;
  /** Bits of a character. */
  readonly dataBits: 5 | 6 | 7 | 8;
  /** The bit that is sent for checking. Characters with a wrong one are read as they are. */
  readonly parity: "none" | "even" | "odd" | "mark" | "space";
  /** Bits between a character and the next. */
  readonly stopBits: 1 | 2;
  /**
   * How an end says that it cannot take more: not at all, by modem lines, or by the characters
   * XON and XOFF (Ctrl-Q and Ctrl-S).
   */
  readonly flow: "none" | "rtscts" | "xonxoff";
  /** Whether input comes line by line, and the terminal itself knows Backspace and Ctrl-D. */
  readonly canonical: boolean;
  /** Whether the terminal shows what is typed. */
  readonly echo: boolean;
  /** Whether Ctrl-C, Ctrl-\ and Ctrl-Z make signals. */
  readonly signals: boolean;
  /** Whether Enter, a CR, is read as LF. */
  readonly translateInput: boolean;
  /** Whether output is translated, as LF to CR LF. */
  readonly translateOutput: boolean;
  /** Bytes that a read waits for if not canonical; 0 to 255. With 0 a read may give nothing. */
  readonly vmin: number;
  /** Tenths of a second; 0 to 255. With `vmin`, the longest pause between two bytes of a read. */
  readonly vtime: number;
  /** Whether the line counts as connected without the modem's carrier. */
  readonly ignoreCarrier: boolean;
  /** Whether the modem hangs up when the last one closes the line. */
  readonly hangUpOnClose: boolean;
}

/** Modes to be changed; what is absent stays as it is. */
export interface TtyModeChanges extends Partial<TtyModes> {
  /**
   * Before all others: bytes come and go as they are, as they do on a serial line. That is, not
   * `canonical`, `echo`, `signals`, `translateInput` or `translateOutput`; `flow` is `"none"`,
   * `vmin` 1, `vtime` 0; a break is read as a zero byte; the receiver is on.
   */
  readonly transparent?: true | undefined;
}

/** Speeds that have a code of their own, which other programs know: 1 to 15, and 16 + 1 to 15. */
const SLOW = [50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19_200, 38_400];
const FAST = [
  57_600, 115_200, 230_400, 460_800, 500_000, 576_000, 921_600, 1_000_000, 1_152_000, 1_500_000,
  2_000_000, 2_500_000, 3_000_000, 3_500_000, 4_000_000,
];

const SPEED_MAX = 2_147_483_647;
const BYTE_MAX = 255;

const SIZES: Readonly<Record<TtyModes["dataBits"], number>> = {
  5: abi.CS5,
  6: abi.CS6,
  7: abi.CS7,
  8: abi.CS8,
};

const PARITY_BITS = abi.PARENB | abi.PARODD | abi.CMSPAR;

const PARITIES: Readonly<Record<TtyModes["parity"], number>> = {
  none: 0,
  even: abi.PARENB,
  odd: abi.PARENB | abi.PARODD,
  mark: abi.PARENB | abi.PARODD | abi.CMSPAR,
  space: abi.PARENB | abi.CMSPAR,
};

const XON_XOFF = abi.IXON | abi.IXOFF;

/** Of a flag that is one bit: its word, and the bit. */
const FLAGS = {
  canonical: [abi.LOCAL_FLAGS, abi.ICANON],
  echo: [abi.LOCAL_FLAGS, abi.ECHO],
  signals: [abi.LOCAL_FLAGS, abi.ISIG],
  translateInput: [abi.INPUT_FLAGS, abi.ICRNL],
  translateOutput: [abi.OUTPUT_FLAGS, abi.OPOST],
  ignoreCarrier: [abi.CONTROL_FLAGS, abi.CLOCAL],
  hangUpOnClose: [abi.CONTROL_FLAGS, abi.HUPCL],
} as const;

type FlagName = keyof typeof FLAGS;

const FLAG_NAMES = Object.keys(FLAGS) as FlagName[];

/** The kernel's words by their names. */
export function modesOf(words: Uint32Array): TtyModes {
  const control = at(words, abi.CONTROL_FLAGS);
  const flag = (name: FlagName): boolean => {
    const [word, bit] = FLAGS[name];
    return (at(words, word) & bit) !== 0;
  };
  return {
    speed: at(words, abi.OUTPUT_SPEED),
    dataBits: keyOf(SIZES, control & abi.CSIZE, 8),
    parity: parityOf(control),
    stopBits: (control & abi.CSTOPB) === 0 ? 1 : 2,
    flow: flowOf(words),
    canonical: flag("canonical"),
    echo: flag("echo"),
    signals: flag("signals"),
    translateInput: flag("translateInput"),
    translateOutput: flag("translateOutput"),
    vmin: at(words, abi.CHARACTERS + abi.VMIN),
    vtime: at(words, abi.CHARACTERS + abi.VTIME),
    ignoreCarrier: flag("ignoreCarrier"),
    hangUpOnClose: flag("hangUpOnClose"),
  };
}

/** Checks, and returns a copy that no getter can change any more. */
export function takeChanges(changes: unknown, call: string): TtyModeChanges {
  checkObject(changes, call);
  const { transparent, ...modes }: TtyModeChanges = { ...(changes as TtyModeChanges) };
  if (transparent !== undefined && transparent !== true) refuse("transparent", transparent, call);
  const { speed, vmin, vtime, dataBits, stopBits, parity, flow } = modes;
  if (speed !== undefined) checkNumber(speed, "speed", call, 0, SPEED_MAX);
  if (vmin !== undefined) checkNumber(vmin, "vmin", call, 0, BYTE_MAX);
  if (vtime !== undefined) checkNumber(vtime, "vtime", call, 0, BYTE_MAX);
  if (dataBits !== undefined) checkNumber(dataBits, "dataBits", call, 5, 8);
  if (stopBits !== undefined) checkNumber(stopBits, "stopBits", call, 1, 2);
  if (parity !== undefined && !isOneOf(parity, PARITIES)) refuse("parity", parity, call);
  if (flow !== undefined && !isOneOf(flow, FLOWS)) refuse("flow", flow, call);
  for (const name of FLAG_NAMES) {
    const value: unknown = modes[name];
    if (value !== undefined && typeof value !== "boolean") refuse(name, value, call);
  }
  for (const name of Object.keys(modes)) if (!KNOWN.has(name)) refuseName(name, call);
  return { ...modes, ...(transparent === true && { transparent }) };
}

/** New words; the old ones stay as they are. */
export function changed(words: Uint32Array, changes: TtyModeChanges): Uint32Array {
  const next = changes.transparent === true ? transparent(words) : words.slice();
  const now = modesOf(next);
  const { speed, dataBits, parity, stopBits, flow, vmin, vtime } = changes;
  if (speed !== undefined && speed !== now.speed) setSpeed(next, speed);
  if (dataBits !== undefined) set(next, abi.CONTROL_FLAGS, abi.CSIZE, SIZES[dataBits]);
  if (parity !== undefined) set(next, abi.CONTROL_FLAGS, PARITY_BITS, PARITIES[parity]);
  if (stopBits !== undefined) {
    set(next, abi.CONTROL_FLAGS, abi.CSTOPB, stopBits === 2 ? abi.CSTOPB : 0);
  }
  // A usual terminal has one half of XON/XOFF, which is no reason to give it the other one.
  if (flow !== undefined && flow !== now.flow) {
    set(next, abi.INPUT_FLAGS, XON_XOFF, flow === "xonxoff" ? XON_XOFF : 0);
    set(next, abi.CONTROL_FLAGS, abi.CRTSCTS, flow === "rtscts" ? abi.CRTSCTS : 0);
  }
  if (vmin !== undefined) next[abi.CHARACTERS + abi.VMIN] = vmin;
  if (vtime !== undefined) next[abi.CHARACTERS + abi.VTIME] = vtime;
  for (const name of FLAG_NAMES) {
    const [word, bit] = FLAGS[name];
    const isOn = changes[name];
    if (isOn !== undefined) set(next, word, bit, isOn ? bit : 0);
  }
  return next;
}

/** Names of what was asked for and is not so. A line may be a little faster or slower. */
export function missing(words: Uint32Array, changes: TtyModeChanges): string[] {
  const { speed: wanted, transparent: isTransparent, ...others } = changes;
  const now = modesOf(words);
  const names = (Object.keys(others) as (keyof TtyModes)[]).filter((name) => {
    return others[name as keyof typeof others] !== undefined && changes[name] !== now[name];
  });
  if (wanted !== undefined && Math.abs(now.speed - wanted) > wanted * SPEED_TOLERANCE) {
    names.push("speed");
  }
  return names;
}

/** What two ends of a line can differ by and still understand each other. */
const SPEED_TOLERANCE = 0.025;

/** Each key at once, unseen, and none makes a signal. Output is translated as before. */
export function raw(words: Uint32Array): Uint32Array {
  const next = words.slice();
  const input = abi.BRKINT | abi.ICRNL | abi.INLCR | abi.IGNCR | abi.INPCK | abi.ISTRIP | abi.IXON;
  set(next, abi.INPUT_FLAGS, input, 0);
  set(next, abi.CONTROL_FLAGS, abi.CSIZE, abi.CS8);
  set(next, abi.LOCAL_FLAGS, abi.ECHO | abi.ICANON | abi.IEXTEN | abi.ISIG, 0);
  next[abi.CHARACTERS + abi.VMIN] = 1;
  next[abi.CHARACTERS + abi.VTIME] = 0;
  return next;
}

/** Whether each key comes at once, unseen. */
export function isRaw(words: Uint32Array): boolean {
  return (at(words, abi.LOCAL_FLAGS) & (abi.ICANON | abi.ECHO | abi.ISIG)) === 0;
}

function transparent(words: Uint32Array): Uint32Array {
  const next = raw(words);
  const breaks = abi.IGNBRK | abi.PARMRK | abi.IXOFF | abi.IXANY;
  set(next, abi.INPUT_FLAGS, breaks, 0);
  set(next, abi.OUTPUT_FLAGS, abi.OPOST, 0);
  set(next, abi.CONTROL_FLAGS, abi.CRTSCTS, 0);
  set(next, abi.CONTROL_FLAGS, abi.CREAD, abi.CREAD);
  set(next, abi.LOCAL_FLAGS, abi.ECHONL, 0);
  return next;
}

/** What a program that reads lines would get: Enter is CR, and LF if the modes say so. */
export function translatesEnter(words: Uint32Array): boolean {
  return (at(words, abi.INPUT_FLAGS) & abi.ICRNL) !== 0;
}

const FLOWS: Readonly<Record<TtyModes["flow"], true>> = { none: true, rtscts: true, xonxoff: true };

const KNOWN: ReadonlySet<string> = new Set([
  "speed",
  "dataBits",
  "parity",
  "stopBits",
  "flow",
  "vmin",
  "vtime",
  ...FLAG_NAMES,
]);

function at(words: Uint32Array, place: number): number {
  return words[place] ?? 0;
}

function set(words: Uint32Array, place: number, mask: number, bits: number): void {
  words[place] = (at(words, place) & ~mask) | bits;
}

function setSpeed(words: Uint32Array, speed: number): void {
  const [slow, fast] = [SLOW.indexOf(speed) + 1, FAST.indexOf(speed) + 1];
  const hasCode = slow > 0 || speed === 0;
  // The same for input: a code of zero there means "as output".
  set(words, abi.CONTROL_FLAGS, abi.CBAUD | abi.CIBAUD, hasCode ? slow : abi.BOTHER | fast);
  words[abi.INPUT_SPEED] = speed;
  words[abi.OUTPUT_SPEED] = speed;
}

function parityOf(control: number): TtyModes["parity"] {
  if ((control & abi.PARENB) === 0) return "none";
  return keyOf(PARITIES, control & PARITY_BITS, "none");
}

function flowOf(words: Uint32Array): TtyModes["flow"] {
  if ((at(words, abi.CONTROL_FLAGS) & abi.CRTSCTS) !== 0) return "rtscts";
  return (at(words, abi.INPUT_FLAGS) & XON_XOFF) === 0 ? "none" : "xonxoff";
}

function keyOf<K extends string | number>(
  table: Readonly<Record<K, number>>,
  bits: number,
  ifNone: K,
): K {
  // The sign of a number with bit 31 is no part of the bits.
  const found = Object.entries<number>(table).find(([, value]) => value >>> 0 === bits >>> 0);
  if (found === undefined) return ifNone;
  return (typeof ifNone === "number" ? Number(found[0]) : found[0]) as K;
}

function isOneOf(value: unknown, table: Readonly<Record<string, unknown>>): boolean {
  return typeof value === "string" && Object.hasOwn(table, value);
}

function refuse(name: string, value: unknown, call: string): never {
  const wanted = WANTED[name] ?? "a boolean";
  const code = typeof value === "string" ? "ERR_INVALID_ARG_VALUE" : "ERR_INVALID_ARG_TYPE";
  throw typeError(`Cannot ${call}: ${name} is ${shown(value)}, wanted ${wanted}`, code);
}

const WANTED: Readonly<Record<string, string>> = {
  transparent: "true",
  parity: Object.keys(PARITIES).join(", "),
  flow: Object.keys(FLOWS).join(", "),
};

/** A misspelled mode would otherwise be no mode, and the line would not work for no reason. */
function refuseName(name: string, call: string): never {
  throw typeError(`Cannot ${call}: there is no mode ${shown(name)}`, "ERR_INVALID_ARG_VALUE");
}
