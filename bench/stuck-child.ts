// Reads what may block for ever, for somebody who can kill it: told of each read by a line on its
// standard input, it answers with the bytes on its standard output.

import { openSync, readSync, writeSync } from "node:fs";

const [path = "", byteCount = ""] = process.argv.slice(2);
const descriptor = openSync(path, "r");
const block = Buffer.alloc(Number(byteCount));
const order = Buffer.alloc(1);
writeSync(1, "r");

while (readSync(0, order, 0, 1, null) === 1) {
  const count = readSync(descriptor, block, 0, block.length, null);
  for (let done = 0; done < count; ) done += writeSync(1, block, done, count - done);
}
