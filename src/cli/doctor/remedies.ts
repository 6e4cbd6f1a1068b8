/** What somebody can do to get a backend, for each reason for which it is not there. */

import type { Rejection, RejectionCode } from "../../index.ts";

const REBUILD =
  "Build the native part again: `npm rebuild overlapped`. It needs gcc or clang, make and python3.";

const BY_CODE: Readonly<Record<RejectionCode, readonly string[]>> = {
  "not-wanted": [
    "Remove OVERLAPPED_BACKEND from the environment, or the option `backend` of `new Io()`.",
  ],
  platform: ["io_uring is a part of Linux, and the native shim is for Node: use both to get it."],
  "shim-off": ["Remove OVERLAPPED_SHIM=off from the environment."],
  "shim-missing": [
    REBUILD,
    "If npm does not run install scripts (--ignore-scripts), run `node " +
      "node_modules/overlapped/scripts/install.mjs`.",
  ],
  "shim-broken": [
    REBUILD,
    "The usual cause: node_modules was copied from a machine with another C library or processor.",
  ],
  "shim-version": [REBUILD, "The usual cause: the package was updated, its native part was not."],
  "external-memory": [
    "Run it in Node itself; Electron and others like it keep memory of the outside out.",
  ],
  "kernel-old": ["Run a kernel of Linux 6.0 or later. Containers use the kernel of their host."],
  "kernel-without": [
    "Run a kernel that was built with CONFIG_IO_URING. gVisor and WSL 1 only imitate Linux.",
  ],
  "switched-off": [
    "As root, on the host: `sysctl kernel.io_uring_disabled=0`; in /etc/sysctl.d/ it is kept.",
    "With the value 1 it is enough that the process has a group of its own: " +
      "`sysctl kernel.io_uring_group=GID`, or CAP_SYS_ADMIN.",
    "Whoever switched it off may have had a reason: see docs/security.md.",
  ],
  denied: [
    "Docker: copy its default seccomp profile, add the three system calls io_uring_setup, " +
      "io_uring_enter and io_uring_register to those it allows, and start the container with " +
      "`--security-opt seccomp=profile.json`.",
    "Kubernetes: put that profile on the nodes, and name it by seccompProfile.localhostProfile " +
      "in the pod's securityContext.",
    "systemd: add them to SystemCallFilter= of the unit. SELinux and AppArmor have rules of " +
      "their own for io_uring.",
    "A filter denies io_uring on purpose; what speaks for and against it is in docs/security.md.",
  ],
  memory: [
    "Raise the limit on locked memory: `ulimit -l 8192`, `--ulimit memlock=8388608` of Docker, " +
      "LimitMEMLOCK= of systemd. A ring needs less than 64 KiB for each thread.",
    "In a container with little memory, raise its limit.",
  ],
  descriptors: [
    "Close files, or raise the limit: `ulimit -n 4096`, `--ulimit nofile=4096` of Docker, " +
      "LimitNOFILE= of systemd. A ring needs one descriptor for each thread.",
  ],
  kinds: ["Run a kernel of Linux 6.0 or later, and not one that only imitates it."],
  failed: [
    "Find who closes descriptors that are not theirs, such as a native module or a loop over " +
      "all numbers. New processes use io_uring again.",
  ],
  unknown: ["Please report it, with the output of `overlapped doctor --json`."],
};

/** Nobody who asked for a backend by name needs to hear how to get another. */
export function remediesFor(rejection: Rejection, backend: string | null): readonly string[] {
  if (rejection.code === "not-wanted" && backend !== null) return [BY_CODE["not-wanted"][0] ?? ""];
  return BY_CODE[rejection.code];
}
