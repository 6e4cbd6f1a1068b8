// The progress bar. The library that draws it is loaded when a bar is needed, which is seldom.

import type { Stage, Tally } from "./context.ts";
import { BAR_UPDATE_MS } from "./limits.ts";
import { formatBytes } from "./messages.ts";
import { baseName, quotePath } from "./paths.ts";
import { formatSeconds, Rate } from "./rate.ts";

/** Columns of the bar itself, at most. */
const barColumnsMax = 30;

/** Columns below which there is no room for a bar beside the figures. */
const barColumnsMin = 8;

/** What the copy is at. */
export interface Activity {
  readonly stage: Stage;
  readonly destination: Buffer | null;
}

export interface Bar {
  /** Prints a line above the bar. */
  print(line: string): void;
  /** Takes the bar off the screen. */
  stop(): void;
}

export async function startBar(
  stream: NodeJS.WriteStream,
  tally: Tally,
  activity: () => Activity,
): Promise<Bar> {
  const rate = new Rate();
  const { default: progress } = await import("cli-progress");
  const bars = new progress.MultiBar({
    stream,
    clearOnComplete: true,
    // The bar never wraps by itself, so that no setting of the terminal has to be restored.
    linewrap: true,
    format: (_options, { maxWidth }) => drawBar(tally, rate, activity(), maxWidth),
  });
  rate.add(performance.now(), tally.bytesWritten);
  const bar = bars.create(tally.bytesTotal, tally.bytesWritten);
  const timer = setInterval(() => {
    rate.add(performance.now(), tally.bytesWritten);
    bar.update(tally.bytesWritten);
  }, BAR_UPDATE_MS);
  timer.unref();
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

/** `[=====-----] 50 %  512 MiB of 1.00 GiB  800 MiB/s  ETA 1 s  film.mkv`. */
export function drawBar(tally: Tally, rate: Rate, activity: Activity, columns: number): string {
  const { bytesTotal, bytesWritten, filesCopied, filesTotal, isWalkDone } = tally;
  const share = bytesTotal === 0 ? 0 : Math.min(1, bytesWritten / bytesTotal);
  const leftBytes = Math.max(0, bytesTotal - bytesWritten);
  const left = isWalkDone ? leftBytes / rate.bytesPerSecond : Number.NaN;
  const figures = [
    `${Math.floor(share * 100)} %`,
    `${formatBytes(bytesWritten)} of ${formatBytes(bytesTotal)}${isWalkDone ? "" : "+"}`,
    `${formatBytes(rate.bytesPerSecond)}/s`,
    leftBytes === 0 && isWalkDone ? activity.stage : `ETA ${formatSeconds(left)}`,
  ];
  if (filesTotal > 1) figures.push(`${filesCopied}/${filesTotal}${isWalkDone ? "" : "+"} files`);
  const text = figures.join("  ");
  // Two columns stay free: some terminals wrap when the last one is written.
  const room = columns - 2 - text.length;
  const barColumns = Math.min(barColumnsMax, room - 3);
  const bar = barColumns < barColumnsMin ? "" : `${drawShare(share, barColumns)} `;
  const name = activity.destination === null ? "" : quotePath(baseName(activity.destination));
  const label = fit(name, room - bar.length - 2);
  return `${bar}${text}${label === "" ? "" : `  ${label}`}`.slice(0, Math.max(0, columns - 1));
}

function drawShare(share: number, columns: number): string {
  const done = Math.round(share * columns);
  return `[${"=".repeat(done)}${"-".repeat(columns - done)}]`;
}

/** Cuts a name to so many columns; what is not ASCII is taken to be two columns wide. */
function fit(label: string, columns: number): string {
  let used = 0;
  let fitted = "";
  for (const character of label) {
    used += character.charCodeAt(0) < 0x7f ? 1 : 2;
    if (used > columns) return fitted;
    fitted += character;
  }
  return fitted;
}
