// ArrayBuffer.prototype.transfer, which moves memory to another ArrayBuffer without a copy. Node 22
// and later have it. V8 11.3, which is Node 20's, has it finished behind a flag: a context that is
// made while the flag is set has the method, and the method works on any ArrayBuffer. The way
// around it, detaching and wrapping anew, costs six times as much (0.93 instead of 0.15 µs).
import v8 from "node:v8";
import vm from "node:vm";

export type Move = (this: ArrayBuffer) => ArrayBuffer;

const FLAG = "harmony-rab-gsab-transfer";

/** Null where there is no way to move memory. */
export function findMove(): Move | null {
  if (typeof ArrayBuffer.prototype.transfer === "function") return ArrayBuffer.prototype.transfer;
  if (!process.versions.v8.startsWith("11.3.")) return null;
  const move = moveOfOtherContext();
  return move !== undefined && doesMove(move) ? move : null;
}

function moveOfOtherContext(): Move | undefined {
  // Reset at once: only the making of the context asks for it, and caches of code are keyed by
  // flags.
  v8.setFlagsFromString(`--${FLAG}`);
  const foreign = vm.runInNewContext("ArrayBuffer") as ArrayBufferConstructor;
  v8.setFlagsFromString(`--no-${FLAG}`);
  const { prototype } = foreign;
  const move = prototype.transfer as Move | undefined;
  // What it makes belongs to the other context. With nothing of its own in the prototype, it looks
  // and works like one of this: instanceof, constructor, slice.
  for (const key of Reflect.ownKeys(prototype)) Reflect.deleteProperty(prototype, key);
  Object.setPrototypeOf(prototype, ArrayBuffer.prototype);
  return move;
}

/** Believed only when seen: the old one is empty, the new one has the bytes. */
function doesMove(move: Move): boolean {
  const old = new ArrayBuffer(8);
  new Uint8Array(old).fill(7);
  const moved = move.call(old);
  const bytes = new Uint8Array(moved);
  return old.byteLength === 0 && bytes.byteLength === 8 && bytes.every((byte) => byte === 7);
}
