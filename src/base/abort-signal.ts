// What a signal says of itself, whatever its members were replaced by: one that throws, or says
// something else the second time, must not leave an operation half begun.

const { prototype } = AbortSignal;

function getterOf(name: "aborted" | "reason"): (this: AbortSignal) => unknown {
  const getter = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (getter === undefined) throw new Error(`This runtime's AbortSignal has no "${name}"`);
  return getter;
}

const aborted = getterOf("aborted");
const reason = getterOf("reason");
const { addEventListener, removeEventListener } = EventTarget.prototype;

/** @throws {TypeError} if it is no signal, even if it has the prototype of one. */
export function isAborted(signal: AbortSignal): boolean {
  return aborted.call(signal) === true;
}

export function reasonOf(signal: AbortSignal): unknown {
  return reason.call(signal);
}

export function addAbortListener(signal: AbortSignal, listener: () => void): void {
  addEventListener.call(signal, "abort", listener);
}

export function removeAbortListener(signal: AbortSignal, listener: () => void): void {
  removeEventListener.call(signal, "abort", listener);
}
