/** What can be known of this machine and process that decides which backend there is. */

import { existsSync, readFileSync } from "node:fs";
import { arch, platform, release } from "node:os";
import { packageVersion } from "../version.ts";

/** Null where nobody can tell, as on other systems or without /proc. */
export interface Machine {
  readonly overlapped: string;
  readonly kernel: string;
  readonly platform: string;
  readonly runtime: string;
  /** What it looks like to be in: `"docker"`, `"kubernetes"` …; null if it does not. */
  readonly container: string | null;
  readonly seccomp: "off" | "strict" | "filter" | null;
  readonly noNewPrivileges: boolean | null;
  /** Names of the security modules, as the kernel has them. */
  readonly securityModules: string | null;
  /** kernel.io_uring_disabled; null if there is no such switch. */
  readonly ioUringDisabled: string | null;
  /** Whether this process may lock memory without a limit. */
  readonly mayLockMemory: boolean | null;
  readonly limits: {
    readonly openFiles: string | null;
    readonly lockedMemory: string | null;
    readonly processes: string | null;
  };
  /** Of the environment; null if they are not set. */
  readonly variables: Readonly<Record<string, string | null>>;
}

const VARIABLES = ["OVERLAPPED_BACKEND", "OVERLAPPED_SHIM", "UV_THREADPOOL_SIZE"];
const SECCOMP = ["off", "strict", "filter"] as const;
/** Bit of the capability that lifts the limit on locked memory. */
const CAP_IPC_LOCK = 14n;

export function describeMachine(): Machine {
  const status = read("/proc/self/status") ?? "";
  const field = (name: string): string | null =>
    new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1] ?? null;
  const effective = field("CapEff");
  const privileges = field("NoNewPrivs");
  return {
    overlapped: ownVersion(),
    kernel: release(),
    platform: `${platform()} ${arch()}`,
    runtime: runtimeName(),
    container: containerName(),
    seccomp: SECCOMP[Number(field("Seccomp") ?? Number.NaN)] ?? null,
    noNewPrivileges: privileges === null ? null : privileges === "1",
    securityModules: read("/sys/kernel/security/lsm"),
    ioUringDisabled: read("/proc/sys/kernel/io_uring_disabled"),
    mayLockMemory: effective === null ? null : hasBit(effective, CAP_IPC_LOCK),
    limits: limitsOf(read("/proc/self/limits") ?? ""),
    variables: Object.fromEntries(VARIABLES.map((name) => [name, process.env[name] ?? null])),
  };
}

/** Even where no file can be opened any more. */
function ownVersion(): string {
  try {
    return packageVersion();
  } catch {
    return "unknown";
  }
}

function runtimeName(): string {
  const { bun, deno } = process.versions as Record<string, string | undefined>;
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? `Node ${process.version}` : `Deno ${deno}`;
}

function containerName(): string | null {
  if (process.env.KUBERNETES_SERVICE_HOST !== undefined) return "kubernetes";
  if (existsSync("/.dockerenv")) return "docker";
  if (existsSync("/run/.containerenv")) return "podman";
  if (process.env.container !== undefined) return process.env.container;
  const groups = read("/proc/1/cgroup") ?? "";
  return /kubepods|docker|containerd|libpod|lxc/.exec(groups)?.[0] ?? null;
}

/** Soft limits, as they are in force. */
function limitsOf(text: string): Machine["limits"] {
  const limit = (name: string): string | null =>
    new RegExp(`^Max ${name}\\s+(\\S+)`, "m").exec(text)?.[1] ?? null;
  return {
    openFiles: limit("open files"),
    lockedMemory: limit("locked memory"),
    processes: limit("processes"),
  };
}

function hasBit(hexadecimal: string, bit: bigint): boolean {
  return ((BigInt(`0x${hexadecimal}`) >> bit) & 1n) === 1n;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}
