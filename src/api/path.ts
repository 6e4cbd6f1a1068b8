// Paths as callers give them, and their check.
import { fileURLToPath } from "node:url";
import { isUint8Array } from "node:util/types";

import { shown, typeError } from "../base/errors.ts";
import { PATH_BYTES_MAX } from "../base/limits.ts";

/** Bytes are for names that are not UTF-8; a URL must be a `file:` one. */
export type Path = string | Uint8Array | URL;

/** With the u flag a surrogate that has its partner is no surrogate any more. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const getHref = Object.getOwnPropertyDescriptor(URL.prototype, "href")?.get;

/** The path as the kernel takes it, and as errors show it. */
export interface CheckedPath {
  readonly raw: string | Uint8Array;
  readonly shown: string;
}

export function checkPath(path: unknown, call: string, name = "path"): CheckedPath {
  const raw = typeof path === "object" && !isUint8Array(path) ? urlPath(path, call, name) : path;
  if (typeof raw === "string") {
    if (raw.includes("\0")) throw badPath(call, name, raw, "a path without NUL");
    if (LONE_SURROGATE.test(raw)) throw badPath(call, name, raw, "text without lone surrogates");
    checkPathLength(Buffer.byteLength(raw), raw, call, name);
    return { raw, shown: raw };
  }
  if (isUint8Array(raw)) {
    const bytes = copyOf(raw, call, name);
    const text = Buffer.from(bytes).toString();
    if (bytes.includes(0)) throw badPath(call, name, text, "a path without NUL");
    checkPathLength(bytes.byteLength, text, call, name);
    return { raw: bytes, shown: text };
  }
  throw noPath(path, call, name);
}

function urlPath(url: object | null, call: string, name: string): string {
  let href: unknown;
  try {
    // Asks the URL itself: an object with its prototype would pass instanceof.
    href = getHref?.call(url);
  } catch {
    throw noPath(url, call, name);
  }
  try {
    return fileURLToPath(String(href));
  } catch {
    throw badPath(call, name, String(href), "a file: URL that names a file of this machine");
  }
}

function noPath(value: unknown, call: string, name: string): TypeError {
  return typeError(
    `Cannot ${call}: ${name} is ${shown(value)}, wanted a string, a Uint8Array or a file: URL`,
  );
}

function checkPathLength(byteLength: number, text: string, call: string, name: string): void {
  if (byteLength === 0) throw badPath(call, name, text, "a path of at least one byte");
  if (byteLength > PATH_BYTES_MAX) {
    throw badPath(call, name, text, `a path of at most ${PATH_BYTES_MAX} bytes`);
  }
}

function badPath(call: string, name: string, value: string, wanted: string): TypeError {
  return typeError(
    `Cannot ${call}: ${name} is ${shown(value)}, wanted ${wanted}`,
    "ERR_INVALID_ARG_VALUE",
  );
}

/** The caller's bytes may change before the kernel reads them. */
function copyOf(bytes: Uint8Array, call: string, name: string): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch {
    throw badPath(call, name, "", "bytes that are there: their memory was taken away");
  }
}
