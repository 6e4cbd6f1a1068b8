// A ring takes the kinds of entry that this library writes, and no others: whoever got hold of it,
// or made us write nonsense, could ask the kernel for files and nothing else. The kernel checks a
// bit for each entry.
import { EINVAL } from "../../kernel/errno.ts";
import {
  IOSQE_ASYNC,
  OP_ASYNC_CANCEL,
  REGISTER_ENABLE_RINGS,
  REGISTER_RESTRICTIONS,
  RESTRICTION_BYTES,
  RESTRICTION_SQE_FLAGS_ALLOWED,
  RESTRICTION_SQE_OP,
} from "../../kernel/uring-abi.ts";
import { RING_KINDS, URING_OPCODES } from "../capabilities.ts";
import type { Capabilities } from "../contract.ts";
import type { RingsKernel } from "./rings.ts";

/**
 * Lets a ring that was set up disabled begin, restricted if the kernel is able to. No call of
 * io_uring_register is allowed from then on. Returns 0, or a negative errno.
 */
export function enable(kernel: RingsKernel, ring: number, capabilities: Capabilities): number {
  const rules = rulesFor(capabilities);
  const count = rules.byteLength / RESTRICTION_BYTES;
  const restricted = kernel.register(ring, REGISTER_RESTRICTIONS, rules, count);
  // A kernel that has no restrictions has a ring all the same.
  if (restricted < 0 && restricted !== -EINVAL) return restricted;
  return kernel.register(ring, REGISTER_ENABLE_RINGS, null, 0);
}

/** The kernel refuses all of them if it does not know an opcode: only what it has is named. */
function rulesFor(capabilities: Capabilities): Uint8Array {
  const kinds = RING_KINDS.filter((kind) => capabilities[kind] === "native");
  const opcodes = new Set([OP_ASYNC_CANCEL, ...kinds.map((kind) => URING_OPCODES[kind])]);
  const rules = [
    ...[...opcodes].map((opcode) => [RESTRICTION_SQE_OP, opcode] as const),
    [RESTRICTION_SQE_FLAGS_ALLOWED, IOSQE_ASYNC] as const,
  ];
  const bytes = new Uint8Array(rules.length * RESTRICTION_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, [sort, value]] of rules.entries()) {
    view.setUint16(index * RESTRICTION_BYTES, sort, true);
    view.setUint8(index * RESTRICTION_BYTES + 2, value);
  }
  return bytes;
}
