// Becomes nobody after it has used everything as root: `credentials-child BACKEND`. Prints what it
// may still do.

import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type BackendName, Io, IoBuffer } from "../../src/index.ts";

const NOBODY = 65_534;
const AT_ONCE = 32;

const directory = fs.mkdtempSync(join(tmpdir(), "overlapped-credentials-"));
const hidden = join(directory, "hidden");
const [file, inside, link] = [join(directory, "file"), join(hidden, "file"), join(hidden, "link")];
fs.chmodSync(directory, 0o755);
fs.mkdirSync(hidden, { mode: 0o700 });
fs.writeFileSync(file, "secret", { mode: 0o600 });
fs.writeFileSync(inside, "secret");
fs.symlinkSync("file", link);

const io = new Io({ backend: process.argv[2] as BackendName });

const codeOf = async (work: PromiseLike<unknown>): Promise<unknown> => {
  try {
    await work;
    return "allowed";
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

/** Threads of the kernel and of the shim, all of which begin as root's. */
async function useAll(): Promise<void> {
  const works = Array.from({ length: AT_ONCE }, async () => {
    await Promise.all([io.stat(inside), io.readFile(inside), io.readlink(link)]);
    await io.chmod(file, 0o600);
    const handle = await io.open(inside, "r+");
    await handle.sync();
    await handle.close();
  });
  await Promise.all(works);
}

await useAll();
const before = await io.readFile(file, { encoding: "utf8" });
const opened = await io.open(file);

process.setgroups?.([]);
process.setegid?.(NOBODY);
process.seteuid?.(NOBODY);

const buffer = new IoBuffer(16);
const count = await opened.read(buffer);
await opened.close();
const seen = {
  before,
  openedBefore: Buffer.from(buffer.bytes.subarray(0, count)).toString(),
  open: await codeOf(io.open(file)),
  openInThread: await codeOf(io.open(join(hidden, "new"), "w")),
  readFile: await codeOf(io.readFile(file)),
  stat: await codeOf(io.stat(inside)),
  mkdir: await codeOf(io.mkdir(join(directory, "new"))),
  rename: await codeOf(io.rename(file, `${file}-2`)),
  unlink: await codeOf(io.unlink(file)),
  chmod: await codeOf(io.chmod(file, 0o666)),
  readlink: await codeOf(io.readlink(link)),
};
// Not for good, so that the directory can go.
process.seteuid?.(0);
fs.rmSync(directory, { recursive: true });
process.stdout.write(JSON.stringify(seen));
