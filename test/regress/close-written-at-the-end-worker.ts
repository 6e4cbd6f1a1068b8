// A worker that ends when closes are written into its ring, and before the ring is entered; or when
// the ring was lost just then, and before others make them.
import { parentPort, workerData } from "node:worker_threads";
import { IoBuffer, open, stat } from "../../src/index.ts";
import { loadAddon } from "../../src/kernel/addon.ts";

const EBADF = 9;
const { path, way } = workerData as { path: string; way: string };
const { addon } = loadAddon();
if (addon === null) throw new Error("no shim");
const files = await Promise.all(Array.from({ length: 5 }, () => open(path, "r+")));
if (way === "with a read in flight") {
  // Then there is something to cancel, for which the entries are used again.
  files[0]!.read(new IoBuffer(8)).catch(() => {});
  await stat("/");
}
parentPort!.postMessage("open");
const end = (): never => process.exit(0);
if (way === "in a ring that is lost") Object.assign(addon, { enter: () => -EBADF, call: end });
else Object.assign(addon, { enter: end });
for (const file of files.slice(1)) void file.close();
