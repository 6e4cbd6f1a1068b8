// What the backend needs of the world below and above it besides its sink.
import { bug } from "../../base/assert.ts";
import type { Addon } from "../../kernel/addon.ts";
import type { Backend } from "../contract.ts";
import type { RingsKernel } from "./rings.ts";

/** Of the shim; a test gives another. */
export type UringKernel = RingsKernel &
  Pick<Addon, "seekable" | "waitsInside" | "opensWaitInside" | "roster" | "descriptors"> & {
    readonly descriptorCalls: Pick<Addon["descriptorCalls"], "close">;
  };

/** Hears, with a positive errno, that the kernel takes nothing any more. Who does new work then. */
export type OnFailed = (errno: number) => Backend;

/** Where nobody is there to do it. */
export const nobody: OnFailed = (errno) => bug(`ring: enter answered ${-errno}`);
