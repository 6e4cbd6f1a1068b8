// Values that nobody should give, each new when it is asked for: a call may keep it or change it.

import { closeSync, openSync } from "node:fs";

import { IoBuffer } from "../../src/index.ts";

/** What code of the caller throws, so that it can be told from what the library throws. */
export class Thrown extends Error {}

const throwing = (): never => {
  throw new Thrown("the caller's own");
};

const TRAPS = [
  "apply",
  "construct",
  "defineProperty",
  "deleteProperty",
  "get",
  "getOwnPropertyDescriptor",
  "getPrototypeOf",
  "has",
  "isExtensible",
  "ownKeys",
  "preventExtensions",
  "set",
  "setPrototypeOf",
] as const;

const trapped = (target: object): object =>
  new Proxy(target, Object.fromEntries(TRAPS.map((trap) => [trap, throwing])));

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** Not in the types that this is compiled with: its like is of the web, and newer. */
interface Newer {
  readonly ArrayBuffer: new (length: number, options: object) => ArrayBuffer & Resizable;
  readonly SharedArrayBuffer: new (length: number, options: object) => SharedArrayBuffer;
  readonly WebAssembly: {
    readonly Memory: new (options: object) => { readonly buffer: ArrayBuffer };
  };
}

interface Resizable {
  resize(length: number): void;
}

const newer = globalThis as unknown as Newer;

const growable = (): ArrayBuffer & Resizable => new newer.ArrayBuffer(8, { maxByteLength: 16 });

const pages = (shared: boolean): ArrayBuffer =>
  new newer.WebAssembly.Memory({ initial: 1, maximum: 1, shared }).buffer;

function detached(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

/** A view whose memory has become shorter than it. */
function outOfBounds(): Uint8Array {
  const memory = growable();
  const bytes = new Uint8Array(memory, 4, 4);
  memory.resize(2);
  return bytes;
}

function cyclic(): object {
  const it: Record<string, unknown> = {};
  it.self = it;
  return it;
}

/** The number of a descriptor that was closed. */
export function closedFd(): number {
  const fd = openSync("/dev/null", "r");
  closeSync(fd);
  return fd;
}

function makeObject(key: string, value: unknown): object {
  return { [key]: value };
}

const settled = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => {});
  return promise;
};

type Makers = Readonly<Record<string, () => unknown>>;

const PRIMITIVES: Makers = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  0: () => 0,
  "-0": () => -0,
  1: () => 1,
  "-1": () => -1,
  "1.5": () => 1.5,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  "-Infinity": () => Number.NEGATIVE_INFINITY,
  "2^31": () => 2 ** 31,
  "2^32": () => 2 ** 32,
  "2^53": () => 2 ** 53,
  "-2^53": () => -(2 ** 53),
  "the least number": () => Number.MIN_VALUE,
  "1n": () => 1n,
  "2n ** 64n": () => 2n ** 64n,
  "-1n": () => -1n,
  "an empty string": () => "",
  "a NUL": () => "\0",
  "a string with a NUL": () => "a\0b",
  "a lone surrogate": () => "\ud800",
  "a string longer than a path": () => "x".repeat(70_000),
  "a name of too many bytes": () => "😀".repeat(64),
  "the text of a number": () => "1",
  __proto__: () => "__proto__",
  "a symbol": () => Symbol("symbol"),
  "a symbol of the language": () => Symbol.iterator,
};

