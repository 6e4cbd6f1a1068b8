// Pseudo-terminals, from both ends.

import { constants } from "node:fs";
import { openPty, openStream, openTty, type TtyModeChanges } from "../../../src/index.ts";
import type { Case } from "../case.ts";
import { type Ends, opens, waitingReads, waitingWrites } from "../subjects.ts";

const { O_NONBLOCK, O_RDWR } = constants;
const RAW: TtyModeChanges = { transparent: true };
const CANONICAL: TtyModeChanges = { transparent: true, canonical: true };

/** One descriptor of it stays open besides, and keeps the modes. */
async function openTerminal(modes: TtyModeChanges, flags: number): Promise<Ends> {
  const { controller: peer, path } = openPty();
  const keeper = await openTty(path, { modes });
  const handle = await openStream(path, flags);
  const close = async (): Promise<void> => {
    await Promise.all([handle, keeper, peer].map((each) => each.close()));
  };
  return { handle, peer, close, ...(modes === CANONICAL ? { linesMax: 1 } : {}) };
}

async function openController(): Promise<Ends> {
  const { controller: handle, path } = openPty();
  const peer = await openTty(path, { modes: RAW });
  const close = async (): Promise<void> => void (await Promise.all([handle.close(), peer.close()]));
  return { handle, peer, close };
}

const MODES: readonly (readonly [name: string, modes: TtyModeChanges])[] = [
  ["canonical", CANONICAL],
  ["raw", RAW],
];

const FLAGS: readonly (readonly [detail: string, flags: number])[] = [
  ["", O_RDWR],
  [", with O_NONBLOCK", O_RDWR | O_NONBLOCK],
];

export const TERMINALS: readonly Case[] = [
  {
    way: "open",
    kind: "terminal",
    detail: "",
    set: async () => {
      const { controller, path } = openPty();
      const keeper = await openTty(path);
      const close = async (): Promise<void> => {
        await Promise.all([keeper.close(), controller.close()]);
      };
      return { ...opens(() => openTty(path)), close };
    },
  },
  ...MODES.flatMap(([name, modes]) =>
    FLAGS.map(([flagged, flags]): Case => {
      const set = waitingReads(() => openTerminal(modes, flags));
      return { way: "read", kind: "terminal", detail: name + flagged, set };
    }),
  ),
  ...FLAGS.map(([flagged, flags]): Case => {
    const set = waitingWrites(() => openTerminal(RAW, flags));
    return { way: "write", kind: "terminal", detail: `raw${flagged}`, set };
  }),
  { way: "read", kind: "pty controller", detail: "", set: waitingReads(openController) },
  { way: "write", kind: "pty controller", detail: "", set: waitingWrites(openController) },
];
