// The progress bars: one for the file that moves, one for all of it. The library that draws them is
// loaded when there is something to draw, which is seldom.

import type { Snapshot } from "./account.ts";
import { UPDATE_MS } from "./limits.ts";
import { formatBytes } from "./messages.ts";
import { baseName, bytesOf, quotePath } from "./paths.ts";
import { figuresOf, percent, shareOf } from "./summary.ts";

/** Columns of the bar itself, at most. */
const BAR_COLUMNS_MAX = 30;

/** Columns below which there is no room for a bar beside the figures. */
const BAR_COLUMNS_MIN = 8;

export interface Bars {
  /** Prints a line above the bars. */
  print(line: string): void;
  /** Takes the bars off the screen. */
  stop(): void;
}

export async function startBars(stream: NodeJS.WriteStream, look: () => Snapshot): Promise<Bars> {
  const { default: progress } = await import("cli-progress");
  let snapshot = look();
  // A line never wraps by itself, so that no setting of the terminal has to be restored.
  const bars = new progress.MultiBar({ stream, clearOnComplete: true, linewrap: true });
  const draw = (line: (snapshot: Snapshot, columns: number) => string): void => {
    bars.create(1, 0, {}, { format: (_, { maxWidth }) => line(snapshot, maxWidth) });
  };
  draw(drawFile);
  let hasTotal = false;
  const update = (): void => {
    snapshot = look();
    // With a single file both would say the same.
    if (!hasTotal && (snapshot.filesTotal > 1 || !snapshot.isTotalKnown)) {
      hasTotal = true;
      draw(drawTotal);
    }
    bars.update();
  };
  const timer = setInterval(update, UPDATE_MS);
  timer.unref();
  update();
  return {
    print(line) {
      bars.log(`${line}\n`);
      bars.update();
    },
    stop() {
      clearInterval(timer);
      bars.stop();
    },
  };
}

/** `[=====-----] 50 %  512 MiB of 1.00 GiB  'film.mkv'`; of a single file with all figures. */
export function drawFile(snapshot: Snapshot, columns: number): string {
  const { current, filesTotal, isTotalKnown } = snapshot;
  if (current === null) return fitted(0, snapshot.phase, "", columns);
  const { bytesDone, bytesTotal, destination } = current;
  const label = quotePath(baseName(bytesOf(destination)));
  const isOnly = filesTotal === 1 && isTotalKnown;
  const figures = isOnly
    ? figuresOf(snapshot)
    : `${percent(bytesDone, bytesTotal)}  ${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
  return fitted(shareOf(bytesDone, bytesTotal), figures, label, columns);
}

/** `[==--------] 20 %  2.00 GiB of 10.0 GiB  3/12 files  800 MiB/s  ETA 10 s`. */
export function drawTotal(snapshot: Snapshot, columns: number): string {
  const { bytesDone, bytesTotal } = snapshot;
  return fitted(shareOf(bytesDone, bytesTotal), figuresOf(snapshot), "", columns);
}

function fitted(share: number, figures: string, label: string, columns: number): string {
  // Two columns stay free: some terminals wrap when the last one is written.
  const room = columns - 2 - figures.length;
  const barColumns = Math.min(BAR_COLUMNS_MAX, room - 3);
  const done = Math.round(share * barColumns);
  const bar =
    barColumns < BAR_COLUMNS_MIN ? "" : `[${"=".repeat(done)}${"-".repeat(barColumns - done)}] `;
  const name = cut(label, room - bar.length - 2);
  return `${bar}${figures}${name === "" ? "" : `  ${name}`}`.slice(0, Math.max(0, columns - 1));
}

/** Cuts a name to so many columns; what is not ASCII is taken to be two columns wide. */
function cut(label: string, columns: number): string {
  let used = 0;
  let kept = "";
  for (const character of label) {
    used += character.charCodeAt(0) < 0x7f ? 1 : 2;
    if (used > columns) return kept;
    kept += character;
  }
  return kept;
}
