// Copies a tree and shows how far it has come. Ctrl-C ends it: what has its final name by then is
// whole, and nothing half-written is left.
// node dist/examples/copy-progress.js SOURCE DESTINATION

import { tmpdir } from "node:os";
import { CopyError, type CopyReport, copy, mkdtemp, remove } from "overlapped";

function shown({ files, bytes, durationMs }: CopyReport): string {
  return `${files} files, ${bytes} bytes in ${Math.round(durationMs)} ms`;
}

async function copyWithProgress(source: string, destination: string): Promise<boolean> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once("SIGINT", stop);
  try {
    const report = await copy(source, destination, {
      signal: controller.signal,
      preserve: true,
      onProgress: ({ bytesDone, bytesTotal, isTotalKnown, source: now }) => {
        const total = isTotalKnown ? `${bytesTotal}` : `${bytesTotal} or more`;
        console.log(`${bytesDone} of ${total} bytes: ${now}`);
      },
    });
    console.log(`copied: ${shown(report)}`);
    return true;
  } catch (error) {
    if (!(error instanceof CopyError)) throw error;
    console.log(`${error.message}\nuntil then: ${shown(error.report)}`);
    return false;
  } finally {
    process.off("SIGINT", stop);
  }
}

const [source, destination] = process.argv.slice(2);
if (source !== undefined && destination !== undefined) {
  process.exitCode = (await copyWithProgress(source, destination)) ? 0 : 1;
} else {
  // Itself, to show it; and then something that is not there.
  const folder = await mkdtemp(`${tmpdir()}/copy-progress-`);
  await copyWithProgress(import.meta.dirname, `${folder}/examples`);
  await copyWithProgress(`${folder}/nonexistent`, `${folder}/nothing`);
  await remove(folder, { recursive: true });
}
