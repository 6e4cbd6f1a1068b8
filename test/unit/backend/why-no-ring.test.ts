// Goal: each cause for which there is no ring is told by its name, although many have one errno.
// Method: refusals as kernels give them, with what those kernels say of themselves.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { RejectionCode } from "../../../src/backend/rejection.ts";
import { type RefusedCall, RingRefusal } from "../../../src/backend/uring/refusal.ts";
import {
  whyNoReadiness,
  whyNoRing,
  whyNoShim,
  whyRingFailed,
} from "../../../src/backend/why-no-ring.ts";
import { errno } from "../../../src/kernel/errno.ts";
import type { KernelFacts } from "../../../src/kernel/sysctl.ts";

const USUAL: KernelFacts = {
  release: "6.8.0-45-generic",
  ioUringDisabled: "0",
  hasSeccompFilter: false,
  openFilesMax: "1024",
  lockedMemoryMax: "8388608",
};

interface Case {
  readonly title: string;
  readonly errno: string;
  readonly call?: RefusedCall;
  readonly facts?: Partial<KernelFacts>;
  readonly code: RejectionCode;
  readonly text: RegExp;
}

const CASES: readonly Case[] = [
  {
    title: "a container's filter answers EPERM",
    errno: "EPERM",
    facts: { hasSeccompFilter: true },
    code: "denied",
    text: /seccomp filter denies it.*EPERM/,
  },
  {
    title: "a filter answers ENOSYS",
    errno: "ENOSYS",
    facts: { hasSeccompFilter: true, ioUringDisabled: null },
    code: "denied",
    text: /seccomp filter/,
  },
  {
    title: "a filter lets the set-up pass and refuses the rest",
    errno: "EPERM",
    call: "io_uring_enter",
    facts: { hasSeccompFilter: true, ioUringDisabled: "1" },
    code: "denied",
    text: /seccomp filter.*io_uring_enter/,
  },
  { title: "a security module", errno: "EACCES", code: "denied", text: /security module/ },
  {
    title: "nobody can say who it was",
    errno: "EPERM",
    facts: { hasSeccompFilter: null },
    code: "denied",
    text: /filter or security module/,
  },
  {
    title: "the switch is at 2",
    errno: "EPERM",
    facts: { ioUringDisabled: "2", hasSeccompFilter: true },
    code: "switched-off",
    text: /io_uring_disabled is 2/,
  },
  {
    title: "the switch is at 1, for those without the privilege",
    errno: "EPERM",
    facts: { ioUringDisabled: "1" },
    code: "switched-off",
    text: /io_uring_disabled is 1/,
  },
  {
    title: "a filter answers ENOSYS while the switch is at 1",
    errno: "ENOSYS",
    facts: { ioUringDisabled: "1", hasSeccompFilter: true },
    code: "denied",
    text: /seccomp/,
  },
  {
    title: "a kernel from before io_uring",
    errno: "ENOSYS",
    facts: { release: "4.18.0-553.el8.x86_64", ioUringDisabled: null },
    code: "kernel-old",
    text: /Linux 4\.18\.0-553.* has no io_uring: 6\.0 or later/,
  },
  {
    title: "a kernel that does not know a flag",
    errno: "EINVAL",
    facts: { release: "5.15.0-91-generic" },
    code: "kernel-old",
    text: /Linux 5\.15\.0-91-generic is too old.*6\.0/,
  },
  {
    title: "a new kernel that refuses what it should know",
    errno: "EINVAL",
    code: "unknown",
    text: /refuses/,
  },
  {
    title: "a kernel that was built without it",
    errno: "ENOSYS",
    code: "kernel-without",
    text: /has no io_uring/,
  },
  {
    title: "no memory that may be locked",
    errno: "ENOMEM",
    facts: { lockedMemoryMax: "0" },
    code: "memory",
    text: /RLIMIT_MEMLOCK is 0/,
  },
  {
    title: "too many files of this process",
    errno: "EMFILE",
    facts: { openFilesMax: "32" },
    code: "descriptors",
    text: /may have 32/,
  },
  {
    title: "too many files of the machine",
    errno: "ENFILE",
    code: "descriptors",
    text: /machine/,
  },
  { title: "anything else", errno: "EIO", code: "unknown", text: /EIO/ },
];

describe("whyNoRing()", () => {
  for (const { title, errno: name, call = "io_uring_setup", facts, code, text } of CASES) {
    test(title, () => {
      const why = whyNoRing(new RingRefusal(call, errno(name)), { ...USUAL, ...facts });
      assert.equal(why.candidate, "uring");
      assert.equal(why.code, code);
      assert.equal(why.errno, name);
      assert.match(why.text, text);
      assert.doesNotMatch(why.text, /\.$/);
    });
  }

  test("a kernel that knows too little names what it lacks", () => {
    const refusal = new RingRefusal("io_uring_register", 95, ["open", "poll"]);
    const why = whyNoRing(refusal, USUAL);
    assert.deepEqual([why.code, why.errno], ["kinds", null]);
    assert.match(why.text, /open, poll/);
  });
});

test("whyNoShim() has the words of the loader", () => {
  const why = whyNoShim("uring", "unloadable", "native shim cannot be loaded: invalid ELF header");
  assert.deepEqual(why, {
    candidate: "uring",
    code: "shim-broken",
    text: "native shim cannot be loaded: invalid ELF header",
    errno: null,
  });
});

test("whyNoReadiness() has the kernel's reason, or ours", () => {
  const cause = Object.assign(new Error("epoll"), { errno: errno("EMFILE") });
  const why = whyNoReadiness(cause, USUAL);
  assert.deepEqual([why.candidate, why.code], ["portable-shim", "descriptors"]);
  assert.equal(whyNoReadiness(new Error("no threads"), USUAL).code, "unknown");
});

test("whyRingFailed() tells a descriptor that was closed from a ring that is forbidden", () => {
  assert.match(whyRingFailed(errno("EBADF")).text, /closed its descriptor.*EBADF/);
  assert.match(whyRingFailed(errno("EPERM")).text, /does not let.*EPERM/);
});
