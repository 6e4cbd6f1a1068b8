// What the kernel's refusal of a ring means. The same errno has many causes, which only what else
// is known of the kernel and this process tells apart.
import type { AddonProblem } from "../kernel/addon.ts";
import { errnoName } from "../kernel/errno.ts";
import type { KernelFacts } from "../kernel/sysctl.ts";
import type { CandidateName, Rejection, RejectionCode } from "./rejection.ts";
import type { RingRefusal } from "./uring/refusal.ts";

/** The kernel from which on all that a ring needs is there. */
const FLOOR = [6, 0] as const;

/** The first kernel with io_uring at all. */
const FIRST = [5, 1] as const;

const OF_SHIM: Readonly<Record<AddonProblem, RejectionCode>> = {
  platform: "platform",
  off: "shim-off",
  missing: "shim-missing",
  unloadable: "shim-broken",
  abi: "shim-version",
  memory: "external-memory",
  descriptors: "descriptors",
};

export function whyNoShim(
  candidate: CandidateName,
  problem: AddonProblem,
  text: string,
): Rejection {
  return { candidate, code: OF_SHIM[problem], text, errno: null };
}

export function whyNoRing(refusal: RingRefusal, facts: KernelFacts): Rejection {
  const { call, errno, message, missingKinds } = refusal;
  const name = errnoName(errno);
  if (missingKinds.length > 0) {
    const text = `Linux ${facts.release} lacks request kinds: ${missingKinds.join(", ")}`;
    return { candidate: "uring", code: "kinds", text, errno: null };
  }
  const [code, meaning] = meaningOf(name, call !== "io_uring_setup", facts);
  return { candidate: "uring", code, text: `${meaning} (${message})`, errno: name };
}

type Meaning = readonly [code: RejectionCode, text: string];

function meaningOf(errno: string, wasSetUp: boolean, facts: KernelFacts): Meaning {
  const { release, openFilesMax, lockedMemoryMax } = facts;
  switch (errno) {
    case "EPERM":
    case "EACCES":
    case "ENOSYS":
      return wasSetUp ? byFilter(facts) : notHere(errno, facts);
    case "EINVAL": // It does not know a flag.
      return isOlder(release, FLOOR)
        ? ["kernel-old", `Linux ${release} is too old for it: 6.0 or later is needed`]
        : ["unknown", "the kernel refuses it"];
    case "ENOMEM": {
      const max = lockedMemoryMax === null ? "" : `: RLIMIT_MEMLOCK is ${lockedMemoryMax}`;
      return ["memory", `no memory for a ring, or this process may lock too little of it${max}`];
    }
    case "EMFILE": {
      const max = openFilesMax === null ? "" : `: this process may have ${openFilesMax}`;
      return ["descriptors", `too many files are open${max}`];
    }
    case "ENFILE":
      return ["descriptors", "too many files are open on this machine"];
    default:
      return ["unknown", "the kernel refuses it"];
  }
}

/** The kernel's own switch answers as filters do: only its value tells them apart. */
function notHere(errno: string, facts: KernelFacts): Meaning {
  const { release, ioUringDisabled, hasSeccompFilter } = facts;
  if (ioUringDisabled === "2" || (ioUringDisabled === "1" && errno === "EPERM")) {
    return ["switched-off", `it is switched off: kernel.io_uring_disabled is ${ioUringDisabled}`];
  }
  if (isOlder(release, FIRST)) {
    return ["kernel-old", `Linux ${release} has no io_uring: 6.0 or later is needed`];
  }
  if (hasSeccompFilter !== false || errno !== "ENOSYS") return byFilter(facts);
  return ["kernel-without", `this Linux ${release} has no io_uring`];
}

function byFilter({ hasSeccompFilter }: KernelFacts): Meaning {
  if (hasSeccompFilter === true) {
    return ["denied", "a seccomp filter denies it, as containers have by default"];
  }
  const who = hasSeccompFilter === false ? "a security module" : "a filter or security module";
  return ["denied", `${who} denies it`];
}

/** Why the portable backend cannot watch; `cause` has the `errno` of epoll, if it is that. */
export function whyNoReadiness(cause: unknown, facts: KernelFacts): Rejection {
  const { errno } = cause as { errno?: unknown };
  const candidate = "portable-shim";
  if (typeof errno !== "number") {
    return { candidate, code: "unknown", text: String(cause), errno: null };
  }
  const name = errnoName(errno);
  const [code, meaning] = meaningOf(name, true, facts);
  return { candidate, code, text: `${meaning} (epoll: ${name})`, errno: name };
}

export function whyRingFailed(errno: number): Rejection {
  const name = errnoName(errno);
  const meaning =
    name === "EBADF" || name === "EOPNOTSUPP"
      ? "somebody in this process closed its descriptor"
      : "the kernel does not let this process use it any more";
  const text = `it stopped working: ${meaning} (io_uring_enter: ${name})`;
  return { candidate: "uring", code: "failed", text, errno: name };
}

function isOlder(release: string, [wantedMajor, wantedMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = release.split(".").map((part) => Number.parseInt(part, 10));
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}
