/**
 * Goal: each call of `Terminals` does to a terminal what it says, tells an errno where the kernel
 * refuses, and throws for arguments of the wrong kind.
 * Method: pseudo-terminals, looked at from the other end and by programs of the system. What only a
 * serial line has (modem lines, break) is called on a pty as far as that goes.
 */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { test } from "node:test";
import { type Addon, loadAddon } from "../../src/kernel/addon.ts";
import { type Descriptors, loadDescriptors } from "../../src/kernel/descriptors.ts";
import { errno } from "../../src/kernel/errno.ts";
import {
  GUARDED_SIGNALS,
  loadTerminals,
  type Terminals,
  type WaitingBytes,
} from "../../src/kernel/terminal.ts";
import {
  CHARACTERS,
  CONTROL_FLAGS,
  CRTSCTS,
  CSTOPB,
  ECHO,
  ICANON,
  INPUT_SPEED,
  LOCAL_FLAGS,
  MODES_WORDS,
  OUTPUT_SPEED,
  PARODD,
  VMIN,
} from "../../src/kernel/terminal-abi.ts";
import { noTerminals, TestPty } from "../support/pty.ts";
import { assertArgumentsChecked } from "../support/wrong-arguments.ts";

const calls = loadTerminals().terminals as Terminals;
const descriptors = loadDescriptors() as Descriptors;
const ENOTTY = -errno("ENOTTY");
const EBADF = -errno("EBADF");
const EIO = -errno("EIO");

function modesOf(fd: number): Uint32Array {
  const words = new Uint32Array(MODES_WORDS);
  assert.equal(calls.getModes(fd, words), 0);
  return words;
}

function stty(pty: TestPty, ...args: readonly string[]): string {
  const stdio: [number, "pipe", "inherit"] = [pty.follower, "pipe", "inherit"];
  return execFileSync("stty", args, { encoding: "utf8", stdio });
}

test("modes are those that stty shows, and sets", { skip: noTerminals }, () => {
  const pty = new TestPty();
  const words = modesOf(pty.follower);
  words[LOCAL_FLAGS]! &= ~(ECHO | ICANON);
  words[CONTROL_FLAGS]! |= CSTOPB | PARODD | CRTSCTS;
  words[CHARACTERS + VMIN] = 7;
  assert.equal(calls.setModes(pty.follower, words, 0), 0);
  const shown = stty(pty, "-a");
  for (const part of [" -icanon ", " -echo ", " cstopb ", " parodd", " crtscts", "min = 7;"]) {
    assert.ok(shown.includes(part), `${part} is not in ${shown}`);
  }
  stty(pty, "echo", "icanon", "-cstopb", "min", "3");
  const changed = modesOf(pty.follower);
  assert.equal(changed[LOCAL_FLAGS]! & (ECHO | ICANON), ECHO | ICANON);
  assert.equal(changed[CONTROL_FLAGS]! & CSTOPB, 0);
  assert.equal(changed[CHARACTERS + VMIN], 3);
});

test("modes that are read and set again are the same", { skip: noTerminals }, () => {
  const pty = new TestPty();
  for (const speed of ["38400", "115200", "50", "4000000"]) {
    stty(pty, speed);
    const words = modesOf(pty.follower);
    assert.equal(words[OUTPUT_SPEED], Number(speed));
    assert.equal(calls.setModes(pty.follower, words, 0), 0);
    assert.deepEqual(modesOf(pty.follower), words);
  }
});

test("a speed is any number, and a usual one has its name", { skip: noTerminals }, () => {
  const pty = new TestPty();
  const words = modesOf(pty.follower);
  for (const speed of [250_000, 12_345, 9600, 921_600]) {
    words[INPUT_SPEED] = speed;
    words[OUTPUT_SPEED] = speed;
    assert.equal(calls.setModes(pty.follower, words, 0), 0);
    const now = modesOf(pty.follower);
    assert.deepEqual([now[INPUT_SPEED], now[OUTPUT_SPEED]], [speed, speed]);
  }
  assert.equal(stty(pty, "speed").trim(), "921600");
  words[INPUT_SPEED] = 1200;
  assert.equal(calls.setModes(pty.follower, words, 0), 0);
  const now = modesOf(pty.follower);
  assert.deepEqual([now[INPUT_SPEED], now[OUTPUT_SPEED]], [1200, 921_600]);
});

/** What is written to a pty arrives later; all of it, once its first byte is there. */
function waitForByte(fd: number): void {
  assert.equal(readSync(fd, Buffer.alloc(1)), 1);
}

