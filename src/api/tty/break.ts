// A break of a serial line: on, some time, and off again whatever happens meanwhile.

import { type IoError, ownError } from "../../base/errors.ts";
import { watchSignal } from "../../operation/cancel.ts";
import { compose } from "../compose.ts";
import type { Handle } from "../handle.ts";
import type { Given } from "../options.ts";
import { answer, descriptorsFor, type Subject, terminalsFor } from "./terminal-calls.ts";

const ignore = (): void => {};

/** See `Tty.sendBreak`. `stops` are called when the handle has been closed. */
export function sendBreak(
  handle: Handle,
  durationMs: number,
  given: Given,
  subject: Subject,
  stops: Set<() => void>,
): Promise<void> {
  const { clock } = handle.table;
  const composed = { ...subject, bytesTransferred: 0 };
  let isClosed = false;
  const passed = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const end = (error?: IoError): void => {
        timer.cancel();
        link?.unlink();
        stops.delete(stop);
        if (error === undefined) resolve();
        else reject(error);
      };
      const aborted = (cause: unknown): IoError =>
        ownError("ABORT_ERR", { syscall: subject.call, path: subject.path, cause });
      const stop = (): void => {
        isClosed = true;
        end(aborted(ownError("ERR_CLOSED", { syscall: "close", path: subject.path })));
      };
      const cancel = (): void => end(aborted(signal?.reason));
      const timer = clock.after(durationMs, end, true);
      const link = signal === undefined ? null : watchSignal(signal, { cancel });
      stops.add(stop);
    });
  const result = compose(clock, given, composed, async (signal) => {
    const [terminals, descriptors] = [terminalsFor(subject), descriptorsFor(subject)];
    // A duplicate: it has to end even if the handle is closed meanwhile.
    const fd = answer<number>(descriptors.duplicate(handle.fd), subject);
    try {
      answer(terminals.breakLine(fd, true), subject);
      await passed(signal);
    } finally {
      terminals.breakLine(fd, false);
      descriptors.close(fd);
    }
  });
  const sent = result.catch((error: unknown) => {
    // The program asked for this end, so nobody's process may die of it (decision 1).
    if (isClosed) sent.catch(ignore);
    throw error;
  });
  return sent;
}
