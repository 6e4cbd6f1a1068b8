// Types that must be the very same, not only fit. Nothing here does anything at run time.

/** True if neither could be told from the other. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** `same<number>()(value)` compiles if the value's type is number, and no other. */
export function same<A>(): <B>(
  value: B,
  ...isSame: Same<A, B> extends true ? [] : [never]
) => void {
  return () => {};
}
