// copy(): what it takes and gives, and what must not compile. Never run.

import {
  type CopyCandidate,
  type CopyEntry,
  CopyError,
  type CopyMethod,
  type CopyOptions,
  type CopyPath,
  type CopyProgress,
  type CopyReport,
  type CopyStage,
  copy,
  type FileType,
} from "../../src/index.ts";
import { same } from "./same.ts";

const options: CopyOptions = {
  signal: AbortSignal.abort(),
  timeoutMs: 5,
  overwrite: "never",
  preserve: true,
  followSource: true,
  reflink: "always",
  sparse: "never",
  sync: false,
  keepPartial: true,
  resume: true,
  bytesPerSecond: 1,
  filesAtOnce: 1,
  filter: async ({ type }: CopyCandidate) => type !== "fifo",
  onProgress: (progress: CopyProgress) => same<Progress>()(progress),
  onEntry: (entry: CopyEntry) => same<Entry>()(entry),
  onFailure: (error) => same<CopyError>()(error),
};

type Progress = Readonly<{
  bytesDone: number;
  bytesTotal: number;
  filesDone: number;
  filesTotal: number;
  isTotalKnown: boolean;
  source: CopyPath;
  destination: CopyPath;
  fileBytesDone: number;
  fileBytesTotal: number;
}>;

type Entry = Readonly<{
  stage: CopyStage;
  bytes: number;
  method: CopyMethod | null;
  source: CopyPath;
  destination: CopyPath;
  type: FileType;
}>;

type Report = Readonly<{
  files: number;
  directories: number;
  symlinks: number;
  bytes: number;
  bytesCopied: Readonly<Record<CopyMethod, number>>;
  bytesResumed: number;
  skipped: number;
  failures: number;
  leftBehind: readonly CopyPath[];
  durationMs: number;
}>;

export async function gives(): Promise<void> {
  const report = await copy("/a", new URL("file:///b"), options);
  same<CopyReport>()(report);
  same<Report>()(report);
  same<"reflink" | "range" | "blocks">()(method());
  same<"copying" | "syncing" | "renaming" | "copied" | "skipped" | "kept">()(stage());
}

declare const method: () => CopyMethod;
declare const stage: () => CopyStage;

export function tells(error: unknown): void {
  if (error instanceof CopyError) same<CopyReport>()(error.report);
}

export function refuses(report: CopyReport): void {
  // @ts-expect-error a destination must be there
  copy("/a");
  // @ts-expect-error there are three ways
  copy("/a", "/b", { overwrite: true });
  // @ts-expect-error trees are copied always
  copy("/a", "/b", { recursive: true });
  // @ts-expect-error an answer is true or false
  copy("/a", "/b", { filter: () => "yes" });
  // @ts-expect-error nobody is asked about a path alone
  copy("/a", "/b", { filter: (path: string) => path !== "/a/b" });
  // @ts-expect-error whole files at once are a number
  copy("/a", "/b", { filesAtOnce: "8" });
  // @ts-expect-error the rate has its unit in its name
  copy("/a", "/b", { limitRate: 1 });
  // @ts-expect-error what has been done stays as it is
  report.files = 0;
  // @ts-expect-error a copy's error has its report
  new CopyError("no space", { code: "ENOSPC" });
}
