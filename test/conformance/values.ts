// Any JavaScript value, and those that are known to cause trouble.

import fc from "fast-check";

import { IoBuffer } from "../../src/index.ts";

/** What a getter or trap of a hostile value throws: the caller's own error, passed on as it is. */
export class Hostility extends Error {}

function hostile(): never {
  throw new Hostility("called into a hostile value");
}

const TRAPS: ProxyHandler<object> = {
  get: hostile,
  has: hostile,
  getPrototypeOf: hostile,
  ownKeys: hostile,
  getOwnPropertyDescriptor: hostile,
};

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function detached(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function resizable(length: number): Uint8Array {
  const options = { maxByteLength: 2 * length };
  return new Uint8Array(new (ArrayBuffer as never as Resizable)(length, options));
}

type Resizable = new (length: number, options: { maxByteLength: number }) => ArrayBuffer;

/** By name, so that a failure says which. */
const TROUBLE: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  NaN: () => Number.NaN,
  "-0": () => -0,
  "-1": () => -1,
  "0.5": () => 0.5,
  Infinity: () => Number.POSITIVE_INFINITY,
  "2^31": () => 2 ** 31,
  "2^32": () => 2 ** 32,
  "2^53": () => 2 ** 53,
  "2^53 - 1": () => 2 ** 53 - 1,
  "1e300": () => 1e300,
  "1n": () => 1n,
  true: () => true,
  "empty text": () => "",
  digits: () => "1",
  "a lone surrogate": () => "\ud800",
  NUL: () => "a\0b",
  "long text": () => "x".repeat(5000),
  "a symbol": () => Symbol("s"),
  "a function": () => hostile,
  "a class": () => class {},
  "an object that throws when read": () => ({ valueOf: hostile, toString: hostile }),
  "a null-prototype object": () => Object.create(null),
  "an array": () => [1, 2],
  "a sparse array": () => new Array(3),
  "a boxed number": () => Object(1),
  "a boxed string": () => Object("text"),
  "a date": () => new Date(0),
  "a proxy with traps": () => new Proxy({}, TRAPS),
  "a proxy of a function": () => new Proxy(hostile, TRAPS),
  "a revoked proxy": () => revoked({}),
  "a revoked proxy of an array": () => revoked([]),
  "a promise": () => Promise.resolve(),
  bytes: () => new Uint8Array([97]),
  "a Buffer": () => Buffer.from("text"),
  "no bytes": () => new Uint8Array(0),
  "detached bytes": () => detached(8),
  "resizable bytes": () => resizable(8),
  "shared bytes": () => new Uint8Array(new SharedArrayBuffer(8)),
  "words instead of bytes": () => new Uint16Array(4),
  "a DataView": () => new DataView(new ArrayBuffer(8)),
  "an ArrayBuffer": () => new ArrayBuffer(8),
  "an empty impostor of bytes": () => Object.create(Uint8Array.prototype),
  "a proxy of bytes": () => new Proxy(new Uint8Array(4), {}),
  "an impostor of a buffer": () => Object.create(IoBuffer.prototype),
  "a proxy of a buffer": () => new Proxy(new IoBuffer(8), {}),
  "a URL": () => new URL("https://example.org/"),
  "a file: URL of nowhere": () => new URL("file:///%ff"),
  "an impostor of a URL": () => Object.create(URL.prototype),
  "a signal": () => new AbortController().signal,
  "an aborted signal": () => AbortSignal.abort(),
  "an impostor of a signal": () => Object.create(AbortSignal.prototype),
  "an EventTarget": () => new EventTarget(),
};

export interface Named {
  readonly name: string;
  /** A function, since some values cannot even be printed. */
  readonly make: () => unknown;
}

export const trouble: readonly Named[] = Object.entries(TROUBLE).map(([name, make]) => ({
  name,
  make,
}));

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withTypedArray: true,
  withSparseArray: true,
});

export const values: fc.Arbitrary<Named> = fc.oneof(
  fc.constantFrom(...trouble),
  anything.map((value) => ({ name: fc.stringify(value), make: () => value })),
);
