// One misuse of the shim: says whether it was refused, then uses what it would have broken.
import { type Addon, loadAddon, type RingDescription } from "../../src/kernel/addon.ts";
import { REGISTER_PROBE } from "../../src/kernel/uring-abi.ts";
import { collect } from "./collect.ts";

const shim = loadAddon().addon as Addon;

function misuse(which: string, { ring }: RingDescription): void {
  switch (which) {
    case "foreign-mappings":
      shim.closeRing(ring, new ArrayBuffer(8), new ArrayBuffer(8));
      return;
    case "short-argument":
      // The kernel would write 16 bytes and 8 for each opcode that it knows.
      shim.register(ring, REGISTER_PROBE, new Uint8Array(24), 256);
      return;
    default:
      throw new Error(`No such misuse: ${which}`);
  }
}

const described = shim.setup(8, 16, 0) as RingDescription;
const words = new Int32Array(described.rings);
const entries = new Uint32Array(described.sqes);
let answer = "not refused";
try {
  misuse(process.argv[2] ?? "", described);
} catch {
  answer = "refused";
}
console.log(answer);
for (let at = 0; at < words.length; at += 64) words[at] = words[at]!;
entries.fill(0);
collect();
console.log("still alive");
