// A break of a serial line: on, some time, and off again whatever happens meanwhile.

import type { Clock } from "../../base/clock.ts";
import { ownError } from "../../base/errors.ts";
import { watchSignal } from "../../operation/cancel.ts";
import { compose } from "../compose.ts";
import type { Handle } from "../handle.ts";
import type { Given } from "../options.ts";
import { answer, descriptorsFor, type Subject, terminalsFor } from "./terminal-calls.ts";

/** See `Tty.sendBreak`. */
export function sendBreak(
  handle: Handle,
  durationMs: number,
  given: Given,
  subject: Subject,
): Promise<void> {
  const { clock } = handle.table;
  const composed = { ...subject, bytesTransferred: 0 };
  return compose(clock, given, composed, async (signal) => {
    const [terminals, descriptors] = [terminalsFor(subject), descriptorsFor(subject)];
    // A duplicate: it has to end even if the handle is closed meanwhile.
    const fd = answer<number>(descriptors.duplicate(handle.fd), subject);
    try {
      answer(terminals.breakLine(fd, true), subject);
      await passed(clock, durationMs, signal, subject);
    } finally {
      terminals.breakLine(fd, false);
      descriptors.close(fd);
    }
  });
}

function passed(
  clock: Clock,
  durationMs: number,
  signal: AbortSignal | undefined,
  { call, path }: Subject,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(
      durationMs,
      () => {
        link?.unlink();
        resolve();
      },
      true,
    );
    const cancel = (): void => {
      timer.cancel();
      reject(ownError("ABORT_ERR", { syscall: call, path, cause: signal?.reason }));
    };
    const link = signal === undefined ? null : watchSignal(signal, { cancel });
  });
}
