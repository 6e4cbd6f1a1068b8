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
  reflink: "always",
  sparse: "never",
  filesAtOnce: 1,
  filter: async ({ type }: CopyCandidate) => type !== "fifo",
  onProgress: ({ bytesDone, source }: CopyProgress) => {
    same<number>()(bytesDone);
    same<CopyPath>()(source);
  },
  onEntry: ({ stage, method, type }: CopyEntry) => {
    same<CopyStage>()(stage);
    same<CopyMethod | null>()(method);
    same<FileType>()(type);
  },
  onFailure: (error) => same<CopyError>()(error),
};

export async function gives(): Promise<void> {
  const report = await copy("/a", new URL("file:///b"), options);
  same<CopyReport>()(report);
  same<number>()(report.bytesCopied.reflink);
}

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
  // @ts-expect-error what has been done stays as it is
  report.files = 0;
  // @ts-expect-error a copy's error has its report
  new CopyError("no space", { code: "ENOSPC" });
}
