// What other runtimes do in another way than Node under the names of Node's calls, as far as it has
// to be worked round here. docs/runtimes.md has it all. By name, since no harmless call shows it.

import { otherRuntime } from "../../kernel/runtime.ts";

const isBun = otherRuntime === "bun";
const isDeno = otherRuntime === "deno";

/** Bun's sockets are not libuv's, and tell nothing of what they have no room for. */
export const hasSocketsOfLibuv: boolean = !isBun;

/** Deno's `unlink` removes a directory, too, if it is empty. */
export const unlinkTakesDirectories: boolean = isDeno;

/** Deno makes text of every path: bytes that are not UTF-8 would lead to another file. */
export const pathsAreText: boolean = isDeno;

/** Deno writes on until all is written, and if it meets EAGAIN, nobody learns how much was. */
export const losesCountOfWrites: boolean = isDeno;
