// Scenarios of stream-child.ts in processes of their own, with the standard streams that a test
// wants them to have.

import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("./stream-child.js", import.meta.url));

/** Far above what any needs: who runs longer hangs. */
const BOUND_MS = 60_000;

export interface StreamRun {
  readonly child: ChildProcess;
  /** Waits until its messages, one a line, have one that begins so; that message. */
  heard(start: string): Promise<string>;
  /** How it ended: exit code or signal; and all that it has said. */
  readonly ended: Promise<{ readonly end: number | string | null; readonly said: string[] }>;
}

/** It says what it has to say through its descriptor 3; what comes after the first three is 4. */
export function runStreamChild(
  scenario: string,
  stdio: readonly unknown[],
  ...args: readonly string[]
): StreamRun {
  const line = ["--enable-source-maps", CHILD, scenario, ...args];
  const child = spawn(process.execPath, line, {
    stdio: [...stdio.slice(0, 3), "pipe", ...stdio.slice(3)] as StdioOptions,
    env: { ...process.env, NODE_OPTIONS: "", NODE_TEST_CONTEXT: "" },
  });
  let text = "";
  const listeners = new Set<() => void>();
  const messages = (): string[] => text.split("\n").slice(0, -1);
  const said = child.stdio[3] as NodeJS.ReadableStream;
  said.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    for (const listener of listeners) listener();
  });
  const bound = setTimeout(() => child.kill("SIGKILL"), BOUND_MS);
  const ended = once(child, "close").then(([code, signal]) => {
    clearTimeout(bound);
    for (const listener of listeners) listener();
    return { end: (signal ?? code) as number | string | null, said: messages() };
  });
  const heard = (start: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = messages().find((message) => message.startsWith(start));
        if (found !== undefined) resolve(found);
        else if (child.exitCode !== null || child.signalCode !== null) {
          reject(new Error(`It ended without "${start}"; it said ${JSON.stringify(messages())}`));
        } else return;
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  return { child, heard, ended };
}