const OBJECTS: Makers = {
  "an object": () => ({}),
  "an object without prototype": () => Object.create(null),
  "a frozen object": () => Object.freeze({}),
  "an object that holds itself": cyclic,
  "an array": () => [],
  "an array with a hole": () => new Array(1),
  "the longest array": () => new Array(2 ** 32 - 1),
  "an array with a getter that throws": () => Object.defineProperty([], 0, { get: throwing }),
  "something like an array of 2^53": () => ({ length: 2 ** 53 - 1 }),
  "an iterable that throws": () => ({ [Symbol.iterator]: throwing }),
  "an object whose conversions throw": () => ({
    [Symbol.toPrimitive]: throwing,
    toString: throwing,
    valueOf: throwing,
    toJSON: throwing,
  }),
  "an object that converts to a path": () => ({ toString: () => "/f" }),
  "a String": () => Object("/f"),
  "a Number": () => Object(1),
  "a Boolean": () => Object(true),
  "a thenable that throws": () => makeObject("then", throwing),
  "an object that is a proxy, all of whose traps throw": () => trapped({}),
  "a function that is a proxy, all of whose traps throw": () => trapped(() => {}),
  "an array that is a proxy, all of whose traps throw": () => trapped([]),
  "a revoked proxy": () => revoked({}),
  "a revoked proxy of an array": () => revoked([]),
  "a revoked proxy of a function": () => revoked(() => {}),
  "a function": () => () => {},
  "a function that throws": () => throwing,
  "a function that rejects": () => () => settled(Promise.reject(new Thrown("rejected"))),
  "a class": () => class {},
  "a date of no time": () => new Date(Number.NaN),
  "a regular expression": () => /a/g,
  "a map": () => new Map([["a", 1]]),
  "a weak reference": () => new WeakRef({}),
  "a promise": () => Promise.resolve(1),
  "a rejected promise": () => settled(Promise.reject(new Thrown("rejected"))),
  "an error": () => new Error("an error"),
  "the global object": () => globalThis,
};

const MEMORY: Makers = {
  "an ArrayBuffer": () => new ArrayBuffer(8),
  "no bytes": () => new Uint8Array(0),
  "bytes with a NUL": () => Uint8Array.of(97, 0, 98),
  "bytes that are no text": () => Uint8Array.of(0xff, 0xfe),
  "detached bytes": detached,
  "bytes out of bounds": outOfBounds,
  "bytes of resizable memory": () => new Uint8Array(growable()),
  "bytes of shared memory": () => new Uint8Array(new SharedArrayBuffer(8)),
  "bytes of growable shared memory": () =>
    new Uint8Array(new newer.SharedArrayBuffer(8, { maxByteLength: 16 })),
  "bytes of wasm memory": () => new Uint8Array(pages(false)),
  "bytes of shared wasm memory": () => new Uint8Array(pages(true)),
  "a view of data": () => new DataView(new ArrayBuffer(8)),
  "64-bit integers": () => new BigInt64Array(1),
  "floating-point numbers": () => new Float64Array(1),
  "only the prototype of bytes": () => Object.create(Uint8Array.prototype),
  "a proxy of bytes": () => new Proxy(new Uint8Array(8), {}),
  "a buffer of ours": () => new IoBuffer(8),
  "only the prototype of a buffer of ours": () => Object.create(IoBuffer.prototype),
  "a proxy of a buffer of ours": () => new Proxy(new IoBuffer(8), {}),
};

const WEB: Makers = {
  "an aborted signal": () => AbortSignal.abort(),
  "a signal": () => new AbortController().signal,
  "only the prototype of a signal": () => Object.create(AbortSignal.prototype),
  "a proxy of a signal": () => new Proxy(new AbortController().signal, {}),
  "something like a signal": () => ({ aborted: false, addEventListener: throwing }),
  "a signal whose `aborted` throws": () =>
    Object.defineProperty(new AbortController().signal, "aborted", { get: throwing }),
  "a signal that cannot be listened to": () =>
    Object.assign(new AbortController().signal, { addEventListener: throwing }),
  "an aborted signal whose reason throws": () =>
    Object.defineProperty(AbortSignal.abort(), "reason", { get: throwing }),
  "a URL that is no file": () => new URL("https://example.org/"),
  "a URL with a NUL": () => new URL("file:///a%00b"),
  "a URL with a slash in a name": () => new URL("file:///a%2Fb"),
  "a URL of another machine": () => new URL("file://elsewhere/a"),
  "only the prototype of a URL": () => Object.create(URL.prototype),
  "the number of a closed descriptor": closedFd,
};

export const HOSTILE: ReadonlyMap<string, () => unknown> = new Map(
  [PRIMITIVES, OBJECTS, MEMORY, WEB].flatMap((makers) => Object.entries(makers)),
);
