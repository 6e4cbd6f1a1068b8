// The modem's lines, by their names.

import { shown, typeError } from "../../base/errors.ts";
import * as abi from "../../kernel/terminal-abi.ts";
import { checkObject } from "../options.ts";

/** Lines between a computer and a modem: on or off. The first two are ours to set. */
export interface ModemLines {
  /** The computer is ready. */
  readonly dtr: boolean;
  /** The computer wants to send; or can take more, with `flow: "rtscts"`. */
  readonly rts: boolean;
  /** The modem can take more. */
  readonly cts: boolean;
  /** The modem is ready. */
  readonly dsr: boolean;
  /** The modem has a connection. */
  readonly carrier: boolean;
  /** Somebody calls. */
  readonly ring: boolean;
}

const BITS: Readonly<Record<keyof ModemLines, number>> = {
  dtr: abi.TIOCM_DTR,
  rts: abi.TIOCM_RTS,
  cts: abi.TIOCM_CTS,
  dsr: abi.TIOCM_DSR,
  carrier: abi.TIOCM_CAR,
  ring: abi.TIOCM_RNG,
};

export function modemLinesOf(bits: number): ModemLines {
  const isOn = (name: keyof ModemLines): boolean => (bits & BITS[name]) !== 0;
  return {
    dtr: isOn("dtr"),
    rts: isOn("rts"),
    cts: isOn("cts"),
    dsr: isOn("dsr"),
    carrier: isOn("carrier"),
    ring: isOn("ring"),
  };
}

/** Bits to set and bits to clear. */
export function changeModemLines(lines: unknown, call: string): readonly [number, number] {
  checkObject(lines, call);
  let [on, off] = [0, 0];
  for (const [name, isOn] of Object.entries(lines as object) as [string, unknown][]) {
    if (name !== "dtr" && name !== "rts") {
      const message = `Cannot ${call}: ${shown(name)} is no line of ours, wanted dtr or rts`;
      throw typeError(message, "ERR_INVALID_ARG_VALUE");
    }
    if (isOn === undefined) continue;
    if (typeof isOn !== "boolean") {
      throw typeError(`Cannot ${call}: ${name} is ${shown(isOn)}, wanted a boolean`);
    }
    if (isOn) on |= BITS[name];
    else off |= BITS[name];
  }
  return [on, off];
}
