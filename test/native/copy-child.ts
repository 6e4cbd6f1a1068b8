// Copies, says how far it is, and stops dead at an offset, to be killed there.

import { copy } from "../../src/index.ts";

const [from = "", to = "", way, stopAt] = process.argv.slice(2);

const nobody = new Int32Array(new SharedArrayBuffer(4));

await copy(from, to, {
  keepPartial: true,
  reflink: "never",
  sparse: way === "blocks" ? "always" : "auto",
  bytesPerSecond: 200 * 1024 * 1024,
  onProgress: ({ bytesDone }) => {
    if (bytesDone < Number(stopAt)) return;
    process.stdout.write("stopped\n");
    Atomics.wait(nobody, 0, 0);
  },
});
