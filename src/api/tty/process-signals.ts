// Signals of a terminal that everybody may want to hear: one listener of the process for all.
// Node passes signals on to its main thread only.

type Heard = "SIGWINCH" | "SIGCONT";

const listeners: Readonly<Record<Heard, Set<() => void>>> = {
  SIGWINCH: new Set(),
  SIGCONT: new Set(),
};

const tell: Readonly<Record<Heard, () => void>> = {
  SIGWINCH: () => tellAll("SIGWINCH"),
  SIGCONT: () => tellAll("SIGCONT"),
};

/** Calls at each such signal, until the returned function is called. Holds no event loop. */
export function hear(signal: Heard, listener: () => void): () => void {
  const { size } = listeners[signal];
  if (size === 0) process.on(signal, tell[signal]);
  // Of its own, so that somebody may listen twice.
  const own = (): void => listener();
  listeners[signal].add(own);
  return () => {
    if (!listeners[signal].delete(own) || listeners[signal].size > 0) return;
    process.off(signal, tell[signal]);
  };
}

function tellAll(signal: Heard): void {
  for (const listener of [...listeners[signal]]) listener();
}
