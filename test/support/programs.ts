// Programs in pages and comments: found, compiled against the published types, and run one after
// the other in a process of their own, each in a directory of its own.

import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runScript } from "./children.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const COMPILER = join(ROOT, "node_modules/typescript/bin/tsc");
const RUNNER = new URL("./run-programs.js", import.meta.url);

/** Far more than they take: a few seconds. */
const BOUND_MS = 120_000;

const CONFIG = {
  extends: "../../tsconfig.json",
  compilerOptions: {
    rootDir: ".",
    outDir: "compiled",
    declaration: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    skipLibCheck: true,
  },
  include: ["*.ts"],
};

/** What a program speaks of, and what it gets instead: something in its own directory. */
const PLACES: readonly (readonly [place: string, own: string])[] = [
  ["/tmp/", ""],
  ["/dev/tty", "tty"],
];

export interface Program {
  /** Where it is, such as `docs/files.md:38`. */
  readonly name: string;
  readonly text: string;
}

/** What became of a program. */
export interface Result {
  readonly name: string;
  /** What it printed. */
  readonly output: string;
  /** What went wrong; empty if nothing did. */
  readonly complaint: string;
}

/** The programs in a file of the repository: a page, or comments of a source. */
export function programsIn(path: string): Program[] {
  const lines = readFileSync(join(ROOT, path), "utf8").split("\n");
  const bare = path.endsWith(".ts") ? lines.map((line) => line.replace(/^ *\* ?/, "")) : lines;
  return bare.flatMap((line, at) => {
    if (line !== "```ts") return [];
    const text = bare.slice(at + 1, bare.indexOf("```", at));
    return [{ name: `${path}:${at + 2}`, text: `${text.join("\n")}\n` }];
  });
}

/** What a program says that it prints: comments behind `console.log()` that are no sentences. */
export function outputOf({ text }: Program): string[] {
  const said = text.matchAll(/console\.log\(.*\)\)?; \/\/ (.*[^.…\n])$/gm);
  return Array.from(said, ([, output]) => output ?? "");
}

/** Programs that have been compiled, until they are disposed of. */
export class Programs implements Disposable {
  /** What the compiler has against them; empty if nothing. */
  complaints = "";
  // In dist/, so that the package finds itself by its name.
  readonly #folder: string = mkdtempSync(join(ROOT, "dist/programs-"));
  readonly #programs: readonly Program[];

  constructor(programs: readonly Program[]) {
    this.#programs = programs;
  }

  async compile(): Promise<void> {
    for (const { name, text } of this.#programs) {
      const moved = PLACES.reduce((all, [place, own]) => all.replaceAll(place, own), text);
      writeFileSync(join(this.#folder, `${fileNameOf(name)}.ts`), moved);
    }
    writeFileSync(join(this.#folder, "tsconfig.json"), JSON.stringify(CONFIG));
    const run = promisify(execFile);
    await run(process.execPath, [COMPILER, "-p", this.#folder]).catch(
      ({ stdout }: { stdout: string }) => {
        this.complaints = stdout;
      },
    );
  }

  /** Each of them has a result, though the process may end in the middle. */
  async run(): Promise<Result[]> {
    const results = join(this.#folder, "results");
    const places = mkdtempSync(join(realpathSync(tmpdir()), "overlapped-programs-"));
    const steps = this.#programs.map(({ name }, at) => {
      const place = join(places, String(at));
      mkdirSync(place);
      return { name, place, module: join(this.#folder, "compiled", `${fileNameOf(name)}.js`) };
    });
    writeFileSync(join(this.#folder, "steps"), JSON.stringify({ steps, results }));
    // Its tests report to whoever started it, unless they do not know that they are in one.
    const options = { env: { NODE_TEST_CONTEXT: "" }, boundMs: BOUND_MS };
    try {
      const end = await runScript(RUNNER, [join(this.#folder, "steps")], options);
      const lines = existsSync(results) ? readFileSync(results, "utf8").trim().split("\n") : [];
      const told = lines.map((line) => JSON.parse(line) as Result);
      const lost = this.#programs.slice(told.length).map(({ name }) => {
        return { name, output: "", complaint: `it was not run to its end:\n${end.err}${end.out}` };
      });
      if (end.exitCode === 0 || lost.length > 0) return [...told, ...lost];
      return told.map((result) => ({
        ...result,
        complaint: result.complaint || end.out + end.err,
      }));
    } finally {
      rmSync(places, { recursive: true, force: true });
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function fileNameOf(name: string): string {
  return name.replaceAll(/[^\w]/g, "-");
}