test("input is discarded when modes are set so, else kept", { skip: noTerminals }, () => {
  const pty = new TestPty();
  const words = modesOf(pty.follower);
  words[LOCAL_FLAGS]! &= ~(ECHO | ICANON);
  assert.equal(calls.setModes(pty.follower, words, 0), 0);
  pty.type("before");
  waitForByte(pty.follower);
  assert.equal(calls.setModes(pty.follower, words, 0), 0);
  assert.deepEqual(calls.waiting(pty.follower), { input: 5, output: 0 });
  assert.equal(calls.setModes(pty.follower, words, 2), 0);
  assert.deepEqual(calls.waiting(pty.follower), { input: 0, output: 0 });
  pty.type("behind");
  const room = Buffer.alloc(16);
  assert.equal(room.toString("utf8", 0, readSync(pty.follower, room)), "behind");
});

test("each queue is discarded by its name", { skip: noTerminals }, () => {
  const pty = new TestPty();
  stty(pty, "raw", "-echo");
  const type = (): void => {
    pty.type("12345");
    waitForByte(pty.follower);
  };
  const send = (): void => {
    writeSync(pty.follower, "678");
    waitForByte(pty.controller);
  };
  const inputs = (): number[] =>
    [pty.follower, pty.controller].map((fd) => (calls.waiting(fd) as WaitingBytes).input);
  type();
  send();
  assert.deepEqual(inputs(), [4, 2]);
  assert.equal(calls.discard(pty.follower, "input"), 0);
  assert.deepEqual(inputs(), [0, 2]);
  type();
  // What a pty has sent is its controller's input.
  assert.equal(calls.discard(pty.controller, "input"), 0);
  assert.deepEqual(inputs(), [4, 0]);
  assert.equal(calls.discard(pty.follower, "output"), 0);
  assert.deepEqual(inputs(), [4, 0]);
  assert.equal(calls.discard(pty.follower, "both"), 0);
  assert.deepEqual(inputs(), [0, 0]);
});

test("the size is what the other end has set", { skip: noTerminals }, () => {
  const pty = new TestPty();
  const size = new Uint16Array(4);
  pty.resize(50, 132);
  assert.equal(calls.getSize(pty.follower, size), 0);
  assert.deepEqual([...size], [50, 132, 0, 0]);
  assert.equal(stty(pty, "size").trim(), "50 132");
  assert.equal(calls.setSize(pty.follower, 65_535, 0), 0);
  assert.equal(calls.getSize(pty.controller, size), 0);
  assert.deepEqual([...size], [65_535, 0, 0, 0]);
});

test("one that is exclusive is opened by nobody else", { skip: noTerminals }, () => {
  const pty = new TestPty();
  chmodSync(pty.path, 0o666);
  // Root may open it all the same.
  const uid = process.getuid!() === 0 ? { uid: 65_534 } : {};
  const open = (): string =>
    spawnSync("sh", ["-c", `: <>"${pty.path}"`], { encoding: "utf8", ...uid }).stderr;
  assert.equal(open(), "");
  assert.equal(calls.exclusive(pty.follower, true), 0);
  assert.match(open(), /busy/);
  assert.equal(calls.exclusive(pty.follower, false), 0);
  assert.equal(open(), "");
});

test("a pty has no modem lines, and a break does nothing", { skip: noTerminals }, () => {
  const { follower } = new TestPty();
  assert.equal(calls.lines(follower), ENOTTY);
  assert.equal(calls.setLines(follower, 2, 4), ENOTTY);
  assert.equal(calls.breakLine(follower, true), 0);
  assert.equal(calls.breakLine(follower, false), 0);
});

test("a terminal of no session has no foreground", { skip: noTerminals }, () => {
  assert.equal(calls.foregroundGroup(new TestPty().follower), ENOTTY);
});

test("what is no terminal, or is not open, is told", { skip: noTerminals }, () => {
  const file = openSync("/dev/null", "r+");
  const words = new Uint32Array(MODES_WORDS);
  for (const [fd, expected] of [
    [file, ENOTTY],
    [-1, EBADF],
    [1_000_000, EBADF],
  ] as const) {
    const answers = [
      calls.getModes(fd, words),
      calls.setModes(fd, words, 0),
      calls.getSize(fd, new Uint16Array(4)),
      calls.setSize(fd, 1, 1),
      calls.exclusive(fd, true),
      calls.lines(fd),
      calls.setLines(fd, 0, 0),
      calls.breakLine(fd, true),
      calls.waiting(fd),
      calls.discard(fd, "both"),
      calls.foregroundGroup(fd),
      calls.guard(fd),
    ];
    assert.deepEqual(new Set(answers), new Set([expected]), `descriptor ${fd}`);
    assert.equal(calls.release(fd), -errno("ENOENT"));
  }
  closeSync(file);
});

