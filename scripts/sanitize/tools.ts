// The tools: how each builds the shim, what it runs, and what it is told.

import { spawnSync } from "node:child_process";

export interface Tool {
  readonly name: string;
  /** What it finds, in words for the summary. */
  readonly finds: string;
  /** For the compiler and the linker. */
  readonly flags: readonly string[];
  /** Libraries of the compiler that have to be there before all others. */
  readonly preloads: readonly string[];
  /** What node is run by, if not directly; `%l` is the start of a log's name. */
  readonly command: readonly string[];
  readonly nodeFlags: readonly string[];
  /** `%l` is the start of a log's name, `%s` the folder of suppressions. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts of paths below test/. */
  readonly tests: readonly string[];
  /** Tests that may fail, since they say nothing under this tool: part of their name, and why. */
  readonly leftOut: Readonly<Record<string, string>>;
  /** What a log says once for each report. */
  readonly reportLine: RegExp;
  /** A report in which none of our code appears is not ours. */
  readonly isOurs: (report: string) => boolean;
}

const OURS = /overlapped\.node|\/native\/[\w-]+\.c\b/;

const CHECKED = ["-g", "-O1", "-fno-omit-frame-pointer"] as const;

/** V8 catches SIGSEGV for WebAssembly, and tests end processes by the others. */
const ADDRESS_OPTIONS =
  "log_path=%l:exitcode=66:allow_user_segv_handler=1:handle_sigbus=0:handle_sigfpe=0";

const ADDRESS_FLAGS = [...CHECKED, "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

export const TOOLS: readonly Tool[] = [
  {
    name: "address",
    finds: "memory that is out of bounds, freed or of the wrong sort (gcc)",
    flags: ADDRESS_FLAGS,
    preloads: ["libasan.so", "libubsan.so"],
    command: [],
    nodeFlags: [],
    env: {
      ASAN_OPTIONS: `${ADDRESS_OPTIONS}:detect_leaks=0`,
      UBSAN_OPTIONS: "print_stacktrace=1:log_path=%l",
    },
    tests: ["native/", "teardown/", "conformance/portable", "conformance/uring"],
    leftOut: {},
    reportLine: /ERROR: AddressSanitizer|runtime error:/g,
    isOurs: () => true,
  },
  {
    name: "leaks",
    finds: "memory that nobody refers to at the end of a process (gcc)",
    flags: ADDRESS_FLAGS,
    preloads: ["libasan.so", "libubsan.so"],
    command: [],
    nodeFlags: [],
    env: {
      // Node and others leak on purpose: what is not ours must not change how they end.
      ASAN_OPTIONS: `${ADDRESS_OPTIONS}:detect_leaks=1:fast_unwind_on_malloc=0`,
      LSAN_OPTIONS: "suppressions=%s/leaks.txt:exitcode=0:print_suppressions=0",
    },
    tests: [
      "native/descriptors",
      "native/memory-life",
      "native/misuse",
      "native/portable",
      "native/worker-descriptors",
      "regress/lost-ring",
    ],
    leftOut: {},
    reportLine: /(?:Direct|Indirect) leak of/g,
    isOurs: (report) => OURS.test(report),
  },
  {
    name: "thread",
    finds: "data that threads reach without an order (gcc)",
    flags: [...CHECKED, "-fsanitize=thread"],
    preloads: ["libtsan.so"],
    command: [],
    nodeFlags: [],
    env: {
      TSAN_OPTIONS:
        // Node's own code is full of what the tool cannot see: it must not change how tests end.
        "log_path=%l:exitcode=0:history_size=4:report_signal_unsafe=0:" +
        "ignore_noninstrumented_modules=1",
    },
    // Not native/terminal-guard: a shell that starts with this library faults (gcc 12).
    tests: [
      "conformance/portable",
      "native/calls",
      "native/copy-groups",
      "native/descriptors",
      "native/portable",
      "native/worker-descriptors",
      "regress/two-ios",
    ],
    leftOut: {
      "a call that waits for a thread is canceled": "slow calls are quicker than what cancels them",
      "what was canceled while it waited": "slow calls are quicker than what cancels them",
    },
    reportLine: /WARNING: ThreadSanitizer/g,
    isOurs: (report) => OURS.test(report),
  },
  {
    name: "valgrind",
    finds: "memory that was never written, is out of bounds or freed",
    flags: CHECKED,
    preloads: [],
    command: [
      "valgrind",
      "--log-file=%l.%p",
      "--suppressions=%s/valgrind.supp",
      "--error-limit=no",
      "--num-callers=30",
      "--fair-sched=yes",
    ],
    nodeFlags: ["--jitless"],
    env: {},
    tests: [
      "native/descriptors",
      "native/memory-life",
      "native/misuse",
      "native/worker-descriptors",
    ],
    leftOut: {},
    reportLine: /^==\d+== (?:Invalid|Conditional|Use of|Syscall param|Mismatched|Source and)/gm,
    isOurs: () => true,
  },
];

/** Why the tool cannot be used here; undefined if it can. */
export function missing({ preloads, command }: Tool): string | undefined {
  const gone = preloads.find((name) => !libraryOf(name).startsWith("/"));
  if (gone !== undefined) return `gcc has no ${gone}`;
  const [program] = command;
  if (program === undefined) return undefined;
  const { error } = spawnSync(program, ["--version"]);
  return error === undefined ? undefined : `there is no ${program}`;
}

/** Where the compiler has a library. */
export function libraryOf(name: string): string {
  const { stdout } = spawnSync("gcc", [`-print-file-name=${name}`], { encoding: "utf8" });
  return (stdout ?? "").trim();
}