test("a terminal that has hung up is one still, but tells nothing", { skip: noTerminals }, () => {
  const pty = new TestPty();
  const fd = descriptors.duplicate(pty.follower);
  const other = descriptors.duplicate(pty.follower);
  assert.equal(calls.guard(fd), 0);
  pty.hangUp();
  const described = descriptors.describe(fd);
  assert.ok(typeof described === "object");
  assert.equal(described.kind, "tty");
  assert.equal(calls.getModes(fd, new Uint32Array(MODES_WORDS)), EIO);
  assert.equal(calls.guard(fd), EIO);
  // Its place in the table is not lost.
  assert.equal(calls.release(other), 0);
  assert.equal(calls.release(other), -errno("ENOENT"));
  assert.deepEqual([descriptors.close(fd), descriptors.close(other)], [0, 0]);
});

test("a guard remembers the first modes, until it is released", { skip: noTerminals }, () => {
  const pty = new TestPty();
  const before = pty.modes();
  assert.equal(calls.guard(pty.follower), 0);
  stty(pty, "raw", "-echo");
  assert.equal(calls.guard(pty.follower), 0, "a second time");
  assert.equal(calls.release(pty.follower), 0);
  assert.deepEqual(pty.modes(), before);
  stty(pty, "-echo");
  assert.equal(calls.release(pty.follower), -errno("ENOENT"));
  assert.notDeepEqual(pty.modes(), before);
});

/** What the process catches, as the kernel knows it. */
function caughtSignals(): string {
  return /^SigCgt:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))![1]!;
}

test("signals are caught only while a terminal is guarded", { skip: noTerminals }, () => {
  const [one, other] = [new TestPty(), new TestPty()];
  const before = caughtSignals();
  assert.equal(calls.guard(one.follower), 0);
  assert.equal(calls.guard(other.follower), 0);
  const caught = caughtSignals();
  assert.notEqual(caught, before);
  assert.equal(calls.release(one.follower), 0);
  assert.equal(caughtSignals(), caught, "the other one is guarded still");
  assert.equal(calls.release(other.follower), 0);
  assert.equal(caughtSignals(), before);
});

test("16 terminals are guarded, and no more", { skip: noTerminals }, () => {
  const ptys = Array.from({ length: 17 }, () => new TestPty());
  const last = ptys.pop()!;
  for (const { follower } of ptys) assert.equal(calls.guard(follower), 0);
  assert.equal(calls.guard(last.follower), -errno("ENOSPC"));
  assert.equal(calls.guard(ptys[3]!.follower), 0);
  assert.equal(calls.release(ptys[3]!.follower), 0);
  assert.equal(calls.guard(last.follower), 0);
  for (const { follower } of [...ptys.toSpliced(3, 1), last]) {
    assert.equal(calls.release(follower), 0);
  }
});

test("only signals that end or stop the process are caught", { skip: noTerminals }, () => {
  for (const signal of GUARDED_SIGNALS) {
    assert.equal(calls.guardSignals(constants.signals[signal], false), 0);
    assert.equal(calls.guardSignals(constants.signals[signal], true), 0);
  }
  const { SIGKILL, SIGSTOP, SIGCHLD, SIGWINCH } = constants.signals;
  for (const signal of [-1, 0, 64, 1e9, SIGKILL, SIGSTOP, SIGCHLD, SIGWINCH]) {
    assert.equal(calls.guardSignals(signal, true), -errno("EINVAL"), `signal ${signal}`);
  }
});

test("arguments of the wrong kind throw", { skip: noTerminals }, () => {
  const shim = (loadAddon().addon as Addon).terminalCalls;
  const right: Readonly<Record<keyof typeof shim, readonly unknown[]>> = {
    getModes: [-1, new Uint32Array(MODES_WORDS)],
    setModes: [-1, new Uint32Array(MODES_WORDS), 0],
    getSize: [-1, new Uint16Array(4)],
    setSize: [-1, 24, 80],
    exclusive: [-1, true],
    lines: [-1],
    setLines: [-1, 0, 0],
    breakLine: [-1, true],
    waiting: [-1],
    discard: [-1, 0],
    foregroundGroup: [-1],
    openPty: [],
    guard: [-1],
    release: [-1],
    guardSignals: [0, true],
  };
  assertArgumentsChecked(shim, right);
  assert.throws(() => shim.getModes(-1, new Uint32Array(MODES_WORDS - 1)));
  assert.throws(() => shim.setModes(-1, new Uint32Array(MODES_WORDS - 1), 0));
  assert.throws(() => shim.setModes(-1, new Uint32Array(MODES_WORDS), 1 as 0));
  assert.throws(() => shim.getSize(-1, new Uint16Array(3)));
  assert.throws(() => shim.setSize(-1, 65_536, 80));
  assert.throws(() => shim.setSize(-1, 24, -1));
  assert.throws(() => shim.discard(-1, 3));
});
